// A sum on every page of the database file: a byte that the disk changed is an error, never another truth.
//
// SQLite notices damage only where it breaks its own structure; a changed digit in a row it hands out as it is. So the
// store's file is reached through a VFS of its own, over the system's: 8 bytes at the end of each page of 4096 hold a
// sum of the rest and of the page's place. It is made when a page is written to the file, which is at a checkpoint, and
// checked when one is read from it; what does not fit is SQLITE_CORRUPT. The log (-wal) has sums of SQLite's own.
//
// On disk for ever: the sum (XXH3, 64 bits, little-endian), the 8 bytes that SQLite's header calls reserved, pages of
// 4096. 0 is no sum: SQLite sees the 8 bytes as 0, so what its own tools copy or move from the log into the file has no
// sum, and is taken as it is. What they change keeps a sum that fits no longer, and is refused.
//
// Thread rule: any. A changed byte that the sum lets pass: one in 2^64.
#pragma once

#include <cstdint>
#include <string>

struct sqlite3;

namespace jackfield::store {

/// Behind the schema's version in `meta`.
inline constexpr const char* page_sums_form = " with page sums";

inline constexpr int page_bytes = 4096, page_sum_bytes = 8;

/// Of all but the last 8 bytes of the page at this place in the file; never 0.
[[nodiscard]] std::uint64_t page_sum(const unsigned char* page, std::int64_t offset);

/// The sum as a page holds it, and there.
[[nodiscard]] std::uint64_t kept_sum(const unsigned char* page);
void keep_sum(unsigned char* page, std::uint64_t sum);

/// `path` as SQLite opens it through the VFS.
[[nodiscard]] std::string with_page_sums(const std::string& path);

/// Has the pages of an empty database made with room for their sums. False where SQLite did not take the VFS.
[[nodiscard]] bool keep_page_sums(sqlite3* database);

/// What was wrong with the last page that this thread was refused, in words; empty where none was since the last call.
[[nodiscard]] std::string take_damage();

}  // namespace jackfield::store
