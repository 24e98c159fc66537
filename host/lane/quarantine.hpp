// When a plugin that keeps crashing is taken out of use, and when it is tried again.
//
//   free ──crashes within a time──▶ quarantined ──the wait is over──▶ probing ──a task is answered──▶ free
//                                        ▲                               │
//                                        └────────it crashes: twice the wait────────┘
//
// Between two crashes that do not add up to that, the next start waits: not at all after the first, then 100 ms,
// doubling up to 30 s, until a task was answered.
//
// Thread rule: one thread. Pure: the time is told (any clock that only goes on).
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

namespace jackfield::lane {

class Quarantine {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Millis = std::chrono::milliseconds;
  enum class State { free, quarantined, probing };

  struct Rule {
    int crashes = 3;                   // so many…
    Millis within{60'000};             // within this time
    Millis probe{10'000};              // the first wait; doubled each time, at most an hour
  };

  explicit Quarantine(Rule rule) : rule_(rule) {}

  void crashed(Time now);
  /// A task was answered.
  void answered();
  /// A person says so; false where it was not quarantined.
  bool release();
  /// Moves on to probing where the wait is over. True where it may be started now.
  [[nodiscard]] bool may_start(Time now);

  [[nodiscard]] State state() const { return state_; }
  /// When it may be started next.
  [[nodiscard]] Time next_start() const { return next_start_; }
  [[nodiscard]] std::size_t crashes() const { return recent_.size(); }

 private:
  Rule rule_;
  State state_ = State::free;
  std::deque<Time> recent_;
  Time next_start_{};
  Millis wait_{0};                     // of the quarantine
  int in_a_row_ = 0;
};

}  // namespace jackfield::lane
