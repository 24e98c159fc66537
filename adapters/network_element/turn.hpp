// Whose turn it is: one at a time, and who waits for it waits no longer than its deadline. For std::unique_lock.
//
// It does what std::timed_mutex does, of which g++ 12's ThreadSanitizer misses the locking (pthread_mutex_clocklock)
// and so finds races in all that it guards.
//
// Thread rule: any thread; who took the turn gives it back.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace network_element {

class Turn {
 public:
  /// False where it did not come in time.
  [[nodiscard]] bool try_lock_until(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    if (!free_again_.wait_until(lock, deadline, [this] { return !taken_; })) return false;
    taken_ = true;
    return true;
  }
  void unlock() {
    {
      const std::lock_guard lock(mutex_);
      taken_ = false;
    }
    free_again_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable free_again_;
  bool taken_ = false;
};

}  // namespace network_element
