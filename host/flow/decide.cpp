#include "flow/decide.hpp"

#include "flow/fold.hpp"

#include <algorithm>

namespace jackfield::flow {

std::vector<Effect> decide(const Graph& graph, State& state, Event event) {
  ++state.events;
  Fold fold(graph, state, event.at);
  switch (event.kind) {
    case EventKind::started: fold.start(event); break;
    case EventKind::done:
    case EventKind::retry:
    case EventKind::rejected:
    case EventKind::failed:
    case EventKind::not_done:
    case EventKind::unknown:
    case EventKind::parked:
    case EventKind::poisoned: fold.answer(event); break;
    case EventKind::unparked: fold.unparked(event); break;
    case EventKind::timer: fold.timer(); break;
    case EventKind::arrived: fold.arrived(event); break;
    case EventKind::cancel: fold.cancel(); break;
    case EventKind::resume: fold.resume(event); break;
    case EventKind::recovered: fold.recovered(); break;
  }
  return fold.settle();
}

bool meets(const Graph& graph, const State& state, const Event& event) {
  switch (event.kind) {
    case EventKind::done:
    case EventKind::retry:
    case EventKind::rejected:
    case EventKind::failed:
    case EventKind::not_done:
    case EventKind::unknown:
    case EventKind::parked:
    case EventKind::poisoned: {
      const Token* token = state.find(event.token);
      return token != nullptr && token->stand == Token::Stand::in_flight && token->attempt == event.attempt;
    }
    case EventKind::unparked:
      return std::any_of(state.tokens.begin(), state.tokens.end(),
                         [&](const Token& token) { return waits_for_plugin(graph, token, event.name); });
    case EventKind::timer: return state.wake_at() && *state.wake_at() <= event.at;
    case EventKind::arrived: {
      const Token* token = state.find(event.token);
      return token != nullptr && graph.nodes.at(static_cast<std::size_t>(token->node)).kind == NodeKind::await &&
             (token->stand == Token::Stand::awaiting || token->stand == Token::Stand::held);
    }
    case EventKind::cancel: return !ended(state.status) && !state.ending && !state.too_late;
    case EventKind::resume:
      for (const Token& token : state.tokens) {
        if (token.stand == Token::Stand::held && (event.token != 0 ? token.id == event.token : !token.dead)) return true;
      }
      return false;
    case EventKind::recovered:
      for (const Token& token : state.tokens) {
        if (token.stand == Token::Stand::in_flight) return true;
      }
      return false;
    case EventKind::started: return state.events == 0;
  }
  return false;
}

std::vector<Effect> standing(const Graph& graph, const State& state) {
  std::vector<Effect> effects;
  for (const Token& token : state.tokens) {
    const Node& node = graph.nodes.at(static_cast<std::size_t>(token.node));
    const bool awaits = node.kind == NodeKind::await &&
                        (token.stand == Token::Stand::awaiting || token.stand == Token::Stand::held);
    if (awaits) effects.emplace_back(Await{token.id, node.event, token.correlation});
  }
  return effects;
}

}  // namespace jackfield::flow
