// Doing tasks with a step: input read, step run, output packed; whatever is thrown becomes the outcome.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <jackfield/batch.hpp>
#include <jackfield/outcome.hpp>
#include <jackfield/structure.hpp>

namespace jackfield::detail {

/// What the task is answered with in place of being run: it was cancelled, or its input does not fit.
template <class In>
std::optional<Outcome> read_input(const Host& host, const jf_task& task, In& in) {
  if (host.cancelled(task.token)) return Outcome{JF_RETRY, 0, {}, "CANCELLED", "cancelled before it began"};
  Findings findings;
  unpack_value(view(task.input), in, findings);
  if (findings.empty()) return {};
  return Outcome{JF_NOT_DONE, 0, {}, "INPUT_INVALID", findings.text()};
}

template <class S>
Outcome run_one(Host& host, S& step, const jf_task& task) {
  try {
    typename S::InType in{};
    if (auto refused = read_input(host, task, in)) return std::move(*refused);
    Context context(host, task);
    Buffer buffer;
    pack_value(buffer, typename S::OutType(step.run(in, context)));
    return Outcome::done(view(buffer));
  } catch (...) {
    return Outcome::of_current_exception();
  }
}

/// One outcome a task. `thrown` where the step threw: then it is that of all.
template <class S>
std::vector<Outcome> run_batch(S& step, std::span<const Task<typename S::InType>> tasks, bool& thrown) {
  std::vector<Outcome> outcomes;
  try {
    const std::vector<Answer<typename S::OutType>> answers = step.run(tasks);
    if (answers.size() != tasks.size()) {
      throw Fail{"ANSWERS", "the step gave " + std::to_string(answers.size()) + " answers to " +
                                std::to_string(tasks.size()) + " tasks: give one each, in their order"};
    }
    for (const auto& answer : answers) {
      Buffer buffer;
      if (answer.out()) pack_value(buffer, *answer.out());
      outcomes.push_back(answer.out() ? Outcome::done(view(buffer)) : Outcome::of(*answer.failure()));
    }
  } catch (...) {
    thrown = true;
    outcomes.assign(tasks.size(), Outcome::of_current_exception());
  }
  return outcomes;
}

}  // namespace jackfield::detail
