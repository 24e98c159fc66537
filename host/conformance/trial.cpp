#include "conformance/trial.hpp"

#include "conformance/fence.hpp"
#include "plugin/child.hpp"

#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

namespace jackfield::conformance {
namespace {

constexpr std::size_t crumb_bytes = 4096, verdict_bytes = 1u << 20;
constexpr int limits_a_doing = 5, limits_a_check = 24;
constexpr std::chrono::minutes least_a_check{3};  // thousands of calls take their time on a busy machine

// A page both processes see.
class Crumb {
 public:
  Crumb()
      : text_(static_cast<char*>(
            ::mmap(nullptr, crumb_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
  ~Crumb() {
    if (text_ != MAP_FAILED) ::munmap(text_, crumb_bytes);
  }
  Crumb(const Crumb&) = delete;
  Crumb& operator=(const Crumb&) = delete;
  [[nodiscard]] char* place() const { return text_ == MAP_FAILED ? nullptr : text_; }
  [[nodiscard]] std::string text() const {
    return text_ == MAP_FAILED || text_[0] == '\0' ? "at work" : std::string(text_, ::strnlen(text_, crumb_bytes));
  }

 private:
  char* text_;
};

std::uint64_t mixed(std::uint64_t seed, const std::string& name) {
  for (const char c : name) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3u;  // FNV-1a
  return seed;
}

std::chrono::milliseconds check_limit(const Subject& subject) {
  return std::max<std::chrono::milliseconds>(limits_a_check * subject.limit, least_a_check);
}

const char* const own_doing = "see what the library does there; a debugger shows it with the same --seed";

Verdict lost(const plugin::ChildOutcome& outcome, const std::string& doing, const Subject& subject) {
  const bool stalled = WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGALRM;
  const auto limit = stalled ? limits_a_doing * subject.limit : check_limit(subject);
  if (outcome.hung || stalled)
    return Verdict::fail("no end after " + std::to_string(limit.count()) + " ms, while it was " + doing,
                         "an end within that time", "see what it waits for there");
  const std::string ending = outcome.ending();
  const bool crashed = ending.starts_with("signal");
  return Verdict::fail((crashed ? "a crash with " + ending
                                : "that the library ended the process with " + (ending.empty() ? "status 0" : ending)) +
                           ", while it was " + doing,
                       "a library that neither crashes nor ends its process", own_doing);
}

Verdict without_escape(Trial::Check check, const Subject& subject, Trial& trial) {
  try {
    return check(subject, trial);
  } catch (const std::exception& error) {
    return Verdict::fail(error.what(), "that nothing is thrown, and every function keeps to abi.h", own_doing);
  } catch (...) {
    return Verdict::fail("something thrown that is no std::exception", "that nothing is thrown across the interface",
                         own_doing);
  }
}

}  // namespace

Trial::Trial(const std::string& name, const Subject& subject, std::string folder, char* crumb)
    : random_(mixed(subject.seed, name)),
      folder_(std::move(folder)),
      patience_(limits_a_doing * subject.limit),
      crumb_(crumb) {
  ::signal(SIGALRM, SIG_DFL);
  go_on();
}

void Trial::go_on() const {
  const auto ms = patience_.count();
  const itimerval until{{0, 0}, {ms / 1000, (ms % 1000) * 1000}};
  ::setitimer(ITIMER_REAL, &until, nullptr);
}

void Trial::doing(const std::string& what) {
  go_on();
  if (crumb_ == nullptr) return;
  const auto length = std::min(what.size(), crumb_bytes - 1);
  std::memcpy(crumb_, what.data(), length);
  crumb_[length] = '\0';
}

Verdict Trial::run(Check check, const std::string& name, const Subject& subject, const std::string& folder) {
  const Crumb crumb;
  const std::string place = folder + "/" + name;
  const auto work = [&](int parent) {
    fence_off();
    std::error_code error;
    std::filesystem::create_directories(place, error);
    Trial trial(name, subject, place, crumb.place());
    const auto verdict = without_escape(check, subject, trial).to_json();
    plugin::say(parent, verdict.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  };
  const auto outcome = plugin::run_child(work, check_limit(subject), verdict_bytes);
  if (!outcome)
    return Verdict::fail("no child process to try it in (" + std::string(std::strerror(errno)) + ")",
                         "one process and two pipes", "raise the limits on processes and open files");
  if (outcome->hung || outcome->said.empty() || !outcome->ending().empty())
    return lost(*outcome, crumb.text(), subject);
  try {
    return Verdict::parse(outcome->said);
  } catch (const nlohmann::json::exception&) {
    return lost(*outcome, crumb.text(), subject);
  }
}

}  // namespace jackfield::conformance
