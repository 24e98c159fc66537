// Plays a flow by hand: text in, events in, and what decide() wants done out. Time is the test's own.
#pragma once

#include "flow/compiler.hpp"
#include "flow/decide.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <string>

namespace jackfield::flow {

/// Knows any step. Facts by name: "pure.…" is pure, "once.…" neither pure nor idempotent, all others idempotent.
class AnyStep final : public StepCatalog {
 public:
  std::optional<StepFacts> find(const std::string& step) const override {
    StepFacts facts;
    facts.pure = step.starts_with("pure.");
    facts.idempotent = !step.starts_with("once.");
    facts.irreversible = step.starts_with("once.");
    facts.retry = {3, Millis{100}, Millis{250}};
    facts.timeout = Millis{5000};
    facts.give_up = Millis{10'000};
    return facts;
  }
  std::vector<std::string> steps() const override { return {}; }
};

[[nodiscard]] inline Value input_of(const Dispatch& task) { return Value::from_msgpack(task.input); }

class Play {
 public:
  /// `files`: the flow under test first; sub-flows after it.
  explicit Play(const std::vector<std::string>& files) {
    Sources sources;
    for (std::size_t i = 0; i < files.size(); ++i) sources.flows["flows/" + std::to_string(i) + ".yaml"] = files[i];
    sources.read = [](const std::string&) { return std::nullopt; };
    auto compiled = compile_all(sources, AnyStep{}, [](const std::string&, const std::string&) { return std::nullopt; });
    for (const auto& finding : compiled.findings) ADD_FAILURE() << format(finding);
    graph = compiled.graphs.at("f");
    state.id = "I1";
  }

  void start(Value order = Value::object()) {
    Event event;
    event.kind = EventKind::started;
    event.body = std::move(order);
    feed(event);
  }

  void feed(Event event) {
    event.at = now;
    events.push_back(event);
    for (auto& effect : decide(graph, state, event)) {
      if (auto* task = std::get_if<Dispatch>(&effect)) tasks.push_back(std::move(*task));
      else if (auto* await = std::get_if<Await>(&effect)) awaits.push_back(*await);
      else if (auto* dead = std::get_if<Bury>(&effect)) buried.push_back(*dead);
      else if (auto* abandon = std::get_if<Abandon>(&effect)) abandoned.push_back(*abandon);
    }
  }

  /// The task of this step that is wanted now; a failure where there is none.
  Dispatch take(const std::string& step) {
    for (auto at = tasks.begin(); at != tasks.end(); ++at) {
      if (at->step != step) continue;
      Dispatch task = std::move(*at);
      tasks.erase(at);
      return task;
    }
    ADD_FAILURE() << "no task for " << step << "; wanted: " << wanted();
    return {};
  }

  void answer(const Dispatch& task, EventKind kind, const std::string& code = {}, Value body = Value::object()) {
    Event event;
    event.kind = kind;
    event.token = task.token;
    event.attempt = task.attempt;
    event.code = code;
    event.body = std::move(body);
    feed(event);
  }
  void done(const std::string& step, Value body = Value::object()) { answer(take(step), EventKind::done, {}, std::move(body)); }
  void reject(const std::string& step, const std::string& code) { answer(take(step), EventKind::rejected, code); }
  void fail(const std::string& step, const std::string& code) { answer(take(step), EventKind::failed, code); }

  void arrive(const std::string& name, Value body = Value::object()) {
    for (const auto& effect : standing(graph, state)) {
      const auto* await = std::get_if<Await>(&effect);
      if (await == nullptr || await->name != name) continue;
      Event event;
      event.kind = EventKind::arrived;
      event.token = await->token;
      event.name = name;
      event.body = std::move(body);
      return feed(event);
    }
    ADD_FAILURE() << "nobody waits for " << name;
  }

  void pass(Millis time) {
    now += time;
    Event event;
    event.kind = EventKind::timer;
    if (meets(graph, state, Event{EventKind::timer, now})) feed(event);
  }
  void tell(EventKind kind, std::uint32_t token = 0) {
    Event event;
    event.kind = kind;
    event.token = token;
    feed(event);
  }

  [[nodiscard]] std::string wanted() const {
    std::string text;
    for (const auto& task : tasks) text += (text.empty() ? "" : " ") + task.step;
    return text;
  }
  [[nodiscard]] std::string history() const {
    std::string text;
    for (const auto& entry : state.history) text += (text.empty() ? "" : " ") + entry.step + ":" + entry.state;
    return text;
  }

  Graph graph;
  State state;
  TimePoint now{Millis{1'000'000}};
  std::deque<Dispatch> tasks;
  std::vector<Await> awaits;
  std::vector<Bury> buried;
  std::vector<Abandon> abandoned;
  std::vector<Event> events;
};

}  // namespace jackfield::flow
