// A file of an SQLite store as its bytes are, read before SQLite makes anything of them.
//
// Through SQLite's own VFS, for two reasons: closing a file by other means would take the locks that other connections
// of this process hold on it; and a test's faulty disk is then under what looks at files as well.
//
// Thread rule: one thread. A file that is not there has size 0. Bytes that cannot be read: StoreError (io).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace jackfield::store {

class RawFile {
 public:
  enum class Kind { database, log };

  RawFile(const std::string& path, Kind kind);
  ~RawFile();
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  [[nodiscard]] std::int64_t size_bytes() const;
  /// False where the file ends before.
  [[nodiscard]] bool read(void* data, int amount, std::int64_t offset) const;

 private:
  struct Opened;  // SQLite's file
  std::string path_;
  std::unique_ptr<Opened> opened_;
};

/// Where the file really is: its log and its copy lie there, too.
[[nodiscard]] std::string full_path(const std::string& path);

[[nodiscard]] bool is_there(const std::string& path);

}  // namespace jackfield::store
