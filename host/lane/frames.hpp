// The messages on a lane, between the host and whoever runs a plugin: a pool's thread (inproc), a runner process (ipc)
// or another machine (tcp). The wire format never changes its meaning; kinds and trailing members may be added.
//
//   message  = version (one byte, 1), then one msgpack array: [kind, …]
//   HELLO    = [1, plugin, credit, place]   peer → host   I run this plugin; at most `credit` tasks may be under way
//                                                         to me. `place`: a pool's thread by its number, else 0
//   TASKS    = [2, [task, …]]               host → peer
//   task     = [token, attempt, deadline_ms, step, instance, flow, key, input]     input: bin, a msgpack map
//   ANSWERS  = [3, [answer, …]]             peer → host   each gives one credit back
//   answer   = [token, status, retry_after_ms, took_us, output, code, text]        output: bin
//   CANCEL   = [4, [token, …]]              host → peer   a hint; the answer is still owed
//   GOODBYE  = [5]                          host → peer   no more will come: finish what has begun
//                                           peer → host   I have finished, and am gone
//   PING     = [6, number], PONG = [7, number]            heartbeat where the peer can die: not needed inproc.
//                                                         `number` is the host's clock, Unix time in ms
//
// A runner process has one more peer, which speaks for the process and takes no tasks:
//   REPORT   = [8, pid]                     peer → host   I was started; what am I to run?
//   ORDERS   = [9, json]                    host → peer   bin: everything the runner needs, secrets included
//   REFUSAL  = [10, text]                   peer → host   the plugin cannot be made, and this is why
//   METRIC   = [11, kind, name, labels, value]   peer → host   labels: bin, a msgpack map
//   UNCANCEL = [12, [token, …]]             host → peer   these were answered: forget that they were cancelled
//
// Decoding is strict and bounded: another version, kind, type, count or size is refused whole; no string or bytes are
// copied, so what is decoded lives only as long as the message it was decoded from.
//
// Thread rule: values.
#pragma once

#include <zmq.hpp>

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include <jackfield/abi.h>

namespace jackfield::lane {

struct Task;

inline constexpr std::uint8_t frame_version = 1;
inline constexpr std::size_t max_tasks = 64;                    // in one TASKS message
inline constexpr std::size_t max_answers = 4096;                // in one ANSWERS message
inline constexpr std::size_t max_frame_bytes = 64u << 20;
inline constexpr std::size_t max_output_bytes = 16u << 20;      // of one answer, and of one input

struct Hello {
  std::string_view plugin;
  std::uint64_t credit = 0, place = 0;
};
/// Borrowed from the message; fit for process() as they are.
struct Tasks {
  std::vector<jf_task> tasks;
};
struct AnswerView {
  std::uint64_t token = 0;
  std::int32_t status = 0;
  std::uint32_t retry_after_ms = 0;
  std::int64_t took_us = 0;
  std::string_view output, code, text;
};
struct Answers {
  std::vector<AnswerView> answers;
};
struct Cancel {
  std::vector<std::uint64_t> tokens;
};
struct Goodbye {};
struct Ping {
  std::uint64_t number = 0;
};
struct Pong {
  std::uint64_t number = 0;
};
/// What does not fit, in words.
struct Malformed {
  std::string_view why;
};
struct Report {
  std::uint64_t pid = 0;
};
struct Orders {
  std::string_view json;
};
struct Refusal {
  std::string_view text;
};
struct Measured {
  std::int32_t kind = 0;
  std::string_view name, labels;
  double value = 0;
};
struct Uncancel {
  std::vector<std::uint64_t> tokens;
};
using Frame = std::variant<Malformed, Hello, Tasks, Answers, Cancel, Goodbye, Ping, Pong, Report, Orders, Refusal,
                           Measured, Uncancel>;

[[nodiscard]] Frame decode(const zmq::message_t& message);

[[nodiscard]] zmq::message_t encode(const Hello& hello);
[[nodiscard]] zmq::message_t encode(const Cancel& cancel);
[[nodiscard]] zmq::message_t encode(Goodbye);
[[nodiscard]] zmq::message_t encode(Ping ping);
[[nodiscard]] zmq::message_t encode(Pong pong);
[[nodiscard]] zmq::message_t encode(Report report);
[[nodiscard]] zmq::message_t encode(const Orders& orders);
[[nodiscard]] zmq::message_t encode(const Refusal& refusal);
[[nodiscard]] zmq::message_t encode(const Measured& measured);
[[nodiscard]] zmq::message_t encode(const Uncancel& uncancel);

/// A TASKS or ANSWERS message as it grows. take() gives the bytes to ZeroMQ uncopied and begins anew.
class Bundle {
 public:
  void add(const Task& task);
  void add(const AnswerView& answer);
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }
  [[nodiscard]] zmq::message_t take();

 private:
  void begin(std::uint8_t kind);

  std::vector<std::uint8_t> bytes_;
  std::uint32_t count_ = 0;
};

}  // namespace jackfield::lane
