// One instance of a plugin: its settings, what its steps share, the steps, and process().
//
// Without a Database each task is answered as soon as it is done. With one, a call is one transaction: every task in a
// savepoint, undone where the step throws; a keyed step's output is kept beside its writes; the answers leave after the
// commit. A transaction that fails as a whole is tried again task by task, so that one bad task harms no other.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include <jackfield/async.hpp>
#include <jackfield/batch.hpp>
#include <jackfield/descriptor.hpp>
#include <jackfield/path.hpp>

namespace jackfield::detail {

template <class... Steps>
class Instance {
  using First = typename FirstOf<Steps...>::type;
  using Settings = typename First::SettingsType;
  using Shared = typename First::SharedType;
  static constexpr bool has_database = HasDatabase<Shared>;
  static_assert((std::is_same_v<Settings, typename Steps::SettingsType> && ...), "all steps share one Settings type");
  static_assert((std::is_same_v<Shared, typename Steps::SharedType> && ...), "all steps share one Shared type");
  static_assert(((!Steps::info.is_keyed || has_database) && ...), "keyed() wants a `Database database` in Shared");
  static_assert(((!Steps::info.is_keyed || Steps::kind != Kind::async) && ...), "an AsyncStep cannot be keyed()");
  static_assert(!has_database || !traits_of<Steps...>().is_reentrant, "a Database is one connection: not reentrant");

 public:
  Instance(const jf_host* host, jf_bytes settings)
      : host_(host), settings_(read_settings(host_, view(settings))), shared_(make_shared_state(settings_, host_)) {
    const Birth<const Settings> settings_born(settings_);
    const Birth<Shared> shared_born(*shared_);
    steps_.emplace();
    owed_ = std::make_shared<Owed>(host_);
  }

  std::int32_t process(std::span<const jf_task* const> tasks) {
    transact(tasks);
    bool pending = false;
    for (const jf_task* task : tasks) pending = start(*task) || pending;
    return pending ? JF_PENDING : JF_OK;
  }

  void cancel(std::uint64_t token) {
    each([&](auto& step) {
      if constexpr (requires { step.cancel(token); }) step.cancel(token);
    });
  }

  void stop() {
    each([](auto& step) {
      if constexpr (requires { step.stop(); }) step.stop();
    });
    owed_->close(std::chrono::seconds(10));
  }

 private:
  using Tasks = std::span<const jf_task* const>;

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

  template <class F>
  void each(F&& visit) {
    std::apply([&](auto&... step) { (visit(step), ...); }, *steps_);
  }

  /// Calls `visit` with the step of this id; false where the plugin has none.
  template <class F>
  bool with_step(std::string_view id, F&& visit) {
    return std::apply(
        [&](auto&... step) {
          return ((std::remove_reference_t<decltype(step)>::info.id == id ? (visit(step), true) : false) || ...);
        },
        *steps_);
  }

  /// Everything but the async steps.
  void transact(Tasks tasks) {
    if constexpr (!has_database) {
      std::vector<std::optional<Outcome>> outcomes(tasks.size());
      for (std::size_t i = 0; i < tasks.size(); ++i) {
        answer(tasks, i, outcomes);
        complete(tasks, i, outcomes);
      }
    } else {
      bool begun = false;
      try {
        std::vector<std::optional<Outcome>> outcomes(tasks.size());
        shared_->database.begin();
        begun = true;
        for (std::size_t i = 0; i < tasks.size(); ++i) answer(tasks, i, outcomes);
        shared_->database.commit();
        for (std::size_t i = 0; i < tasks.size(); ++i) complete(tasks, i, outcomes);
      } catch (...) {
        const Outcome cause = Outcome::of_current_exception();
        shared_->database.rollback();
        host_.warn("a transaction of " + std::to_string(tasks.size()) + " tasks was rolled back: " + cause.text);
        if (begun && tasks.size() > 1) {
          for (std::size_t i = 0; i < tasks.size(); ++i) transact(tasks.subspan(i, 1));
        } else {
          for (const jf_task* task : tasks) give_back(*task, cause, begun);
        }
      }
    }
  }

  /// After a transaction that came to nothing: safe again, unless its commit may have been the lost word.
  void give_back(const jf_task& task, const Outcome& cause, bool begun) {
    Outcome outcome{JF_RETRY, 0, {}, "DATABASE", cause.text};
    const bool known = with_step(view(task.step), [&](auto& step) {
      using S = std::remove_reference_t<decltype(step)>;
      if (begun && !S::info.is_pure && !S::info.is_idempotent) outcome.status = JF_UNKNOWN;
      if (S::kind == Kind::async) outcome.status = JF_PENDING;  // not begun yet: start() answers
    });
    if (!known) outcome = unknown_step(task);
    if (outcome.status != JF_PENDING) outcome.complete(host_, task.token);
  }

  void complete(Tasks tasks, std::size_t i, const std::vector<std::optional<Outcome>>& outcomes) {
    if (outcomes[i]) outcomes[i]->complete(host_, tasks[i]->token);
  }

  void answer(Tasks tasks, std::size_t i, std::vector<std::optional<Outcome>>& outcomes) {
    if (outcomes[i]) return;
    const jf_task& task = *tasks[i];
    const bool known = with_step(view(task.step), [&](auto& step) {
      using S = std::remove_reference_t<decltype(step)>;
      if constexpr (S::kind == Kind::plain) outcomes[i] = answer_one(step, task);
      if constexpr (S::kind == Kind::batch) answer_batch(step, tasks, i, outcomes);
    });
    if (!known) outcomes[i] = unknown_step(task);
  }

  static Outcome unknown_step(const jf_task& task) {
    return {JF_FAIL, 0, {}, "STEP_UNKNOWN", "found step '" + std::string(view(task.step)) +
                                                "', expected one of this plugin's: mend the flow or the plugin"};
  }

  template <class S>
  Outcome answer_one(S& step, const jf_task& task) {
    if constexpr (!has_database) {
      return run_one(step, task);
    } else {
      if (auto kept = kept_effect<S>(task)) return std::move(*kept);
      shared_->database.savepoint();
      Outcome outcome = run_one(step, task);
      if (outcome.status != JF_OK) {
        shared_->database.undo();
        return outcome;
      }
      keep_effect<S>(task, outcome);
      shared_->database.release();
      return outcome;
    }
  }

  template <class S>
  std::optional<Outcome> kept_effect(const jf_task& task) {
    if constexpr (has_database && S::info.is_keyed) {
      if (auto output = shared_->database.effect(view(task.step), view(task.key))) return Outcome::done(*output);
    }
    return {};
  }

  template <class S>
  void keep_effect(const jf_task& task, const Outcome& outcome) {
    if constexpr (has_database && S::info.is_keyed) {
      if (outcome.status == JF_OK) shared_->database.keep(view(task.step), view(task.key), outcome.output);
    }
  }

  /// The input, or what it is answered with instead.
  template <class In>
  std::optional<Outcome> read_input(const jf_task& task, In& in) {
    if (host_.cancelled(task.token)) return Outcome{JF_RETRY, 0, {}, "CANCELLED", "cancelled before it began"};
    Findings findings;
    unpack_value(view(task.input), in, findings);
    if (findings.empty()) return {};
    return Outcome{JF_FAIL, 0, {}, "INPUT_INVALID", findings.text()};
  }

  template <class S>
  Outcome run_one(S& step, const jf_task& task) {
    try {
      typename S::InType in{};
      if (auto refused = read_input(task, in)) return std::move(*refused);
      Context context(host_, task);
      Buffer buffer;
      pack_value(buffer, typename S::OutType(step.run(in, context)));
      return Outcome::done(view(buffer));
    } catch (...) {
      return Outcome::of_current_exception();
    }
  }

  /// All tasks of this step from `first` on.
  template <class S>
  void answer_batch(S& step, Tasks tasks, std::size_t first, std::vector<std::optional<Outcome>>& outcomes) {
    std::vector<Task<typename S::InType>> run;
    std::vector<std::size_t> places;
    std::set<std::string_view> keys;
    for (std::size_t i = first; i < tasks.size(); ++i) {
      if (view(tasks[i]->step) != S::info.id) continue;
      typename S::InType in{};
      if ((outcomes[i] = kept_effect<S>(*tasks[i])) || (outcomes[i] = read_input(*tasks[i], in))) continue;
      // The same key twice in one call: the second waits for the first to be durable.
      if (S::info.is_keyed && !keys.insert(view(tasks[i]->key)).second) {
        outcomes[i] = Outcome{JF_RETRY, 0, {}, "RETRY", "the same key is under way"};
        continue;
      }
      run.push_back({std::move(in), Context(host_, *tasks[i])});
      places.push_back(i);
    }
    if (run.empty()) return;
    if constexpr (has_database) shared_->database.savepoint();
    bool thrown = false;
    auto answers = run_batch<S>(step, run, thrown);
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (!thrown) keep_effect<S>(*tasks[places[i]], answers[i]);
      outcomes[places[i]] = std::move(answers[i]);
    }
    if constexpr (has_database) thrown ? shared_->database.undo() : shared_->database.release();
  }

  template <class S>
  std::vector<Outcome> run_batch(S& step, std::span<const Task<typename S::InType>> run, bool& thrown) {
    std::vector<Outcome> outcomes;
    try {
      const std::vector<Answer<typename S::OutType>> answers = step.run(run);
      if (answers.size() != run.size()) {
        throw Fail{"ANSWERS", "the step gave " + std::to_string(answers.size()) + " answers to " +
                                  std::to_string(run.size()) + " tasks: give one each, in their order"};
      }
      for (const auto& answer : answers) {
        Buffer buffer;
        if (answer.out()) pack_value(buffer, *answer.out());
        outcomes.push_back(answer.out() ? Outcome::done(view(buffer)) : Outcome::of(*answer.failure()));
      }
    } catch (...) {
      thrown = true;
      outcomes.assign(run.size(), Outcome::of_current_exception());
    }
    return outcomes;
  }

  /// Starts the task where its step is async; true while its answer is owed.
  bool start(const jf_task& task) {
    bool owed = false;
    const std::uint64_t token = task.token;
    with_step(view(task.step), [&](auto& step) {
      using S = std::remove_reference_t<decltype(step)>;
      if constexpr (S::kind == Kind::async) {
        owed_->add(token, S::info.is_pure || S::info.is_idempotent);
        try {
          typename S::InType in{};
          if (auto refused = read_input(task, in)) {
            owed_->settle(token, *refused);
          } else {
            step.start(std::move(in), Context(host_, task), Completion<typename S::OutType>(owed_, token));
          }
        } catch (...) {
          owed_->settle(token, Outcome::of_current_exception());
        }
        owed = owed_->has(token);
      }
    });
    return owed;
  }

  Host host_;
  Settings settings_;
  std::unique_ptr<Shared> shared_;
  std::optional<std::tuple<Steps...>> steps_;
  std::shared_ptr<Owed> owed_;
};

}  // namespace jackfield::detail
