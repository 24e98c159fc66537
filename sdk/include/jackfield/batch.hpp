// BatchStep: a step that is given all its tasks of one call at once.
//
//   struct Write : jackfield::BatchStep<Settings, Row, Nothing, File> {
//     static constexpr auto info = jackfield::step("file.write", "…").idempotent();
//     std::vector<jackfield::Answer<Nothing>> run(std::span<const jackfield::Task<Row>> tasks);
//   };
//
// One answer a task, in their order. Thrown out of run(), a Failure is the answer to all of them. With a Database, the
// batch is one savepoint: a task that is answered with a Failure must have written nothing.
#pragma once

#include <span>
#include <utility>
#include <variant>
#include <vector>

#include <jackfield/context.hpp>
#include <jackfield/error.hpp>
#include <jackfield/step.hpp>

namespace jackfield {

template <class In>
struct Task {
  In in;
  Context ctx;
};

/// An output, or a Reject, Retry, Fail, NotDone, Unknown or Broken.
template <class Out>
class Answer {
 public:
  Answer(Out out) : value_(std::move(out)) {}          // NOLINT: `answers.push_back({true})`
  Answer(const Failure& failure) : value_(failure) {}  // NOLINT
  [[nodiscard]] const Out* out() const { return std::get_if<Out>(&value_); }
  [[nodiscard]] const Failure* failure() const { return std::get_if<Failure>(&value_); }

 private:
  std::variant<Out, Failure> value_;
};

template <class S, class I, class O, class Sh = NoShared>
struct BatchStep : detail::StepBase<S, I, O, Sh> {
  static constexpr auto kind = detail::Kind::batch;
};

}  // namespace jackfield
