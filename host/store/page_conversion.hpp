// A store made before pages had sums is copied once into a file that has them, and the copy takes its place.
//
// Schema version "1" becomes "1 with page sums" by that: an earlier host, which would write pages without sums, refuses
// the file. One without sums whose version says so already (what sqlite3 saved of a damaged one) is taken too.
//
// Thread rule: the caller has the file to itself. Killed at any point it leaves the old file or the new one, whole.
#pragma once

#include <functional>
#include <string>

namespace jackfield::store {

/// Does nothing where there is no such file, or its pages have sums; else tells `say` before it begins, and when it is
/// done. Throws StoreError; the file is then as it was.
void convert_to_page_sums(const std::string& database, const std::function<void(const std::string&)>& say);

}  // namespace jackfield::store
