// AsyncStep: a step that is started on the caller's thread and answered later, from any thread.
//
//   struct Call : jackfield::AsyncStep<Settings, In, Out, Session> {
//     static constexpr auto info = jackfield::step("element.call", "…").idempotent();
//     void start(In in, jackfield::Context ctx, jackfield::Completion<Out> done);   // return soon
//     void stop();                       // optional: no more; answer what is owed
//     void cancel(std::uint64_t token);  // optional: any thread; the answer of ctx.token() is no longer wanted
//   };
//
// The Completion is called once. One that is destroyed without a call fails its task with the code DROPPED. Whatever
// is still owed ten seconds after stop() is answered for the step: RETRY where it may be repeated, else UNKNOWN.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <jackfield/outcome.hpp>
#include <jackfield/step.hpp>
#include <jackfield/structure.hpp>

namespace jackfield {

namespace detail {

/// The answers an instance still owes. A mutex, since completions come from threads the SDK does not own; complete()
/// is called under it, so that the host's table cannot go away in between.
class Owed {
 public:
  explicit Owed(Host& host) : host_(&host) {}
  void add(std::uint64_t token, bool is_repeatable);
  [[nodiscard]] bool has(std::uint64_t token) const;
  /// The first answer counts; false for any later one.
  bool settle(std::uint64_t token, const Outcome& outcome);
  /// Waits until nothing is owed, at most so long; then answers the rest itself. Later answers are dropped.
  void close(std::chrono::milliseconds patience);

 private:
  mutable std::mutex mutex_;
  std::condition_variable settled_;
  std::map<std::uint64_t, bool> tokens_;
  Host* host_;
};

}  // namespace detail

/// Moved, never copied; called from any thread.
template <class Out>
class Completion {
 public:
  Completion(std::shared_ptr<detail::Owed> owed, std::uint64_t token)
      : owed_(std::move(owed)), token_(token), unwinding_(std::uncaught_exceptions()) {}
  Completion(Completion&& other) noexcept
      : owed_(std::move(other.owed_)), token_(other.token_), unwinding_(other.unwinding_) {}
  Completion& operator=(Completion&& other) noexcept {
    if (this == &other) return *this;
    drop();
    owed_ = std::move(other.owed_);
    token_ = other.token_;
    unwinding_ = other.unwinding_;
    return *this;
  }
  ~Completion() { drop(); }

  void operator()(const Out& out) {
    Buffer buffer;
    pack_value(buffer, out);
    answer(Outcome::done(view(buffer)));
  }
  void reject(std::string code, const std::string& text) { answer(Outcome::of(Reject{std::move(code), text})); }
  void retry(const std::string& text, std::uint32_t after_ms = 0) { answer(Outcome::of(Retry{text, after_ms})); }
  void fail(std::string code, const std::string& text) { answer(Outcome::of(Fail{std::move(code), text})); }
  void not_done(std::string code, const std::string& text) { answer(Outcome::of(NotDone{std::move(code), text})); }
  void unknown(std::string code, const std::string& text) { answer(Outcome::of(Unknown{std::move(code), text})); }
  void broken(const std::string& text) { answer(Outcome::of(Broken{text})); }
  void failure(const Failure& failure) { answer(Outcome::of(failure)); }

 private:
  void answer(const Outcome& outcome) {
    if (const auto owed = std::move(owed_)) owed->settle(token_, outcome);
  }
  // Thrown out of start(): the exception is the answer, given by who catches it.
  void drop() noexcept {
    if (!owed_ || std::uncaught_exceptions() > unwinding_) return;
    try {
      fail("DROPPED", "the step gave up its completion without an answer: call it exactly once");
    } catch (...) {  // NOLINT: out of memory; the host's time limit answers
    }
  }

  std::shared_ptr<detail::Owed> owed_;
  std::uint64_t token_;
  int unwinding_;
};

template <class S, class I, class O, class Sh = NoShared>
struct AsyncStep : detail::StepBase<S, I, O, Sh> {
  static constexpr auto kind = detail::Kind::async;
};

}  // namespace jackfield
