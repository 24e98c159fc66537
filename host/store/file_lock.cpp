#include "store/file_lock.hpp"

#include "store/store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace jackfield::store {
namespace {

std::string owner(int descriptor) {
  char text[32] = {};
  const ssize_t size = ::pread(descriptor, text, sizeof(text) - 1, 0);
  std::string pid(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!pid.empty() && pid.back() == '\n') pid.pop_back();
  if (pid.empty()) return "another process";
  std::string name;
  std::ifstream("/proc/" + pid + "/comm") >> name;
  return "process " + pid + (name.empty() ? "" : " (" + name + ")");
}

}  // namespace

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void FileLock::take(const std::string& path, const std::string& place) {
  if (descriptor_ >= 0) return;
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (file < 0) {
    throw StoreError(StoreError::Kind::io, "store " + place + ": cannot make its lock file " + path + ": " +
                                               std::strerror(errno) + " (this user must be able to write there)");
  }
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    const std::string other = owner(file);
    ::close(file);
    throw StoreError(StoreError::Kind::busy, "store " + place + ": in use by " + other +
                                                 ", expected no other host; stop that one, or name another store.url");
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, pid.data(), pid.size(), 0) < 0) {
    ::close(file);
    throw StoreError(StoreError::Kind::io, "store " + place + ": cannot write its lock file " + path + ": " +
                                               std::strerror(errno));
  }
  descriptor_ = file;
}

}  // namespace jackfield::store
