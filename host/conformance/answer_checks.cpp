// How an instance answers its tasks: each once, as its schemas say, the same again where it says so, and with no look
// back at what it was lent.
#include "conformance/calls.hpp"
#include "conformance/checks.hpp"
#include "conformance/instance.hpp"
#include "conformance/schema_fit.hpp"
#include "plugin/mapping.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace jackfield::conformance {
namespace {

using nlohmann::json;

constexpr std::size_t each = 8, pure_each = 16;
constexpr const char* no_answer = "a task was not answered: see completion";

std::string many(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// A fault of one group of tasks, done in one call of process().
std::optional<Verdict> done_together(Instance& instance, std::span<const Call> calls, const Subject& subject,
                                     std::size_t& late) {
  auto& witness = instance.witness();
  std::vector<Task*> tasks;
  for (const auto& call : calls) tasks.push_back(witness.lend(call));
  const auto status = instance.process(tasks);
  const auto open = witness.unanswered().size();
  if (status != JF_OK && status != JF_PENDING)
    return Verdict::fail("process() that returned " + status_word(status), "OK or PENDING", "answer through complete()");
  if (status == JF_OK && open > 0)
    return Verdict::fail("process() that returned OK with " + many(open, "task") + " of " + many(tasks.size(), "task") +
                             " unanswered, the first for step " + witness.unanswered().front()->call.step,
                         "each answered once, or PENDING", "call complete() once for every task");
  late += open;
  if (!witness.wait(tasks, subject.limit))
    return Verdict::fail(many(witness.unanswered().size(), "task") + " never answered, the first for step " +
                             witness.unanswered().front()->call.step,
                         "an answer within " + std::to_string(subject.limit.count()) + " ms",
                         "call complete() once for every task");
  return std::nullopt;
}

/// What is wrong with one answer; empty where nothing is.
std::string misfit(const Answer& answer, const plugin::StepDescriptor& step) {
  if (answer.status < JF_OK || answer.status > JF_NOT_DONE || answer.status == JF_PENDING)
    return "status " + status_word(answer.status);
  if (answer.status != JF_OK) {
    const bool needs_code = answer.status == JF_REJECT || answer.status == JF_FAIL || answer.status == JF_UNKNOWN ||
                            answer.status == JF_NOT_DONE;
    if (needs_code && answer.code.empty()) return status_word(answer.status) + " without a code";
    if (answer.text.empty()) return status_word(answer.status) + " without a text";
    return {};
  }
  const json output = json::from_msgpack(answer.output, true, false);
  if (output.is_discarded()) return "an output that is no msgpack: " + shown(answer.output);
  if (!output.is_object()) return "an output that is no map: " + output.dump().substr(0, 60);
  if (const auto wrong = misfit_of(output, step.output); !wrong.empty()) return "an output that does not fit: " + wrong;
  return {};
}

const plugin::StepDescriptor& step_of(const Subject& subject, const std::string& id) {
  return *std::find_if(subject.descriptor.steps.begin(), subject.descriptor.steps.end(),
                       [&](const auto& step) { return step.id == id; });
}

}  // namespace

Verdict check_completion(const Subject& subject, Trial& trial) {
  const plugin::Mapping library(subject.file);
  Instance instance(library.table(), subject, trial);
  instance.make();
  const auto calls = Calls(subject.descriptor, trial.random()).mixed(each);
  std::size_t late = 0, given = 0;
  for (const std::size_t size : {std::size_t{1}, std::size_t{3}, calls.size()}) {
    trial.doing("given tasks, " + std::to_string(size) + " a call");
    for (std::size_t i = 0; i < calls.size(); i += size) {
      const auto group = std::span(calls).subspan(i, std::min(size, calls.size() - i));
      given += group.size();
      if (auto fault = done_together(instance, group, subject, late)) return *fault;
    }
  }
  trial.doing("stopped after its tasks were answered");
  instance.stop();
  for (const auto& fault : instance.witness().faults())
    if (fault.kind == Fault::twice || fault.kind == Fault::foreign)
      return Verdict::fail(fault.text, "one answer a task, for its own token", "call complete() once, with task->token");
  return Verdict::pass(many(given, "task") + ", " + many(given, "answer") +
                       (late > 0 ? ", " + std::to_string(late) + " of them after process() had returned" : ""));
}

Verdict check_answers(const Subject& subject, Trial& trial) {
  const plugin::Mapping library(subject.file);
  Instance instance(library.table(), subject, trial);
  instance.make();
  const auto calls = Calls(subject.descriptor, trial.random()).mixed(each);
  std::map<std::string, std::size_t> words;
  for (const auto& call : calls) {
    trial.doing("given step " + call.step + " with a fitting input, " + shown(call.input));
    const auto tasks = instance.begin({&call, 1});
    if (!instance.witness().wait(tasks, subject.limit)) return Verdict::skip(no_answer);
    const Answer answer = instance.witness().answer(*tasks.front());
    ++words[status_word(answer.status)];
    if (const auto wrong = misfit(answer, step_of(subject, call.step)); !wrong.empty())
      return Verdict::fail("step " + call.step + " answered with " + wrong,
                           "a status of abi.h; with OK a map that fits the output schema, else a code and a text",
                           "mend the step, or its output schema");
  }
  for (const auto& fault : instance.witness().faults())
    if (fault.kind == Fault::malformed)
      return Verdict::fail(fault.text, "a whole jf_result", "set result.size to sizeof(jf_result)");
  std::string counts;
  for (const auto& [word, count] : words) counts += (counts.empty() ? "" : ", ") + std::to_string(count) + " " + word;
  return Verdict::pass(many(calls.size(), "fitting task") + ": " + counts);
}

Verdict check_borrow(const Subject& subject, Trial& trial) {
  const plugin::Mapping library(subject.file);
  const std::string rule = "; what it was lent is out of reach once it is given back: settings after create(), a task "
                           "after its answer, the list of tasks after process()";
  trial.doing("making an instance" + rule);
  Instance instance(library.table(), subject, trial, true);
  instance.make();
  const auto calls = Calls(subject.descriptor, trial.random()).mixed(each);
  for (const std::size_t size : {std::size_t{1}, calls.size()}) {
    for (std::size_t i = 0; i < calls.size(); i += size) {
      trial.doing("given step " + calls[i].step + " and " + std::to_string(size - 1) + " more in one call" + rule);
      const auto tasks = instance.begin(std::span(calls).subspan(i, std::min(size, calls.size() - i)));
      if (!instance.witness().wait(tasks, subject.limit)) return Verdict::skip(no_answer);
    }
  }
  trial.doing("stopped" + rule);
  instance.stop();
  instance.destroy();
  return Verdict::pass("settings, tasks and lists of tasks are not read again once they are given back");
}

Verdict check_pure(const Subject& subject, Trial& trial) {
  const plugin::Mapping library(subject.file);
  Calls calls(subject.descriptor, trial.random());
  std::vector<Call> all;
  for (const auto& step : subject.descriptor.steps)
    for (std::size_t i = 0; step.pure && i < pure_each; ++i) all.push_back(calls.fitting(step));
  if (all.empty()) return Verdict::skip("none of its steps says it is pure");
  std::map<std::string, Answer> first;  // by key
  std::size_t compared = 0;
  for (int round = 0; round < 3; ++round) {  // an instance, the same again, and another the other way round
    Instance instance(library.table(), subject, trial);
    instance.make();
    if (round == 2) std::reverse(all.begin(), all.end());
    for (Call call : all) {
      trial.doing("given pure step " + call.step + ", " + shown(call.input));
      call.attempt = static_cast<std::uint32_t>(round) + 1;
      const auto tasks = instance.begin({&call, 1});
      if (!instance.witness().wait(tasks, subject.limit)) return Verdict::skip(no_answer);
      const Answer answer = instance.witness().answer(*tasks.front());
      const auto [before, fresh] = first.try_emplace(call.key, answer);
      compared += fresh ? 0 : 1;
      if (!before->second.same_as(answer))
        return Verdict::fail("step " + call.step + " that answered the same input once with " +
                                 status_word(before->second.status) + " " + before->second.code + " (" +
                                 shown(before->second.output) + ") and once with " + status_word(answer.status) + " " +
                                 answer.code + " (" + shown(answer.output) + ")",
                             "the same answer, as the step says it is pure",
                             "take .pure() away, or whatever else than its input the step looks at");
    }
  }
  return Verdict::pass(many(compared, "answer") + " the same as the first to that input");
}

}  // namespace jackfield::conformance
