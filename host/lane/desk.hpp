// A pool's desk: which tasks are owed an answer, and the way each answer takes.
//
// Every answer passes here, whichever thread gives it. One from the thread that is inside process() joins that thread's
// bundle and leaves with it; one from any other thread leaves at once through a socket lent for that moment. A token is
// answered once: what comes after is dropped and counted.
//
// Thread rule: every function on any thread, unless it says otherwise. One mutex guards the whole: completions come
// from threads the host does not own, and a thread that hangs must lose its place at one instant, together with the
// answers it had collected. A ZeroMQ socket is moved between threads only under that mutex, which is the full fence
// ZeroMQ asks for; no two threads ever hold one.
//
// Ownership: a batch, and all its tasks point into, lives until every token of it was answered, also where the host no
// longer waits ("forgotten"), as the plugin may still read it.
#pragma once

#include "lane/fittings.hpp"
#include "lane/frames.hpp"

#include <zmq.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace jackfield::lane {

class Instance;

struct Batch {
  zmq::message_t message;                       // what the tasks point into
  std::vector<jf_task> tasks;
  std::vector<const jf_task*> wanted;           // those not cancelled or expired before they began
  std::chrono::steady_clock::time_point begun;
  std::weak_ptr<Instance> instance;
  const Instance* maker = nullptr;              // the same, to compare
  std::size_t unanswered = 0;
  bool in_process = false;
};

/// A pool thread's place, as the desk sees it.
struct Place {
  std::uint64_t number = 0;
  std::unique_ptr<zmq::socket_t> socket;        // taken away with the place
  std::shared_ptr<Batch> batch;
  bool busy = false, lost = false;
  std::int64_t busy_until_ms = 0;               // 0: no limit
  Bundle answers;
  std::chrono::steady_clock::time_point sent;
};

/// What is taken from a thread that lost its place.
struct Seized {
  std::unique_ptr<zmq::socket_t> socket;        // with the messages it had not read
  std::optional<zmq::message_t> answers;        // those it had collected, and JF_UNKNOWN "TIMEOUT" for the rest
};

class Desk {
 public:
  Desk(zmq::context_t& context, std::string address, Fittings fittings);

  /// Names a socket that is about to connect: in a runner process the host knows it by that name.
  void identify(zmq::socket_t& socket);

  // The place's own thread.
  void begin(Place& place, const std::shared_ptr<Batch>& batch);
  void assign(Batch& batch, const std::shared_ptr<Instance>& instance);
  /// After process() returned `status`, or with `otherwise` for all that is unanswered. False: the place is lost.
  [[nodiscard]] bool settle(Place& place, const std::shared_ptr<Batch>& batch, std::int32_t status,
                            const AnswerView& otherwise);
  void busy(Place& place, std::int64_t until_ms);
  [[nodiscard]] bool idle(Place& place);

  // From plugins.
  void complete(std::uint64_t token, const jf_result* result);
  [[nodiscard]] bool cancelled(std::uint64_t token);

  // The switchboard's thread.
  /// The instance to tell; nullptr where the task has not begun (it will not) or was answered.
  [[nodiscard]] std::shared_ptr<Instance> cancel(std::uint64_t token);
  void uncancel(std::uint64_t token);
  /// True where the plugin owes the answer outside of process(): it is forgotten, its batch kept.
  [[nodiscard]] bool write_off(std::uint64_t token);
  /// Takes the place from a thread that is busy past its limit and grace; `anyhow`: from any busy thread.
  [[nodiscard]] std::optional<Seized> seize(Place& place, bool anyhow);

  /// Answers JF_UNKNOWN to all a stopped instance still owes, and frees its batches.
  void sweep(const Instance* instance);
  void close();
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] std::uint64_t late() const { return late_; }
  [[nodiscard]] const Fittings& fittings() const { return fittings_; }

 private:
  struct Owed {
    std::shared_ptr<Batch> batch;
    std::int64_t deadline_ms = 0;
    bool cancelled = false, forgotten = false;
  };
  std::shared_ptr<Batch> claim(std::uint64_t token, bool& wanted);
  void send(Place& place);
  void send_from_anywhere(zmq::message_t message);

  zmq::context_t& context_;
  const std::string address_;
  const Fittings fittings_;
  std::mutex guard_;
  std::unordered_map<std::uint64_t, Owed> owed_;
  std::unordered_set<std::uint64_t> early_;     // cancelled before they began
  std::vector<std::unique_ptr<zmq::socket_t>> lent_;
  std::size_t forgotten_ = 0;
  std::atomic<std::uint64_t> late_{0}, sockets_{0};
  std::atomic<bool> closed_{false};
};

}  // namespace jackfield::lane
