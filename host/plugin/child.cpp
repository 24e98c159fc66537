#include "plugin/child.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace jackfield::plugin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t noise_most_bytes = 16384;

// Both ends of a pipe, closed with it.
struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (::pipe(ends.data()) != 0) ends = {-1, -1};
  }
  ~Pipe() {
    close(0);
    close(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close(std::size_t end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
};

[[noreturn]] void be_child(const ChildWork& work, int said, int noise) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTERM, SIGINT, SIGPIPE}) ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(noise, STDOUT_FILENO);
  ::dup2(noise, STDERR_FILENO);
  work(said);
  ::_exit(0);  // no destructor of a library, or of this program, is to run here
}

// Reads what fits within `most`; the rest is read and dropped. False at the end.
bool drain(int end, std::string& into, std::size_t most) {
  std::array<char, 65536> buffer;
  const auto got = ::read(end, buffer.data(), buffer.size());
  if (got < 0) return errno == EINTR;
  if (got == 0) return false;
  into.append(buffer.data(), std::min(static_cast<std::size_t>(got), most - std::min(most, into.size())));
  return true;
}

void listen(Pipe& said, Pipe& noise, Clock::time_point until, std::size_t said_most, ChildOutcome& outcome) {
  bool open = true;
  while (open) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) {
      outcome.hung = true;
      return;
    }
    std::array<pollfd, 2> ends{{{said.ends[0], POLLIN, 0}, {noise.ends[0], POLLIN, 0}}};
    if (::poll(ends.data(), ends.size(), static_cast<int>(left)) < 0 && errno != EINTR) return;
    if (ends[1].revents != 0 && !drain(noise.ends[0], outcome.noise, noise_most_bytes)) noise.close(0);
    if (ends[0].revents != 0) open = drain(said.ends[0], outcome.said, said_most);
  }
  pollfd rest{noise.ends[0], POLLIN, 0};  // what it wrote before it died is still in the pipe
  while (noise.ends[0] >= 0 && outcome.noise.size() < noise_most_bytes && ::poll(&rest, 1, 0) > 0)
    if (!drain(noise.ends[0], outcome.noise, noise_most_bytes)) return;
}

}  // namespace

std::optional<ChildOutcome> run_child(const ChildWork& work, std::chrono::milliseconds timeout, std::size_t said_most) {
  Pipe said, noise;
  if (said.ends[0] < 0 || noise.ends[0] < 0) return std::nullopt;
  const auto child = ::fork();
  if (child < 0) return std::nullopt;
  if (child == 0) be_child(work, said.ends[1], noise.ends[1]);
  ::setpgid(child, child);
  said.close(1);
  noise.close(1);
  ChildOutcome outcome;
  listen(said, noise, Clock::now() + timeout, said_most, outcome);
  ::kill(-child, SIGKILL);  // it has ended, hangs, or left something running behind it
  while (::waitpid(child, &outcome.status, 0) < 0 && errno == EINTR) {
  }
  return outcome;
}

void say(int parent, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(parent, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string ChildOutcome::last_words() const {
  std::string words = noise.substr(0, 300);
  while (!words.empty() && (words.back() == '\n' || words.back() == ' ')) words.pop_back();
  for (char& c : words)
    if (static_cast<unsigned char>(c) < 32) c = ' ';
  return words.empty() ? "" : ": " + words;
}

std::string ChildOutcome::ending() const {
  if (WIFSIGNALED(status))
    return "signal " + std::to_string(WTERMSIG(status)) + " (" + ::strsignal(WTERMSIG(status)) + ")" + last_words();
  return WEXITSTATUS(status) == 0 ? "" : "status " + std::to_string(WEXITSTATUS(status)) + last_words();
}

}  // namespace jackfield::plugin
