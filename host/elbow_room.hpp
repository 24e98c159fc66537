// Lets who is woken by the engine's thread step aside to another processor where it was put on the engine's own.
//
// Linux looks for an idle processor when it wakes a thread, but not where it takes the machine for busy, and of two
// processors one is enough for that. Then the engine's thread and the one it woke pass one processor to and fro, batch by
// batch, for milliseconds, while the other idles (seen with `perf sched timehist`; a quarter of what a host on two
// processors could do). Nobody is pinned: whoever steps aside may run wherever it might before.
//
// Thread rule: at_work() and at_rest() are the engine's thread's; an ElbowRoom is its thread's.
#pragma once

#include <sched.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <system_error>
#include <thread>

namespace jackfield {

class ElbowRoom {
 public:
  /// The thread that wakes others has more than one to wake, and works on the processor it is on; it may sleep a little.
  static void at_work() noexcept { processor_.store(sched_getcpu(), std::memory_order_relaxed); }
  /// It is in nobody's way.
  static void at_rest() noexcept { processor_.store(nowhere, std::memory_order_relaxed); }

  /// Called when its thread was woken. True where it went to another processor; at most once a millisecond, for a move
  /// takes some ten microseconds.
  bool step_aside() noexcept {
    const int taken = processor_.load(std::memory_order_relaxed);
    if (taken == nowhere || taken != sched_getcpu()) return false;
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return false;
    next_ = now + every;
    cpu_set_t may{};
    if (sched_getaffinity(0, sizeof may, &may) != 0 || CPU_COUNT(&may) < 2 || taken >= CPU_SETSIZE) return false;
    const bool all = !confined();  // asked before the mask is narrowed: what is asked for inherits it
    cpu_set_t others = may;
    CPU_CLR(static_cast<std::size_t>(taken), &others);
    if (sched_setaffinity(0, sizeof others, &others) != 0) return false;
    if (all) std::memset(&may, 0xff, sizeof may);
    return sched_setaffinity(0, sizeof may, &may) == 0;
  }

 private:
  static constexpr int nowhere = -1;
  static constexpr std::chrono::milliseconds every{1};

  // Whether somebody has given this process fewer processors than its cpuset has (taskset). Only then what it had is
  // asked for again: else its threads would not be given those by which the cpuset may grow later.
  static bool confined() noexcept {
    static const bool is = [] {
      bool fewer = true;
      const auto look = [&fewer] {
        cpu_set_t had{}, all{};
        if (sched_getaffinity(0, sizeof had, &had) != 0) return;
        std::memset(&all, 0xff, sizeof all);
        if (sched_setaffinity(0, sizeof all, &all) != 0 || sched_getaffinity(0, sizeof all, &all) != 0) return;
        fewer = !CPU_EQUAL(&had, &all);
      };
      try {
        std::thread(look).join();  // in a thread of its own, whose processors do not matter afterwards
      } catch (const std::system_error&) {
      }
      return fewer;
    }();
    return is;
  }

  static inline std::atomic<int> processor_{nowhere};
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace jackfield
