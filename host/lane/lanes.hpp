// What the engine sees of all lanes: tasks out, answers back, and no transport.
//
// The switchboard is the one that hosts run with. A simulation brings another, whose plugins are scripts.
//
// Thread rule: the engine's thread. No function blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

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

struct Answer {
  std::uint64_t token = 0;
  std::int32_t status = 0;       // JF_ status; a peer that died answers JF_UNKNOWN with code "PLUGIN_DIED"
  std::uint32_t retry_after_ms = 0;
  std::int64_t took_us = 0;
  Bytes output;
  std::string code, text;
};

struct LaneStatus {              // for GET /v1/plugins and metrics
  std::string plugin, state;     // "running" | "stopped" | "broken"
  std::uint64_t calls = 0, failures = 0, late = 0;
  std::size_t waiting = 0, in_flight = 0;
  int threads = 0, hung = 0;
};

class Lanes {
 public:
  virtual ~Lanes() = default;

  /// Takes the task; false where its lane's queue is full (try again later). An unknown step is answered with
  /// JF_FAIL "STEP_UNKNOWN" through collect().
  [[nodiscard]] virtual bool give(Task task) = 0;
  /// Sends what give() took, several tasks a message, as far as credit reaches. Call once a loop.
  virtual void flush() = 0;
  /// Appends the answers that have come; returns how many. Answers to abandoned tokens are dropped and counted.
  virtual std::size_t collect(std::vector<Answer>& answers) = 0;
  /// The answer is no longer wanted: tells the plugin, drops what comes.
  virtual void abandon(std::uint64_t token) = 0;

  [[nodiscard]] virtual std::vector<LaneStatus> status() const = 0;
};

}  // namespace jackfield::lane
