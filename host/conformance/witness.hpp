// The host's side of a plugin under check: it lends tasks, takes the answers, and keeps account of what must not be.
//
// Tokens lie far apart, so that one a plugin made up is known for it. The clock is the system's.
//
// Thread rule: every function on any thread; a mutex, as plugins answer from threads of their own.
// Ownership: tasks and all they point to live until forget() or the witness ends.
#pragma once

#include "conformance/loan.hpp"

#include <jackfield/abi.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace jackfield::conformance {

/// What a task says beside its token.
struct Call {
  std::string step, input;              // msgpack
  std::string key = "check/1";
  std::uint32_t attempt = 1;
  std::int64_t deadline_ms = 0;         // Unix time; 0: none
  bool cancelled = false;               // before it begins
};

struct Answer {
  std::int32_t status = JF_PENDING;     // JF_PENDING: not answered yet
  std::string output, code, text;
  [[nodiscard]] bool same_as(const Answer& other) const {
    return status == other.status && output == other.output && code == other.code;
  }
};

struct Task {
  Call call;
  std::uint64_t token = 0;
  const jf_task* lent = nullptr;
  Answer answer;                        // read it through the witness while the plugin is at work
  int answers = 0;
  std::thread::id by;
  std::unique_ptr<Loan> loan;
};

/// What a plugin did with the host's table that it must not.
struct Fault {
  enum Kind { twice, foreign, malformed, after_stop, after_destroy };
  Kind kind;
  std::string text;
};

class Witness {
 public:
  struct Place {
    std::string plugin_id, data_dir, config_dir, zone = "Asia/Shanghai";
  };
  /// `strict`: what is lent cannot be read any more once its task was answered.
  Witness(Place place, bool strict);

  [[nodiscard]] const jf_host* table() const { return &table_; }
  [[nodiscard]] Task* lend(const Call& call);
  /// cancelled() is 1 for it from now on.
  void mark_cancelled(const Task& task);
  /// Until all are answered, at most so long.
  [[nodiscard]] bool wait(std::span<Task* const> tasks, std::chrono::milliseconds limit);
  [[nodiscard]] Answer answer(const Task& task) const;
  [[nodiscard]] std::vector<const Task*> unanswered() const;
  [[nodiscard]] std::vector<Fault> faults() const;

  enum Phase { alive, stopped, destroyed };
  void enter(Phase phase) { phase_ = phase; }
  /// Lets go of all tasks; their tokens count as foreign from now on.
  void forget();

 private:
  static void complete(void* self, std::uint64_t token, const jf_result* result);
  static void log(void* self, std::int32_t level, jf_bytes text, jf_bytes fields);
  static void metric(void* self, std::int32_t kind, jf_bytes name, jf_bytes labels, double value);
  static std::int64_t now_ms(void* self);
  static std::int32_t cancelled(void* self, std::uint64_t token);
  static std::int64_t property(void* self, jf_bytes name, std::uint8_t* buffer, std::uint64_t capacity);

  void take(std::uint64_t token, const jf_result* result);
  void blame(Fault::Kind kind, std::string text);
  void note_use(const char* function);

  const Place place_;
  const bool strict_;
  jf_host table_{};
  std::atomic<Phase> phase_{alive};
  mutable std::mutex guard_;
  std::condition_variable answered_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Task>> tasks_;
  std::uint64_t last_ = 0;
  std::vector<Fault> faults_;
};

/// "OK", "REJECT" …, or the number.
[[nodiscard]] std::string status_word(std::int32_t status);
[[nodiscard]] inline jf_bytes lend_text(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string text_of(jf_bytes bytes) {
  return bytes.data == nullptr ? std::string()
                               : std::string(reinterpret_cast<const char*>(bytes.data), std::size_t(bytes.len));
}

}  // namespace jackfield::conformance
