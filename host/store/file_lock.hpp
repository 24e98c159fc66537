// One process alone works on an SQLite store: a lock file beside the database, held with flock.
//
// SQLite lets several processes write in turn; Jackfield must not (two hosts would run one instance twice). The lock
// goes with the process, however it ends; the file stays and holds the last owner's process id, for the refusal.
#pragma once

#include <string>

namespace jackfield::store {

class FileLock {
 public:
  FileLock() = default;
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  /// Throws StoreError: busy where another process (named) has it, io where the file cannot be made.
  void take(const std::string& path, const std::string& place);

 private:
  int descriptor_ = -1;
};

}  // namespace jackfield::store
