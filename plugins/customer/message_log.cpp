#include "message_log.hpp"

#include <jackfield/error.hpp>
#include <jackfield/message.hpp>
#include <jackfield/time_zone.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace customer {
namespace {

using std::string;

// A key is looked for in the files of as many days as a notice is tried for at the most, and one more.
constexpr int days_back = 8;

[[noreturn]] void give_up(const string& file, const char* what) {
  throw jackfield::Retry{"messages " + file + ": cannot " + what + ": " + std::strerror(errno)};
}

class File {
 public:
  explicit File(const string& name) : name_(name), fd_(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (fd_ < 0) give_up(name_, "open");
  }
  ~File() { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // The end of the last whole line; what is after it is cut off.
  off_t whole_end() {
    off_t end = ::lseek(fd_, 0, SEEK_END);
    const off_t size = end;
    char last = '\n';
    while (end > 0 && ::pread(fd_, &last, 1, end - 1) == 1 && last != '\n') --end;
    if (end != size && ::ftruncate(fd_, end) != 0) give_up(name_, "cut a torn line off");
    return end;
  }

  void write(const string& line, off_t at) {
    if (::pwrite(fd_, line.data(), line.size(), at) != static_cast<ssize_t>(line.size())) give_up(name_, "write");
    if (::fsync(fd_) != 0) give_up(name_, "sync");
  }

 private:
  string name_;
  int fd_;
};

void sync_folder(const string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!synced) give_up(folder, "sync the folder");
}

string opening(const string& key) { return "{\"key\":" + jackfield::json_quoted(key) + ","; }

}  // namespace

string MessageLog::file(jackfield::TimePoint at) const {
  const auto day = jackfield::local_time(at, zone_);
  char name[32];
  std::snprintf(name, sizeof name, "/%04d%02d%02d.log", day.year, day.month, day.day);
  return folder_ + name;
}

bool MessageLog::contains(jackfield::TimePoint now, const string& key) const {
  const auto head = opening(key);
  for (int back = 0; back < days_back; ++back) {
    std::ifstream lines(file(now - std::chrono::days(back)));
    for (string line; std::getline(lines, line);) {
      if (!lines.eof() && line.compare(0, head.size(), head) == 0) return true;  // at eof: a torn line
    }
  }
  return false;
}

void MessageLog::append(jackfield::TimePoint now, const string& key, const string& to, const string& text, bool again) {
  if (again && contains(now, key)) return;
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) throw jackfield::Retry{"messages " + folder_ + ": cannot make the folder: " + error.message()};

  const auto at = jackfield::local_time(now, zone_);
  char clock[48];
  std::snprintf(clock, sizeof clock, "%04d-%02d-%02d %02d:%02d:%02d", at.year, at.month, at.day, at.hour, at.minute,
                at.second);
  const auto name = file(now);
  const bool fresh = !std::filesystem::exists(name);
  File out(name);
  out.write(opening(key) + "\"at\":\"" + clock + "\",\"to\":" + jackfield::json_quoted(to) +
                ",\"text\":" + jackfield::json_quoted(text) + "}\n",
            out.whole_end());
  if (fresh) sync_folder(folder_);
}

}  // namespace customer
