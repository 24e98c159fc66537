#include "day_file.hpp"

#include <jackfield/digest.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace finance {
namespace {

[[noreturn]] void wrong(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

/// A file descriptor that is closed with its scope.
class File {
 public:
  File(const std::string& path, int flags) : path_(path), file_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {
    if (file_ < 0) wrong(path);
  }
  ~File() { ::close(file_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] off_t size() const {
    struct stat status {};
    if (::fstat(file_, &status) != 0) wrong(path_);
    return status.st_size;
  }
  void write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(file_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) wrong(path_);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void sync() const {
    if (::fsync(file_) != 0) wrong(path_);
  }
  void truncate(off_t size) const {
    if (::ftruncate(file_, size) != 0) wrong(path_);
  }

 private:
  std::string path_;
  int file_;
};

}  // namespace

Directory::Directory(std::string path) : path_(std::move(path)) {
  std::filesystem::create_directories(path_);
  file_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file_ < 0) wrong(path_);
}

Directory::~Directory() { ::close(file_); }

Directory::Lock::Lock(const Directory& directory) : file_(directory.file_) {
  while (::flock(file_, LOCK_EX) != 0) {
    if (errno != EINTR) wrong(directory.path_);
  }
}

Directory::Lock::~Lock() { ::flock(file_, LOCK_UN); }

void Directory::sync() const {
  if (::fsync(file_) != 0) wrong(path_);
}

bool Directory::is_closed(const std::string& day) const { return std::filesystem::exists(path_ + "/" + day + ".ok"); }

std::vector<std::string> Directory::days() const {
  std::vector<std::string> days;
  for (const auto& file : std::filesystem::directory_iterator(path_)) {
    const std::string name = file.path().filename().string();
    const std::string day = name.substr(0, 8);
    const bool is_day = day.size() == 8 && day.find_first_not_of("0123456789") == std::string::npos;
    if (name == day + ".csv" && is_day) days.push_back(day);
  }
  std::sort(days.begin(), days.end());
  return days;
}

std::vector<std::string> Directory::open_days() const {
  std::vector<std::string> open = days();
  std::erase_if(open, [this](const std::string& day) { return is_closed(day); });
  return open;
}

std::string DayFile::name(const char* extension) const { return directory_.path() + "/" + day_ + extension; }

void DayFile::begin() const {
  if (!std::filesystem::exists(name(".csv"))) append({});
}

void DayFile::repair() const {
  const std::string whole = text();
  const std::size_t end = whole.rfind('\n');
  const std::size_t kept = end == std::string::npos ? 0 : end + 1;
  if (kept == whole.size()) return;
  const File file(name(".csv"), O_WRONLY);
  file.truncate(static_cast<off_t>(kept));
  file.sync();
}

void DayFile::append(const std::string& lines) const {
  const File file(name(".csv"), O_WRONLY | O_CREAT | O_APPEND);
  const off_t before = file.size();
  try {
    if (before == 0) file.write(header);
    file.write(lines);
    file.sync();
    if (before == 0) directory_.sync();
  } catch (const std::system_error&) {
    file.truncate(before);
    throw;
  }
}

std::vector<PostedLine> DayFile::read() const {
  std::istringstream stream(text());
  std::vector<PostedLine> lines;
  std::string line;
  std::getline(stream, line);
  if (!line.empty() && line + "\n" != header) {
    throw std::runtime_error(name(".csv") + ":1: found another header than ours: move the file away");
  }
  for (std::size_t number = 2; std::getline(stream, line); ++number) {
    PostedLine read = read_line(line);
    if (read.entry_id.empty()) {
      throw std::runtime_error(name(".csv") + ":" + std::to_string(number) +
                               ": found a line that is no entry: restore the file");
    }
    lines.push_back(std::move(read));
  }
  return lines;
}

void DayFile::close() const {
  const auto lines = read();
  std::int64_t total_fen = 0;
  for (const auto& line : lines) total_fen += line.debit_fen;
  const std::string path = name(".ok.new");
  {
    const File file(path, O_WRONLY | O_CREAT | O_TRUNC);
    file.write("rows,total_fen,sha256\n" + std::to_string(lines.size()) + "," + std::to_string(total_fen) + "," +
               jackfield::sha256(text()) + "\n");
    file.sync();
  }
  if (std::rename(path.c_str(), name(".ok").c_str()) != 0) wrong(path);
  directory_.sync();
}

std::string DayFile::text() const {
  std::ifstream stream(name(".csv"), std::ios::binary);
  if (!stream) wrong(name(".csv"));
  std::ostringstream whole;
  whole << stream.rdbuf();
  return std::move(whole).str();
}

}  // namespace finance
