// The threads a host calls from: many at once where the plugin says it is reentrant, else many in turn.
//
// A call may not come back: its instance stays where it is then, until the child ends.
#include "conformance/calls.hpp"
#include "conformance/checks.hpp"
#include "conformance/errand.hpp"
#include "conformance/instance.hpp"
#include "plugin/mapping.hpp"

#include <algorithm>
#include <map>
#include <mutex>

namespace jackfield::conformance {
namespace {

constexpr std::size_t threads = 4 /* "four threads" below */, each = 6, rounds = 8;
constexpr int limits = 3;  // an answer may take one; three threads' calls may be before it

/// What pure steps answer when asked from one thread; those that answer otherwise at once again are left to check_pure.
std::map<std::string, Answer> alone(Instance& instance, std::span<const Call> calls, const Subject& subject) {
  std::map<std::string, Answer> answers;
  for (const auto& call : calls) {
    const Call twice[] = {call, call};
    const auto tasks = instance.begin(twice);
    if (!instance.witness().wait(tasks, subject.limit)) break;
    const Answer answer = instance.witness().answer(*tasks[0]);
    if (answer.same_as(instance.witness().answer(*tasks[1]))) answers[call.key] = answer;
  }
  return answers;
}

/// `finding`: what this thread found wrong; empty where nothing was.
void work(Instance& instance, std::vector<Call> calls, const std::map<std::string, Answer>& pure, std::mutex* turn,
          const Subject& subject, std::string& finding) {
  try {
    for (std::size_t round = 0; round < rounds && finding.empty(); ++round) {
      std::rotate(calls.begin(), calls.begin() + 1, calls.end());
      std::unique_lock<std::mutex> lock;
      if (turn != nullptr) lock = std::unique_lock(*turn);
      const auto tasks = instance.begin(calls);
      if (lock) lock.unlock();
      if (!instance.witness().wait(tasks, subject.limit)) finding = "a task that was not answered";
      for (const Task* task : tasks) {
        const auto known = pure.find(task->call.key);
        if (known != pure.end() && !known->second.same_as(instance.witness().answer(*task)))
          finding = "pure step " + task->call.step + " that answered otherwise than from one thread";
      }
    }
  } catch (const std::exception& error) {
    finding = error.what();
  }
}

}  // namespace

Verdict check_threads(const Subject& subject, Trial& trial) {
  const plugin::Mapping library(subject.file);
  const bool at_once = subject.descriptor.reentrant;
  const auto calls = Calls(subject.descriptor, trial.random()).mixed(each);
  std::vector<Call> pure;
  for (const auto& step : subject.descriptor.steps)
    for (const auto& call : calls)
      if (step.pure && call.step == step.id) pure.push_back(call);
  trial.doing("asked from one thread");
  auto* const instance = new Instance(library.table(), subject, trial);
  instance->make();
  const auto known = alone(*instance, pure, subject);
  const std::string how(at_once ? "four threads at once" : "four threads in turn");
  trial.doing("asked from " + how);
  std::mutex turn;
  std::vector<std::string> findings(threads);
  std::vector<Errand> errands;
  errands.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i)
    errands.emplace_back([&, i] { work(*instance, calls, known, at_once ? nullptr : &turn, subject, findings[i]); });
  for (auto& errand : errands) {
    trial.go_on();
    if (!errand.back_within(limits * subject.limit))
      return Verdict::fail("process() that did not return to all of " + how, "that it does",
                           "see what its threads wait for; say reentrant only where it is");
  }
  for (const auto& finding : findings)
    if (!finding.empty())
      return Verdict::fail(finding + ", when asked from " + how, "the same as from one",
                           at_once ? "guard what the threads share, or do not say reentrant"
                                   : "keep nothing that belongs to one thread: the host's calls come from several");
  delete instance;
  return Verdict::pass(std::to_string(threads * rounds * calls.size()) + " tasks from " + how +
                       (at_once ? "" : ", as it does not say it is reentrant"));
}

}  // namespace jackfield::conformance
