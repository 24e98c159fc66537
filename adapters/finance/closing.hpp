// The thread that closes a day when it is over, whether or not anything is booked after it.
//
// It asks the host's clock twice a second, so that a clock that is set, or a test's, is followed at once; while the day is
// the same that costs nothing more. Lifetime: within the books it closes. Errors: logged, and tried again.
#pragma once

#include "books.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace finance {

class Closing {
 public:
  explicit Closing(Books& books);
  ~Closing();
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;

 private:
  void run();

  Books& books_;
  std::mutex guard_;  // of is_over_, which the destructor sets while the thread waits
  std::condition_variable wake_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace finance
