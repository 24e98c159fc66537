// One instance of a plugin: its settings, what its steps share, the steps, and process().
//
// Without a Database each task is answered as soon as it is done. With one, a call is one transaction and the answers
// leave after its commit. One that fails as a whole is done again task by task, so that one bad task harms no other.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include <jackfield/async.hpp>
#include <jackfield/path.hpp>
#include <jackfield/step_set.hpp>
#include <jackfield/transaction.hpp>

namespace jackfield::detail {

template <class... Steps>
class Instance {
  using Settings = typename StepSet<Steps...>::Settings;
  using Shared = typename StepSet<Steps...>::Shared;

 public:
  Instance(const jf_host* host, jf_bytes settings)
      : host_(host),
        settings_(read_settings(host_, view(settings))),
        shared_(make_shared_state(settings_, host_)),
        steps_(settings_, *shared_),
        owed_(std::make_shared<Owed>(host_)) {}

  std::int32_t process(Tasks tasks) {
    const auto started = async_among(tasks);
    if constexpr (HasDatabase<Shared>)
      transact(tasks);
    else
      answer_each(tasks);
    bool pending = false;
    for (const jf_task* task : started) pending = start(*task) || pending;
    return pending ? JF_PENDING : JF_OK;
  }

  void cancel(std::uint64_t token) {
    steps_.each([&](auto& step) {
      if constexpr (requires { step.cancel(token); }) step.cancel(token);
    });
  }

  void stop() {
    steps_.each([](auto& step) {
      if constexpr (requires { step.stop(); }) step.stop();
    });
    owed_->close(std::chrono::seconds(10));
  }

 private:
  enum class Reached { nothing, begin, commit };  // how far a transaction came

  static Settings read_settings(Host& host, std::string_view packed) {
    Settings settings{};
    Findings findings(Findings::Unknown::refused);
    unpack_value(packed, settings, findings);
    if (!findings.empty()) throw std::runtime_error("settings: " + findings.text());
    resolve_paths(settings, host.config_dir(), host.data_dir());
    return settings;
  }

  static std::unique_ptr<Shared> make_shared_state(const Settings& settings, Host& host) {
    if constexpr (std::is_constructible_v<Shared, const Settings&, Host&>) {
      return std::make_unique<Shared>(settings, host);
    } else if constexpr (std::is_constructible_v<Shared, const Settings&>) {
      return std::make_unique<Shared>(settings);
    } else {
      static_assert(std::is_default_constructible_v<Shared>, "Shared wants a constructor (const Settings&, Host&)");
      return std::make_unique<Shared>();
    }
  }

  /// Those of async steps. Looked up before any task is answered: an answered one is the host's again, and not to be
  /// read.
  std::vector<const jf_task*> async_among(Tasks tasks) {
    std::vector<const jf_task*> found;
    if constexpr (((Steps::kind == Kind::async) || ...)) {
      for (const jf_task* task : tasks) {
        steps_.with(view(task->step), [&]<class S>(S&) {
          if (S::kind == Kind::async) found.push_back(task);
        });
      }
    }
    return found;
  }

  void answer_each(Tasks tasks) {
    Outcomes outcomes(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      answer(tasks, i, outcomes);
      if (outcomes[i]) outcomes[i]->complete(host_, tasks[i]->token);
    }
  }

  /// `before`: how far an earlier transaction with these tasks came.
  void transact(Tasks tasks, Reached before = Reached::nothing) {
    Reached reached = Reached::nothing;
    try {
      Outcomes outcomes(tasks.size());
      shared_->database.begin();
      reached = Reached::begin;
      for (std::size_t i = 0; i < tasks.size(); ++i) answer(tasks, i, outcomes);
      reached = Reached::commit;
      shared_->database.commit();
      for (std::size_t i = 0; i < tasks.size(); ++i) {
        if (outcomes[i]) outcomes[i]->complete(host_, tasks[i]->token);
      }
    } catch (...) {
      const Outcome cause = Outcome::of_current_exception();
      shared_->database.rollback();
      host_.warn("a transaction of " + std::to_string(tasks.size()) + " tasks was rolled back: " + cause.text);
      const bool is_worth_parting = reached != Reached::nothing && tasks.size() > 1;
      for (const jf_task* task : tasks) {
        if (is_worth_parting)
          transact_alone(*task, reached);
        else
          give_back(*task, cause, std::max(before, reached));
      }
    }
  }

  /// Another attempt, and it says so: what the step did beside the database was not rolled back.
  void transact_alone(const jf_task& task, Reached before) {
    jf_task again = task;
    ++again.attempt;
    const jf_task* const alone = &again;
    transact(Tasks(&alone, 1), before);
  }

  /// After a transaction that came to nothing: nothing happened, unless the commit was the word that was lost, or the
  /// step does more than the database can take back.
  void give_back(const jf_task& task, const Outcome& cause, Reached reached) {
    Outcome outcome{JF_RETRY, 0, {}, "DATABASE", cause.text};
    const bool is_known = steps_.with(view(task.step), [&]<class S>(S&) {
      const bool may_have_happened =
          reached == Reached::commit || (reached == Reached::begin && !S::info.is_idempotent);
      if (may_have_happened && !S::info.is_pure) outcome.status = JF_UNKNOWN;
      if (S::kind == Kind::async) outcome.status = JF_PENDING;  // not begun yet: start() answers
    });
    if (!is_known) outcome = unknown_step(task);
    if (outcome.status != JF_PENDING) outcome.complete(host_, task.token);
  }

  /// Every kind but the async ones, which start() answers.
  void answer(Tasks tasks, std::size_t i, Outcomes& outcomes) {
    if (outcomes[i]) return;
    const bool is_known = steps_.with(view(tasks[i]->step), [&]<class S>(S& step) {
      if constexpr (S::kind == Kind::plain) outcomes[i] = answer_one(host_, *shared_, step, *tasks[i]);
      if constexpr (S::kind == Kind::batch) answer_batch(host_, *shared_, step, tasks, i, outcomes);
    });
    if (!is_known) outcomes[i] = unknown_step(*tasks[i]);
  }

  static Outcome unknown_step(const jf_task& task) {
    return Outcome::of(NotDone{"STEP_UNKNOWN", "found step '" + std::string(view(task.step)) +
                                                "', expected one of this plugin's: mend the flow or the plugin"});
  }

  /// Starts the task where its step is async; true while its answer is owed.
  bool start(const jf_task& task) {
    const std::uint64_t token = task.token;
    bool is_owed = false;
    steps_.with(view(task.step), [&]<class S>(S& step) {
      if constexpr (S::kind == Kind::async) {
        owed_->add(token, S::info.is_pure || S::info.is_idempotent);
        try {
          typename S::InType in{};
          const auto refused = read_input(host_, task, in);
          if (refused)
            owed_->settle(token, *refused);
          else
            step.start(std::move(in), Context(host_, task), Completion<typename S::OutType>(owed_, token));
        } catch (...) {
          owed_->settle(token, Outcome::of_current_exception());
        }
        is_owed = owed_->has(token);
      }
    });
    return is_owed;
  }

  Host host_;
  Settings settings_;
  std::unique_ptr<Shared> shared_;
  StepSet<Steps...> steps_;
  std::shared_ptr<Owed> owed_;
};

}  // namespace jackfield::detail
