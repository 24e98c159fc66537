// What a step knows of the task in hand beside its input.
//
// A value: an AsyncStep keeps it as long as its task is not completed; after that everything it gives is gone.
// Thread rule: any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <jackfield/host.hpp>
#include <jackfield/message.hpp>

namespace jackfield {

class Context {
 public:
  Context(Host& host, const jf_task& task) : host_(&host), task_(&task) {}

  /// Idempotency key: the same on every attempt, after every restart.
  [[nodiscard]] std::string_view key() const { return view(task_->key); }
  /// The order's instance id, the same in sub-flows; and its flow, "open-account".
  [[nodiscard]] std::string_view instance() const { return view(task_->instance); }
  [[nodiscard]] std::string_view flow() const { return view(task_->flow); }
  /// The step's id, "resource.reserve".
  [[nodiscard]] std::string_view step() const { return view(task_->step); }
  /// 1 on the first try; more: an earlier try may have had its effect.
  [[nodiscard]] std::uint32_t attempt() const { return task_->attempt; }
  /// Names this attempt towards the host; a step that offers cancel() is given it there.
  [[nodiscard]] std::uint64_t token() const { return task_->token; }

  [[nodiscard]] TimePoint now() const { return host_->now(); }
  /// After it no answer is wanted; TimePoint::max() where there is no limit.
  [[nodiscard]] TimePoint deadline() const {
    return task_->deadline_ms ? TimePoint(std::chrono::milliseconds(task_->deadline_ms)) : TimePoint::max();
  }
  /// Time until the deadline, never negative; milliseconds::max() where there is none.
  [[nodiscard]] std::chrono::milliseconds remaining() const {
    if (!task_->deadline_ms) return std::chrono::milliseconds::max();
    const auto left = deadline() - now();
    return left.count() > 0 ? left : std::chrono::milliseconds(0);
  }
  /// Cancelled, or past its deadline. Cheap: ask in loops.
  [[nodiscard]] bool cancelled() const { return host_->cancelled(task_->token); }

  void log(Level level, std::string_view text) const { host_->log(level, text); }
  void debug(std::string_view text) const { host_->debug(text); }
  void info(std::string_view text) const { host_->info(text); }
  void warn(std::string_view text) const { host_->warn(text); }
  void error(std::string_view text) const { host_->error(text); }
  void count(std::string_view metric, double by = 1) const { host_->count(metric, by); }

  [[nodiscard]] Host& host() const { return *host_; }

 private:
  Host* host_;
  const jf_task* task_;
};

}  // namespace jackfield
