// Doing tasks inside the transaction of a call: each in a savepoint, a keyed step's output kept beside its writes.
// Without a Database in Shared the same functions do the tasks and nothing else.
//
// Errors: what the database throws outside of a step ends the transaction, and is its caller's to handle.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include <jackfield/descriptor.hpp>
#include <jackfield/run.hpp>

namespace jackfield::detail {

using Tasks = std::span<const jf_task* const>;
using Outcomes = std::vector<std::optional<Outcome>>;

/// The first answer to this key, where there was one.
template <class S, class Shared>
std::optional<Outcome> kept_effect(Shared& shared, const jf_task& task) {
  if constexpr (S::info.is_keyed) {
    if (auto output = shared.database.effect(view(task.step), view(task.key))) return Outcome::done(*output);
  }
  return {};
}

template <class S, class Shared>
void keep_effect(Shared& shared, const jf_task& task, const Outcome& outcome) {
  if constexpr (S::info.is_keyed) {
    if (outcome.status == JF_OK) shared.database.keep(view(task.step), view(task.key), outcome.output);
  }
}

template <class S, class Shared>
Outcome answer_one(Host& host, Shared& shared, S& step, const jf_task& task) {
  if constexpr (!HasDatabase<Shared>) {
    return run_one(host, step, task);
  } else {
    if (auto kept = kept_effect<S>(shared, task)) return std::move(*kept);
    shared.database.savepoint();
    Outcome outcome = run_one(host, step, task);
    if (outcome.status == JF_OK) {
      keep_effect<S>(shared, task, outcome);
      shared.database.release();
    } else {
      shared.database.undo();
    }
    return outcome;
  }
}

/// All tasks of this step from `first` on.
template <class S, class Shared>
void answer_batch(Host& host, Shared& shared, S& step, Tasks tasks, std::size_t first, Outcomes& outcomes) {
  std::vector<Task<typename S::InType>> batch;
  std::vector<std::size_t> places;
  std::set<std::string_view> keys;
  for (std::size_t i = first; i < tasks.size(); ++i) {
    if (view(tasks[i]->step) != S::info.id) continue;
    typename S::InType in{};
    if ((outcomes[i] = kept_effect<S>(shared, *tasks[i])) || (outcomes[i] = read_input(host, *tasks[i], in))) continue;
    // The same key twice in one call: the second waits for the first to be durable.
    if (S::info.is_keyed && !keys.insert(view(tasks[i]->key)).second) {
      outcomes[i] = Outcome{JF_RETRY, 0, {}, "RETRY", "the same key is under way"};
      continue;
    }
    batch.push_back({std::move(in), Context(host, *tasks[i])});
    places.push_back(i);
  }
  if (batch.empty()) return;
  if constexpr (HasDatabase<Shared>) shared.database.savepoint();
  bool thrown = false;
  auto answers = run_batch<S>(step, batch, thrown);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!thrown) keep_effect<S>(shared, *tasks[places[i]], answers[i]);
    outcomes[places[i]] = std::move(answers[i]);
  }
  if constexpr (HasDatabase<Shared>) thrown ? shared.database.undo() : shared.database.release();
}

}  // namespace jackfield::detail
