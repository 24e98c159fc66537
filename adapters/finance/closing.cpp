#include "closing.hpp"

#include <csignal>

namespace finance {

Closing::Closing(Books& books) : books_(books), thread_([this] { run(); }) {}

Closing::~Closing() {
  {
    const std::lock_guard lock(guard_);
    is_over_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Closing::run() {
  sigset_t all;  // signals are the host's
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::unique_lock lock(guard_);
  while (!is_over_) {
    lock.unlock();
    books_.close_days();
    lock.lock();
    wake_.wait_for(lock, std::chrono::milliseconds(500), [this] { return is_over_; });
  }
}

}  // namespace finance
