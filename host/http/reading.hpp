// Reads lists from the store on a thread of its own, so that a long list or a drawing never holds up the sockets.
//
// Thread rule: ask() any thread; the Reader is opened, used and closed by the reading thread alone. Bounded: more than
// `waiting_most` questions are refused. A reader that failed is opened anew for the next question.
#pragma once

#include "http/exchange.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>

namespace jackfield::http {

using OpenReader = std::function<std::unique_ptr<store::Reader>()>;

class Reading {
 public:
  Reading(OpenReader open, std::size_t waiting_most);
  ~Reading();  // answers what waits with 503, ends the thread
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  /// `done` is called exactly once: on the reading thread with what `read` made, or with a problem.
  void ask(std::function<Answer(store::Reader&)> read, Done done);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jackfield::http
