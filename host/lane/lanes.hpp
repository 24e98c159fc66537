// What the engine sees of all lanes: tasks out, answers back, and no transport.
//
// The switchboard is the one that hosts run with. A simulation brings another, whose plugins are scripts.
//
// Thread rule: the engine's thread. No function blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace jackfield::plugin {
struct Plugin;
}

namespace jackfield::lane {

using Bytes = std::vector<std::uint8_t>;

struct Task {
  std::uint64_t token = 0;       // unique in this process
  std::string step;              // names the plugin by its first word: "credit.check"
  std::string instance, flow, key;
  std::uint32_t attempt = 1;
  std::int64_t deadline_ms = 0;
  Bytes input;                   // msgpack
};

/// Beside the JF_ statuses, what only the switchboard answers.
inline constexpr std::int32_t parked = 100;    // the plugin takes nothing now; it was not tried: `retry_after_ms`
inline constexpr std::int32_t poisoned = 101;  // it was in flight at more than one crash of the plugin

struct Answer {
  std::uint64_t token = 0;
  std::int32_t status = 0;       // JF_ status or one above; a peer that died answers JF_UNKNOWN with "PLUGIN_DIED"
  std::uint32_t retry_after_ms = 0;
  std::int64_t took_us = 0;
  Bytes output;
  std::string code, text;
  std::string version;           // of the plugin that answered
};

struct LaneStatus {              // for GET /v1/plugins and metrics
  std::string plugin, state;     // "running" | "starting" | "broken" | "quarantined" | "probing" | "stopped"
  std::string version, hash, isolation = "pool";
  std::string reason;            // of its last end, where it runs in a process; or why it does
  std::vector<std::string> last_lines;         // of its log, before that end
  int pid = 0, crashes = 0;
  std::int64_t next_try_ms = 0;
  bool draining = false;         // an older version of it still finishes its work
  std::uint64_t calls = 0, failures = 0, late = 0;
  std::size_t waiting = 0, in_flight = 0;
  int threads = 0, hung = 0;
};

class Carrier;

class Lanes {
 public:
  virtual ~Lanes() = default;

  /// Takes the task out of `task`; false where its lane's queue is full: then it is as it was (try again later). An
  /// unknown step is answered with JF_FAIL "STEP_UNKNOWN" through collect().
  [[nodiscard]] virtual bool give(Task& task) = 0;
  /// Sends what give() took, several tasks a message, as far as credit reaches. Call once a loop.
  virtual void flush() = 0;
  /// Appends the answers that have come; returns how many. Answers to abandoned tokens are dropped and counted.
  virtual std::size_t collect(std::vector<Answer>& answers) = 0;
  /// The answer is no longer wanted: tells the plugin, drops what comes.
  virtual void abandon(std::uint64_t token) = 0;

  // What a simulation may leave as it is: no plugin is ever replaced or quarantined.

  /// Makes an instance of another version of a plugin in threads of this process: any thread, as it may take long.
  /// Throws std::runtime_error where it refuses. One that is to run in a process is given to replace() without.
  [[nodiscard]] virtual std::unique_ptr<Carrier> prepare(const plugin::Plugin& plugin) const;
  /// Puts another version beside the one that runs: new work goes to it once it is ready, the old one finishes what it
  /// has within the drain limit. What came of it is told by replaced().
  virtual void replace(const plugin::Plugin& plugin, std::unique_ptr<Carrier> prepared);
  struct Replaced {
    std::string plugin, refusal;   // refusal: empty where it took its place
  };
  [[nodiscard]] virtual std::vector<Replaced> replaced();

  /// Lets a plugin go from quarantine; false where it is in none.
  [[nodiscard]] virtual bool release(const std::string& plugin);
  /// Plugins that take tasks again after they had parked some; each is told once.
  [[nodiscard]] virtual std::vector<std::string> freed();

  [[nodiscard]] virtual std::vector<LaneStatus> status() const = 0;
};

}  // namespace jackfield::lane
