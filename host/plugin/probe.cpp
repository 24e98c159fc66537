#include "plugin/probe.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/dll/shared_library.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <optional>

namespace jackfield::plugin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t max_descriptor_bytes = 4u << 20;
constexpr std::size_t max_noise_bytes = 4096;

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

// What became of the child. `said` begins with a letter: D descriptor, L not loadable, T threw, F faulty table.
struct Outcome {
  std::string said, noise;
  int status = 0;
  bool hung = false;
};

void say(int end, char letter, std::string_view text) {
  std::string all(1, letter);
  all += text;
  for (std::size_t done = 0; done < all.size();) {
    const auto written = ::write(end, all.data() + done, all.size() - done);
    if (written <= 0) break;
    done += static_cast<std::size_t>(written);
  }
}

void load_and_tell(const std::string& path, int end) {
  try {
    boost::dll::shared_library library(path, boost::dll::load_mode::rtld_now);
    const jf_plugin* const table = library.get<const jf_plugin*()>(JF_ENTRY)();
    if (const auto fault = table_fault(table); !fault.empty()) return say(end, 'F', fault);
    say(end, 'D', {reinterpret_cast<const char*>(table->descriptor.data), table->descriptor.len});
    ::_exit(0);  // before the library is unmapped: no destructor of it is to run here
  } catch (const boost::system::system_error& error) {
    say(end, 'L', error.what());
  } catch (const std::exception& error) {
    say(end, 'T', error.what());
  } catch (...) {
    say(end, 'T', "something that is no std::exception");
  }
}

[[noreturn]] void be_child(const std::string& path, int said, int noise) {
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
  load_and_tell(path, said);
  ::_exit(0);
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

void listen(Pipe& said, Pipe& noise, Clock::time_point until, Outcome& outcome) {
  bool open = true;
  while (open) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) {
      outcome.hung = true;
      return;
    }
    std::array<pollfd, 2> ends{{{said.ends[0], POLLIN, 0}, {noise.ends[0], POLLIN, 0}}};
    if (::poll(ends.data(), ends.size(), static_cast<int>(left)) < 0 && errno != EINTR) return;
    if (ends[1].revents != 0 && !drain(noise.ends[0], outcome.noise, max_noise_bytes)) noise.close(0);
    if (ends[0].revents != 0) open = drain(said.ends[0], outcome.said, max_descriptor_bytes + 1);
  }
  pollfd rest{noise.ends[0], POLLIN, 0};  // what it wrote before it died is still in the pipe
  while (noise.ends[0] >= 0 && outcome.noise.size() < max_noise_bytes && ::poll(&rest, 1, 0) > 0)
    if (!drain(noise.ends[0], outcome.noise, max_noise_bytes)) return;
}

std::optional<Outcome> run_child(const std::string& path, std::chrono::milliseconds timeout) {
  Pipe said, noise;
  if (said.ends[0] < 0 || noise.ends[0] < 0) return std::nullopt;
  const auto child = ::fork();
  if (child < 0) return std::nullopt;
  if (child == 0) be_child(path, said.ends[1], noise.ends[1]);
  ::setpgid(child, child);
  said.close(1);
  noise.close(1);
  Outcome outcome;
  listen(said, noise, Clock::now() + timeout, outcome);
  ::kill(-child, SIGKILL);  // it has ended, hangs, or left something running behind it
  while (::waitpid(child, &outcome.status, 0) < 0 && errno == EINTR) {
  }
  return outcome;
}

std::string last_words(std::string noise) {
  while (!noise.empty() && (noise.back() == '\n' || noise.back() == ' ')) noise.pop_back();
  for (char& c : noise)
    if (static_cast<unsigned char>(c) < 32) c = ' ';
  return noise.empty() ? "" : ": " + noise.substr(0, 300);
}

Refusal refusal_of(const Outcome& outcome, const std::string& file, std::chrono::milliseconds timeout) {
  const char letter = outcome.said.empty() ? ' ' : outcome.said[0];
  const std::string text = outcome.said.empty() ? "" : outcome.said.substr(1);
  const std::string quiet = "a library that does nothing while it is loaded";
  const std::string repair = "move that work out of static objects into the plugin's create()";
  if (outcome.hung)
    return {file, "a constructor that still hung after " + std::to_string(timeout.count()) + " ms", quiet, repair};
  if (letter == 'L')
    return {file, "a library that cannot be loaded: " + text, "one whose every symbol is found",
            "link the plugin with all it uses (-Wl,-z,defs names what is missing), and install those libraries here"};
  if (letter == 'T') return {file, "a constructor that threw: " + text, quiet, repair};
  if (letter == 'F')
    return {file, text, "the table of ABI 1.0 or later", "build the plugin again with this release's SDK"};
  if (WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGABRT &&
      outcome.noise.find("terminate called") != std::string::npos)
    return {file, "a constructor that threw" + last_words(outcome.noise), quiet, repair};
  if (WIFSIGNALED(outcome.status))
    return {file,
            "a constructor that crashed with signal " + std::to_string(WTERMSIG(outcome.status)) + " (" +
                ::strsignal(WTERMSIG(outcome.status)) + ")" + last_words(outcome.noise),
            quiet, repair};
  return {file,
          "a constructor that ended the process with status " + std::to_string(WEXITSTATUS(outcome.status)) +
              last_words(outcome.noise),
          quiet, repair};
}

}  // namespace

std::string table_fault(const jf_plugin* table) {
  if (table == nullptr) return JF_ENTRY " returned no table";
  constexpr std::size_t least = offsetof(jf_plugin, destroy) + sizeof(table->destroy);
  if (table->size < least)
    return "a table of " + std::to_string(table->size) + " bytes, which is too old (at least " +
           std::to_string(least) + " expected)";
  if (table->abi_minor > JF_ABI_MINOR)
    return "a table of ABI " + std::to_string(JF_ABI_MAJOR) + "." + std::to_string(table->abi_minor) +
           ", which is too new (this host has " + std::to_string(JF_ABI_MAJOR) + "." + std::to_string(JF_ABI_MINOR) +
           ")";
  if (table->create == nullptr || table->process == nullptr || table->stop == nullptr || table->destroy == nullptr)
    return "a table without create, process, stop or destroy";
  if (table->descriptor.data == nullptr || table->descriptor.len == 0) return "a table without a descriptor";
  if (table->descriptor.len > max_descriptor_bytes)
    return "a descriptor of " + std::to_string(table->descriptor.len) + " bytes (at most " +
           std::to_string(max_descriptor_bytes) + " expected)";
  return {};
}

std::variant<std::string, Refusal> probe(const std::string& path, const std::string& file,
                                         std::chrono::milliseconds timeout) {
  const auto outcome = run_child(path, timeout);
  if (!outcome)
    return Refusal{file, std::string("no child process to try it in (") + std::strerror(errno) + ")",
                   "one process and two pipes", "raise the limits on processes and open files"};
  if (outcome->said.starts_with('D') && !outcome->hung) return outcome->said.substr(1);
  return refusal_of(*outcome, file, timeout);
}

}  // namespace jackfield::plugin
