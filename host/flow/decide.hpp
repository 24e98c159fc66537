// The heart: what follows from an event. Pure: no clock, no I/O, no threads, no randomness.
//
// The same graph and the same events give the same state and effects, on every host, for ever: that is how an
// instance is rebuilt after a crash. What decide() returns must be done only after the event is durable.
#pragma once

#include "flow/event.hpp"
#include "flow/graph.hpp"
#include "flow/state.hpp"

#include <variant>
#include <vector>

namespace jackfield::flow {

/// Give a task to a lane.
struct Dispatch {
  std::uint32_t token = 0;
  std::uint32_t attempt = 1;
  std::string step;
  std::string key;       // <instance>/<step>, the same on every attempt
  std::vector<std::uint8_t> input;  // msgpack, as it goes to the plugin
  TimePoint deadline{};
  bool pure = false;
};
/// The answer of this attempt is no longer wanted.
struct Abandon {
  std::uint32_t token = 0;
  std::uint32_t attempt = 1;
};
/// From now on the event (name, correlation) belongs to this token.
struct Await {
  std::uint32_t token = 0;
  std::string name, correlation;
};
struct Unawait {
  std::uint32_t token = 0;
  std::string name, correlation;
};
/// What could not be delivered, with its reason; replayable.
struct Bury {
  std::uint32_t token = 0;
  std::string node, step, key, code, text;
  Value input;
};
/// The public state has reached an end (detached tokens may still be at work).
struct Ended {};

using Effect = std::variant<Dispatch, Abandon, Await, Unawait, Bury, Ended>;

/// Folds `event` into `state` and says what to do. An event that means nothing to the state (a late answer, a token
/// that is gone) changes nothing but `events` and returns no effects.
[[nodiscard]] std::vector<Effect> decide(const Graph& graph, State& state, Event event);

/// Whether the event would be met: a cheap test that lets the engine drop late answers unjournaled.
[[nodiscard]] bool meets(const Graph& graph, const State& state, const Event& event);

/// The effects that put a rebuilt state to work again without a new event: awaits only.
[[nodiscard]] std::vector<Effect> standing(const Graph& graph, const State& state);

}  // namespace jackfield::flow
