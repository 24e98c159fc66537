#include "http/reading.hpp"

#include <spdlog/spdlog.h>

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace jackfield::http {
namespace {

struct Question {
  std::function<Answer(store::Reader&)> read;
  Done done;
};

Answer refusal(int status, const char* code, const char* detail) { return {engine::problem(status, code, detail)}; }

Answer store_refusal(const store::StoreError& error) {
  using Kind = store::StoreError::Kind;
  if (error.kind == Kind::busy) return refusal(503, "STORE_BUSY", "the store is busy; nothing was changed, try again");
  if (error.kind == Kind::io) return refusal(503, "STORE_AWAY", "the store cannot be reached now; try again");
  spdlog::error("the store could not be read: {}", error.what());
  return refusal(500, "STORE_UNREADABLE", "the store could not be read; the host's log says why");
}

}  // namespace

struct Reading::Impl {
  OpenReader open;
  std::size_t waiting_most;
  // A queue between two threads that share no socket: the mutex is held for a push or a pop, never while reading.
  std::mutex mutex;
  std::condition_variable came;
  std::deque<Question> waiting;
  bool stopping = false;
  std::unique_ptr<store::Reader> reader;  // the reading thread's
  std::thread thread;

  Answer read(const Question& question) {
    try {
      if (!reader) reader = open();
      return question.read(*reader);
    } catch (const store::StoreError& error) {
      reader.reset();
      return store_refusal(error);
    } catch (const std::exception&) {
      reader.reset();
      return refusal(500, "READ_FAILED", "this could not be read; the host's log says why");
    }
  }

  void run() {
    for (;;) {
      Question question;
      {
        std::unique_lock lock(mutex);
        came.wait(lock, [this] { return stopping || !waiting.empty(); });
        if (stopping) break;
        question = std::move(waiting.front());
        waiting.pop_front();
      }
      question.done(read(question));
    }
    for (auto& each : waiting) each.done(refusal(503, "STOPPING", "the host is stopping"));
    reader.reset();
  }
};

Reading::Reading(OpenReader open, std::size_t waiting_most) : impl_(std::make_unique<Impl>()) {
  impl_->open = std::move(open);
  impl_->waiting_most = waiting_most;
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
  ::pthread_setname_np(impl_->thread.native_handle(), "http reading");
}

Reading::~Reading() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->came.notify_one();
  }
  impl_->thread.join();
}

void Reading::ask(std::function<Answer(store::Reader&)> read, Done done) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (!impl_->stopping && impl_->waiting.size() < impl_->waiting_most) {
      impl_->waiting.push_back({std::move(read), std::move(done)});
      impl_->came.notify_one();
      return;
    }
  }
  done(refusal(503, "QUEUE_FULL", "more lists are asked for than the host will queue; try again"));
}

}  // namespace jackfield::http
