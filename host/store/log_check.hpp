// Looks at the log (-wal) a host left behind before SQLite does, which drops all that follows a damaged byte and says
// nothing.
//
// A log that power loss tore is whole up to its last transaction: with synchronous=FULL each is on disk before the next
// is begun. So damage with a later transaction behind it is the disk's, and what would be dropped was acknowledged. The
// last transaction alone is let go of, and that is said: nobody can tell whether its bytes were changed or never came.
//
// Thread rule: the caller has the file to itself. Format: https://sqlite.org/walformat.html
#pragma once

#include <string>

namespace jackfield::store {

/// Throws StoreError (corrupt) where SQLite would drop from the log of this database what was acknowledged. What it
/// drops otherwise is returned in words; empty: nothing.
[[nodiscard]] std::string check_log(const std::string& database);

}  // namespace jackfield::store
