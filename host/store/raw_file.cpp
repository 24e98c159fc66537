#include "store/raw_file.hpp"

#include "store/store.hpp"

#include <sqlite3.h>

#include <cstdlib>
#include <new>
#include <vector>

namespace jackfield::store {
namespace {

sqlite3_vfs* system_vfs() { return sqlite3_vfs_find(nullptr); }

}  // namespace

struct RawFile::Opened {
  sqlite3_filename name;  // with what may follow it
  sqlite3_file* file;

  Opened(const std::string& path, int size_bytes)
      : name(sqlite3_create_filename(path.c_str(), "", "", 0, nullptr)),
        file(static_cast<sqlite3_file*>(std::calloc(1, static_cast<std::size_t>(size_bytes)))) {
    if (name == nullptr || file == nullptr) throw std::bad_alloc();
  }
  ~Opened() {
    if (file->pMethods != nullptr) file->pMethods->xClose(file);
    std::free(file);
    sqlite3_free_filename(name);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
};

RawFile::RawFile(const std::string& path, Kind kind) : path_(path) {
  if (!is_there(path)) return;
  sqlite3_vfs* const vfs = system_vfs();
  opened_ = std::make_unique<Opened>(path, vfs->szOsFile);
  const int flags = SQLITE_OPEN_READONLY | (kind == Kind::database ? SQLITE_OPEN_MAIN_DB : SQLITE_OPEN_WAL);
  const int code = vfs->xOpen(vfs, opened_->name, opened_->file, flags, nullptr);
  if (code == SQLITE_OK) return;
  throw StoreError(StoreError::Kind::io, "store " + path + ": cannot open it: " + sqlite3_errstr(code) +
                                             " (this user must be able to read and write it)");
}

RawFile::~RawFile() = default;

std::int64_t RawFile::size_bytes() const {
  sqlite3_int64 size = 0;
  if (opened_) opened_->file->pMethods->xFileSize(opened_->file, &size);
  return size;
}

bool RawFile::read(void* data, int amount, std::int64_t offset) const {
  if (!opened_) return false;
  const int code = opened_->file->pMethods->xRead(opened_->file, data, amount, offset);
  if (code == SQLITE_OK) return true;
  if (code == SQLITE_IOERR_SHORT_READ) return false;
  throw StoreError(StoreError::Kind::io, "store " + path_ + ": cannot read byte " + std::to_string(offset) + ": " +
                                             sqlite3_errstr(code) + " (check that the disk is sound)");
}

std::string full_path(const std::string& path) {
  sqlite3_vfs* const vfs = system_vfs();
  std::vector<char> full(static_cast<std::size_t>(vfs->mxPathname) + 1);
  const int code = vfs->xFullPathname(vfs, path.c_str(), static_cast<int>(full.size()), full.data());
  return code == SQLITE_OK || code == SQLITE_OK_SYMLINK ? full.data() : path;
}

bool is_there(const std::string& path) {
  int there = 0;
  sqlite3_vfs* const vfs = system_vfs();
  return vfs->xAccess(vfs, path.c_str(), SQLITE_ACCESS_EXISTS, &there) == SQLITE_OK && there != 0;
}

}  // namespace jackfield::store
