#include "durable_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace {

constexpr std::size_t most_bytes = 16u << 20;

// A disk that is full or gone may come back: the SDK takes a system_error for a Retry.
[[noreturn]] void refuse(const std::string& what, const std::string& file) {
  throw std::system_error(errno, std::generic_category(), what + " " + file);
}

class Descriptor {
 public:
  Descriptor(const std::string& file, int flags) : file_(file), number_(::open(file.c_str(), flags | O_CLOEXEC, 0640)) {
    if (number_ < 0) refuse("cannot open", file);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { ::close(number_); }

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      auto written = ::write(number_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) refuse("cannot write", file_);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  bool read(std::string& into) {
    char part[65536];
    auto got = ::read(number_, part, sizeof part);
    if (got < 0 && errno == EINTR) return true;
    if (got < 0) refuse("cannot read", file_);
    into.append(part, static_cast<std::size_t>(got));
    return got > 0;
  }
  void flush() {
    if (::fsync(number_) != 0) refuse("cannot flush", file_);
  }

 private:
  std::string file_;
  int number_;
};

// Makes the folder, and flushes those that got a new entry: a name is only as durable as the folder it stands in.
void make_folder(const std::filesystem::path& folder) {
  if (folder.empty() || std::filesystem::is_directory(folder)) return;
  make_folder(folder.parent_path());
  std::filesystem::create_directory(folder);
  auto parent = folder.parent_path();
  Descriptor(parent.empty() ? "." : parent.string(), O_RDONLY | O_DIRECTORY).flush();
}

}  // namespace

void write_durably(const std::string& file, std::string_view bytes) {
  std::filesystem::path path(file);
  auto folder = path.parent_path();
  make_folder(folder);
  auto beside = file + ".tmp";
  {
    Descriptor written(beside, O_WRONLY | O_CREAT | O_TRUNC);
    written.write(bytes);
    written.flush();
  }
  std::filesystem::rename(beside, path);
  Descriptor(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY).flush();
}

std::string read_whole(const std::string& file) {
  Descriptor read(file, O_RDONLY);
  std::string bytes;
  while (read.read(bytes))
    if (bytes.size() > most_bytes) throw std::runtime_error(file + " is larger than a document can be (16 MiB)");
  return bytes;
}
