// What a switchboard is fitted with: the clock, where plugins' metrics go, and the limits of patience.
//
// The defaults are a running host's; a test brings a clock of its own.
//
// Thread rule: the functions are called from any thread, at once, until the switchboard is gone.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace jackfield::lane {

/// `labels` is a msgpack map of strings, or empty. `kind` is a JF_METRIC_ kind.
using Metric = std::function<void(const std::string& plugin, std::int32_t kind, std::string_view name,
                                  std::string_view labels, double value)>;

[[nodiscard]] inline std::int64_t unix_now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

class Breadcrumbs;

struct Fittings {
  std::function<std::int64_t()> now_ms = unix_now_ms;  // Unix time
  Metric metric;                                       // none: plugins' metrics are dropped
  std::int64_t grace_ms = 2000;                        // past its deadline, then a thread in process() is hung
  std::chrono::milliseconds drain{5000};               // for all pools together to stop; then threads are left behind
  Breadcrumbs* crumbs = nullptr;                       // where threads leave word of what they are inside of
  std::string identity;                                // in a runner process: what its sockets' names begin with
  std::string program = "/proc/self/exe";              // what is started as a runner: `program runner`
  std::string run_dir;                                 // for the runners' socket; empty: a temporary folder
  std::function<void(const std::string& plugin)> crashed;  // a runner died; counted
  int quarantine_crashes = 3;                          // within…
  std::chrono::milliseconds quarantine_within{60'000};
  std::chrono::milliseconds quarantine_probe{10'000};  // then one task is let through; doubled while that crashes too
};

}  // namespace jackfield::lane
