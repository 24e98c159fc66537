// A call on a thread of its own, as it may never come back.
//
// Where it does not within its time, the thread is left to itself: the process is then good for nothing but to say so
// and end, and whatever the call uses must not be destroyed.
//
// Thread rule: one thread. Errors: what the call throws is thrown by back_within().
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <thread>

namespace jackfield::conformance {

class Errand {
 public:
  explicit Errand(std::function<void()> call) {
    std::packaged_task<void()> task(std::move(call));
    done_ = task.get_future();
    std::thread(std::move(task)).detach();
  }
  [[nodiscard]] bool back_within(std::chrono::milliseconds limit) {
    if (done_.wait_for(limit) != std::future_status::ready) return false;
    done_.get();
    return true;
  }

 private:
  std::future<void> done_;
};

}  // namespace jackfield::conformance
