// How tasks end that are not waited for: cancelled, past their deadline, or owed when the instance is stopped.
//
// A call may not come back: its instance stays where it is then, until the child ends.
#include "conformance/calls.hpp"
#include "conformance/checks.hpp"
#include "conformance/errand.hpp"
#include "conformance/instance.hpp"
#include "plugin/mapping.hpp"

#include <algorithm>
#include <atomic>

namespace jackfield::conformance {
namespace {

using namespace std::chrono_literals;

constexpr auto soon = 30ms, look_back = 100ms;
constexpr std::size_t owed_many = 32;
constexpr int stop_limits = 3;  // a plugin may wait for the outside before it gives up what it owes

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string ms(std::chrono::milliseconds time) { return std::to_string(time.count()) + " ms"; }

/// process() of one task on a thread of its own.
class Under {
 public:
  Under(Instance& instance, Task* task)
      : task_(task), errand_([this, &instance] {
          began_ = true;
          (void)instance.process({&task_, 1});
        }) {}
  void wait_until_begun() const {
    while (!began_) std::this_thread::yield();
  }
  /// Answered, and process() back, within the limit.
  [[nodiscard]] bool over_within(Instance& instance, std::chrono::milliseconds limit) {
    return instance.witness().wait({&task_, 1}, limit) && errand_.back_within(limit);
  }

 private:
  Task* task_;
  std::atomic<bool> began_{false};
  Errand errand_;
};

Verdict not_over(const std::string& step, const std::string& when, std::chrono::milliseconds limit,
                 const std::string& mend) {
  return Verdict::fail("step " + step + " that was not over " + ms(limit) + " after " + when,
                       "its answer, and process() back, by then", mend);
}

const char* const ask_often = "ask cancelled(token) while it waits or works, and answer RETRY or UNKNOWN then";

}  // namespace

Verdict check_cancel(const Subject& subject, Trial& trial) {
  const plugin::Mapping library(subject.file);
  Calls calls(subject.descriptor, trial.random());
  auto* const instance = new Instance(library.table(), subject, trial);
  instance->make();
  for (const auto& step : subject.descriptor.steps) {
    for (const bool early : {true, false}) {
      const std::string when = early ? "it was given a task already cancelled" : "its task was cancelled";
      trial.doing("step " + step.id + ", " + when);
      Call call = calls.fitting(step);
      call.cancelled = early;
      Task* const task = instance->witness().lend(call);
      auto* const under = new Under(*instance, task);
      if (!early) {
        under->wait_until_begun();
        instance->cancel(*task);
      }
      if (!under->over_within(*instance, subject.limit)) return not_over(step.id, when, subject.limit, ask_often);
      trial.doing("step " + step.id + ", told to cancel a task it has answered, and one nobody has");
      instance->cancel(*task);
      instance->cancel(task->token + 1);
      delete under;
    }
  }
  delete instance;
  return Verdict::pass("each step's task is over when it is cancelled before, while and after it is done" +
                       std::string(library.table()->cancel == nullptr ? "; it has no cancel()" : ""));
}

Verdict check_deadline(const Subject& subject, Trial& trial) {
  const plugin::Mapping library(subject.file);
  Calls calls(subject.descriptor, trial.random());
  auto* const instance = new Instance(library.table(), subject, trial);
  instance->make();
  for (const auto& step : subject.descriptor.steps) {
    for (const auto left : {-1000ms, std::chrono::milliseconds(soon)}) {
      const std::string when = left < 0ms ? "it was given a task past its deadline" : "its deadline passed";
      trial.doing("step " + step.id + ", " + when);
      Call call = calls.fitting(step);
      call.deadline_ms = now_ms() + left.count();
      auto* const under = new Under(*instance, instance->witness().lend(call));
      if (!under->over_within(*instance, std::max(left, 0ms) + subject.limit))
        return not_over(step.id, when, subject.limit, ask_often);
      delete under;
    }
  }
  delete instance;
  return Verdict::pass("each step's task is over when its deadline has passed before it began, or soon after");
}

Verdict check_stop(const Subject& subject, Trial& trial) {
  const plugin::Mapping library(subject.file);
  Calls calls(subject.descriptor, trial.random());
  auto* const instance = new Instance(library.table(), subject, trial);
  instance->make();
  const auto all = calls.mixed(owed_many / std::min(subject.descriptor.steps.size(), owed_many));
  trial.doing("given " + std::to_string(all.size()) + " tasks at once");
  (void)instance->begin(all);
  const auto owed = instance->witness().unanswered().size();
  trial.doing("stopped with " + std::to_string(owed) + " tasks unanswered");
  Errand stop([instance] { instance->stop(); });
  if (!stop.back_within(stop_limits * subject.limit))
    return Verdict::fail("stop() that had not returned after " + ms(stop_limits * subject.limit),
                         "that it finishes or answers what is owed, and returns", "give up what takes longer");
  if (const auto left = instance->witness().unanswered(); !left.empty())
    return Verdict::fail(std::to_string(left.size()) + " tasks still unanswered when stop() returned, the first for step " +
                             left.front()->call.step,
                         "everything owed answered by then", "answer RETRY or UNKNOWN in stop() for what is not done");
  trial.doing("destroyed");
  Errand destroy([instance] { instance->destroy(); });
  if (!destroy.back_within(stop_limits * subject.limit))
    return Verdict::fail("destroy() that had not returned after " + ms(stop_limits * subject.limit), "that it returns",
                         "end its threads in stop()");
  std::this_thread::sleep_for(look_back);  // whatever is still on its way comes now
  for (const auto& fault : instance->witness().faults())
    if (fault.kind == Fault::after_stop || fault.kind == Fault::after_destroy)
      return Verdict::fail(fault.text, "no word of the plugin after that", "end its threads in stop(), before it returns");
  delete instance;
  return Verdict::pass(owed > 0 ? "all " + std::to_string(owed) + " tasks that were owed were answered before it returned"
                                : "nothing was owed, and no word came after it");
}

}  // namespace jackfield::conformance
