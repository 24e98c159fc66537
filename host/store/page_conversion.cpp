#include "store/page_conversion.hpp"

#include "store/page_sums.hpp"
#include "store/raw_file.hpp"
#include "store/store.hpp"

#include <sqlite3.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace jackfield::store {
namespace {

[[noreturn]] void refuse(StoreError::Kind kind, const std::string& file, const std::string& what) {
  const char* advice = kind == StoreError::Kind::full      ? "it needs as much room again where the store lies"
                       : kind == StoreError::Kind::corrupt ? "put back a backup"
                                                           : "check the disk, and that this user may write there";
  throw StoreError(kind, "store " + file + ": made before its pages had sums, and cannot be copied into a file that "
                                           "has them: " + what + " (the store is as it was; " + advice + ")");
}

[[noreturn]] void refuse_by_errno(const std::string& file, const char* tried) {
  const auto kind = errno == ENOSPC || errno == EDQUOT ? StoreError::Kind::full : StoreError::Kind::io;
  refuse(kind, file, std::string("cannot ") + tried + ": " + std::strerror(errno));
}

/// The old store, or its copy, by SQLite's own means.
class Plain {
 public:
  explicit Plain(const std::string& file) : file_(file) {
    if (sqlite3_open_v2(file.c_str(), &database_, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK) fail();
  }
  ~Plain() { sqlite3_close(database_); }
  Plain(const Plain&) = delete;
  Plain& operator=(const Plain&) = delete;

  /// The first value of the last row; empty where there is none.
  std::string run(const std::string& statement) {
    std::string found;
    const auto keep = [](void* into, int count, char** values, char**) {
      if (count > 0 && values[0] != nullptr) *static_cast<std::string*>(into) = values[0];
      return 0;
    };
    if (sqlite3_exec(database_, statement.c_str(), keep, &found, nullptr) != SQLITE_OK) fail();
    return found;
  }
  void leave_room_for_sums() {
    int reserved = page_sum_bytes;
    sqlite3_file_control(database_, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  }

 private:
  [[noreturn]] void fail() const {
    const int code = sqlite3_errcode(database_);
    refuse(code == SQLITE_FULL                               ? StoreError::Kind::full
           : code == SQLITE_BUSY || code == SQLITE_LOCKED    ? StoreError::Kind::busy
           : code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? StoreError::Kind::corrupt
                                                             : StoreError::Kind::io,
           file_, sqlite3_errmsg(database_));
  }

  std::string file_;
  sqlite3* database_ = nullptr;
};

struct Descriptor {
  int number = -1;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

bool lacks_sums(const std::string& database) {
  if (is_there(database + "-journal")) return false;  // killed while it was made: SQLite first takes that back
  std::array<unsigned char, page_bytes> page{};
  if (!RawFile(database, RawFile::Kind::database).read(page.data(), page_bytes, 0)) return false;
  const bool pages_of_ours = page[16] == page_bytes >> 8 && page[17] == 0;
  if (std::memcmp(page.data(), "SQLite format 3", 16) != 0 || !pages_of_ours || page[20] != 0) return false;
  page[20] = page_sum_bytes;  // were it this byte alone that is damaged, the sum would be right
  return kept_sum(page.data()) != page_sum(page.data(), 0);
}

/// An empty file that nobody may read who may not read the store.
void make_beside(const std::string& database, const std::string& copy) {
  struct stat old {};
  if (::unlink(copy.c_str()) != 0 && errno != ENOENT) refuse_by_errno(database, "remove what was left of a copy");
  if (::stat(database.c_str(), &old) != 0) refuse_by_errno(database, "look at it");
  const Descriptor made{::open(copy.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (made.number < 0) refuse_by_errno(database, "make the copy");
  if (::fchown(made.number, old.st_uid, old.st_gid) != 0 && errno != EPERM) refuse_by_errno(database, "give it away");
  if (::fchmod(made.number, old.st_mode & 07777) != 0) refuse_by_errno(database, "set who may read the copy");
}

void copy_rows(const std::string& database, const std::string& copy) {
  std::string quoted;
  for (const char c : copy) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  {
    Plain old(database);
    if (const auto found = old.run("PRAGMA integrity_check"); found != "ok")
      refuse(StoreError::Kind::corrupt, database, "it is damaged: " + found);
    old.leave_room_for_sums();
    old.run("VACUUM INTO '" + quoted + "'");
    // What is in the log goes into the file, and the log with it: beside the copy it would be taken for the copy's.
    if (old.run("PRAGMA wal_checkpoint(TRUNCATE)") != "0")
      refuse(StoreError::Kind::busy, database, "another program reads it");
  }
  Plain made(copy);
  made.run(std::string("UPDATE meta SET value = value || '") + page_sums_form +
           "' WHERE name = 'schema_version' AND value NOT LIKE '%" + page_sums_form + "'");
}

void sum_pages(const std::string& database, const std::string& copy) {
  const Descriptor file{::open(copy.c_str(), O_RDWR | O_CLOEXEC)};
  if (file.number < 0) refuse_by_errno(database, "open the copy");
  std::array<unsigned char, page_bytes> page{};
  for (std::int64_t offset = 0;; offset += page_bytes) {
    const auto count = ::pread(file.number, page.data(), page_bytes, offset);
    if (count == 0) break;
    if (count != page_bytes) refuse_by_errno(database, "read the copy");
    keep_sum(page.data(), page_sum(page.data(), offset));
    const auto written = ::pwrite(file.number, page.data(), page_bytes, offset);
    if (written != page_bytes) refuse_by_errno(database, "write its sums");
  }
  if (::fsync(file.number) != 0) refuse_by_errno(database, "have the copy on disk");
}

void sync_folder(const std::string& database) {
  const auto folder = std::filesystem::path(database).parent_path();
  const Descriptor opened{::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (opened.number < 0 || ::fsync(opened.number) != 0) refuse_by_errno(database, "have its folder on disk");
}

}  // namespace

void convert_to_page_sums(const std::string& database, const std::function<void(const std::string&)>& say) {
  if (!lacks_sums(database)) return;
  say("store " + database + ": made before its pages had sums; it is copied into a file that has them");
  const std::string copy = database + ".sums";
  try {
    make_beside(database, copy);
    copy_rows(database, copy);
    sum_pages(database, copy);
    if (is_there(database + "-wal")) refuse(StoreError::Kind::busy, database, "another program has it open");
    sync_folder(database);  // the log is gone for good before the copy is there
    if (::rename(copy.c_str(), database.c_str()) != 0) refuse_by_errno(database, "put the copy in its place");
  } catch (...) {
    ::unlink(copy.c_str());
    throw;
  }
  sync_folder(database);
  say("store " + database + ": its pages have sums now; releases of jackfield before that refuse it");
}

}  // namespace jackfield::store
