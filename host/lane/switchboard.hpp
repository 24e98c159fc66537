// Carries tasks to plugins and answers back: the engine's end of all lanes.
//
// A lane is one plugin's connection: a pool of threads in this process (inproc), later a runner process (ipc) or a
// remote machine (tcp), all speaking the same frames (see frames.hpp). Every peer announces a credit window; no more
// tasks are under way to it than that, and what waits here is bounded by `queue_limit`, so nothing grows without bound.
//
// Thread rule: the switchboard belongs to the engine's thread; it talks to peers over ZeroMQ only.
#pragma once

#include "lane/fittings.hpp"

#include <zmq.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace jackfield::plugin {
class Registry;
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

class Switchboard {
 public:
  /// Makes every plugin's instance, then starts one pool each. The registry must outlive it. Throws
  /// std::runtime_error with the words of every plugin that refuses its settings; then nothing was started.
  Switchboard(zmq::context_t& context, plugin::Registry& registry, std::size_t queue_limit, Fittings fittings = {});
  ~Switchboard();                // stops pools: each plugin's stop(), bounded by its drain limit

  /// Takes the task; false where its lane's queue is full (try again later). An unknown step is answered with
  /// JF_FAIL "STEP_UNKNOWN" through collect().
  [[nodiscard]] bool give(Task task);
  /// Sends what give() took, several tasks a message, as far as credit reaches. Call once a loop.
  void flush();
  /// Poll this for POLLIN, then collect(). Never blocks.
  [[nodiscard]] zmq::socket_ref socket();
  /// Appends the answers that have come; returns how many. Answers to abandoned tokens are dropped and counted.
  std::size_t collect(std::vector<Answer>& answers);
  /// The answer is no longer wanted: tells the plugin, drops what comes. A pool thread that is still in the call a
  /// grace time after its deadline has lost its place: it is counted as hung and replaced (at most `threads` times).
  void abandon(std::uint64_t token);

  [[nodiscard]] std::vector<LaneStatus> status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jackfield::lane
