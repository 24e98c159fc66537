#include "lane/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

extern "C" char** environ;

namespace jackfield::lane {
namespace {

constexpr std::size_t most_lines = 256;              // at once
constexpr std::size_t most_line_bytes = 8192;        // longer is cut in two
constexpr int line_at = 3, shared_at = 4;

[[noreturn]] void cannot(const std::string& what, int error) {
  throw std::runtime_error("a process cannot be started: " + what + ": " + std::strerror(error));
}

void close_all(std::initializer_list<int> descriptors) {
  for (const int one : descriptors)
    if (one >= 0) ::close(one);
}

// posix_spawn's two argument structures, freed with it.
struct Spawning {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
  Spawning() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  ~Spawning() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;
};

// Its own process group, so that a terminal's Ctrl-C reaches the host alone, which then stops its children in order.
void detach(Spawning& spawning) {
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&spawning.attributes, &none);
  ::posix_spawnattr_setsigdefault(&spawning.attributes, &all);
  ::posix_spawnattr_setpgroup(&spawning.attributes, 0);
  ::posix_spawnattr_setflags(&spawning.attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

}  // namespace

std::string Child::End::text() const {
  if (signal != 0) return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
  return "exit with status " + std::to_string(status);
}

Child::Child(const std::string& program, const std::vector<std::string>& arguments, const std::string& line,
             int shared) {
  std::array<int, 2> ends{-1, -1}, said{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) cannot("socketpair", errno);
  if (::pipe2(said.data(), O_CLOEXEC) != 0) {
    const int error = errno;
    close_all({ends[0], ends[1]});
    cannot("pipe", error);
  }
  // Above what they are put at, so that putting one there never closes another.
  const int far = ::fcntl(ends[1], F_DUPFD_CLOEXEC, 16), mouth = ::fcntl(said[1], F_DUPFD_CLOEXEC, 16);
  const int common = shared >= 0 ? ::fcntl(shared, F_DUPFD_CLOEXEC, 16) : -1;
  const int missed = errno;
  close_all({ends[1], said[1]});
  if (far < 0 || mouth < 0 || (shared >= 0 && common < 0)) {
    close_all({far, mouth, common, ends[0], said[0]});
    cannot("what it is to have open", missed);
  }
  Spawning spawning;
  detach(spawning);
  ::posix_spawn_file_actions_addopen(&spawning.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&spawning.actions, mouth, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&spawning.actions, mouth, STDERR_FILENO);
  ::posix_spawn_file_actions_adddup2(&spawning.actions, far, line_at);
  if (common >= 0) ::posix_spawn_file_actions_adddup2(&spawning.actions, common, shared_at);
  ::posix_spawn_file_actions_addclosefrom_np(&spawning.actions, shared_at + (common >= 0 ? 1 : 0));
  std::vector<char*> argv;
  for (const auto& one : arguments) argv.push_back(const_cast<char*>(one.c_str()));
  argv.push_back(nullptr);
  const int error = ::posix_spawn(&pid_, program.c_str(), &spawning.actions, &spawning.attributes, argv.data(), environ);
  close_all({far, mouth, common});
  line_ = ends[0];
  output_ = said[0];
  ::fcntl(output_, F_SETFL, O_NONBLOCK);
  if (error != 0) {
    close_all({line_, output_});
    cannot(program, error);
  }
  pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (pidfd_ < 0) {  // nobody would learn of its end
    const int none = errno;
    kill();
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    close_all({line_, output_});
    cannot("its descriptor", none);
  }
  if (::send(line_, line.data(), line.size(), MSG_NOSIGNAL) < 0) kill();
}

Child::~Child() {
  kill();
  if (pid_ > 0 && !end_) {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
  }
  close_all({pidfd_, line_, output_});
}

std::vector<std::string> Child::lines() {
  std::vector<std::string> found;
  std::array<char, 4096> buffer;
  while (found.size() < most_lines) {
    const auto got = ::read(output_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    for (ssize_t i = 0; i < got; ++i) {
      const char c = buffer[static_cast<std::size_t>(i)];
      if (c != '\n') unfinished_ += c;
      if (c != '\n' && unfinished_.size() < most_line_bytes) continue;
      if (!unfinished_.empty()) found.push_back(std::move(unfinished_));
      unfinished_.clear();
    }
  }
  if (end_ && !unfinished_.empty()) found.push_back(std::move(unfinished_)), unfinished_.clear();
  return found;
}

std::optional<Child::End> Child::ended() {
  if (end_) return end_;
  int status = 0;
  const pid_t got = ::waitpid(pid_, &status, WNOHANG);
  if (got == 0 || (got < 0 && errno == EINTR)) return std::nullopt;
  End end;
  if (got == pid_ && WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  else if (got == pid_) end.status = WEXITSTATUS(status);
  end_ = end;
  return end_;
}

void Child::kill() {
  if (pid_ <= 0 || end_) return;
  ::kill(-pid_, SIGKILL);  // with whatever it started
  ::kill(pid_, SIGKILL);
}

std::size_t Child::resident() const {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/statm", static_cast<int>(pid_));
  std::FILE* const file = std::fopen(path.data(), "re");
  if (file == nullptr) return 0;
  unsigned long size = 0, pages = 0;
  const int read = std::fscanf(file, "%lu %lu", &size, &pages);
  std::fclose(file);
  return read == 2 ? pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace jackfield::lane
