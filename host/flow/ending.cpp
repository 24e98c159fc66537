#include "flow/fold.hpp"

#include <algorithm>

namespace jackfield::flow {

void Fold::push_undo(const Token& token, Value output) {
  state_.undo.push_back(Undo{token.node, token.visit, token.item, token.input, std::move(output)});
}

void Fold::push_undo_of_unfinished(const Token& token) {
  const Node& node = graph_.nodes.at(static_cast<std::size_t>(token.node));
  if (node.undo.empty() || (graph_.exact_undo && !token.touched)) return;
  push_undo(token, nullptr);
}

void Fold::end_with(Status status, std::string code, std::string text, std::string step) {
  if (state_.ending) return;
  state_.ending = status;
  if (status == Status::rejected) state_.rejection = Ending{std::move(code), std::move(text), std::move(step)};
  if (status == Status::failed) state_.failure = Ending{std::move(code), std::move(text), std::move(step)};
  if (status == Status::completed) {
    try {
      static const Node root{};
      state_.result = graph_.result.empty() ? Value::object() : graph_.result.evaluate(names(root, nullptr));
    } catch (const std::exception& error) {
      state_.ending = Status::failed;
      state_.failure = Ending{"EXPRESSION", std::string("result: ") + error.what(), {}};
    }
  }
  drain();
}

void Fold::drain() {
  if (!state_.ending || ended(state_.status)) return;
  // What waits is not wanted any more; what is in flight must answer first, so that it can be undone.
  std::vector<std::uint32_t> gone;
  for (Token& token : state_.tokens) {
    if (token.detached || token.work == Work::undo) continue;
    const Node& node = graph_.nodes.at(static_cast<std::size_t>(token.node));
    const bool flying = token.stand == Token::Stand::in_flight && node.kind == NodeKind::step && token.due;
    if (flying) continue;
    if (token.stand == Token::Stand::held && token.work == Work::verify) continue;
    if (node.kind == NodeKind::await) effects_.emplace_back(Unawait{token.id, node.event, token.correlation});
    if (token.stand == Token::Stand::held && node.kind == NodeKind::step) push_undo_of_unfinished(token);
    if (token.stand == Token::Stand::backoff) push_undo_of_unfinished(token);
    gone.push_back(token.id);
  }
  for (const auto id : gone) remove(id);
  state_.offers = nullptr;
  const bool busy = std::any_of(state_.tokens.begin(), state_.tokens.end(), [](const Token& t) { return !t.detached; });
  if (busy) return;
  if (*state_.ending == Status::completed || state_.undo.empty()) return finish();
  const Undo last = std::move(state_.undo.back());
  state_.undo.pop_back();
  const Node& node = graph_.nodes.at(static_cast<std::size_t>(last.node));
  const auto id = spawn(last.node, 0, last.item);
  Token& token = *state_.find(id);
  token.work = Work::undo;
  token.visit = last.visit;
  token.input = Value{{"input", last.input}, {"output", last.output}};
  if (!node.undo_with.empty()) {
    try {
      token.input = node.undo_with.evaluate(names(node, &token));
    } catch (const std::exception& error) {
      return hold(token, "EXPRESSION", node.id + " undo: " + error.what());
    }
  }
  dispatch(token);
}

void Fold::finish() {
  state_.status = *state_.ending;
  state_.updated_at = now_;
  state_.undo.clear();
  instance_ = nullptr;
  effects_.emplace_back(Ended{});
  if (state_.finalised) return;
  state_.finalised = true;
  for (int index = graph_.finally; index != no_node;) {
    const Node& node = graph_.nodes.at(static_cast<std::size_t>(index));
    try {
      if (node.when.holds(names(node, nullptr))) {
        Token from;
        from.visit = ++state_.visits[index];
        detach(node, index, from);
      }
    } catch (const std::exception& error) {
      effects_.emplace_back(Bury{0, node.id, node.step, state_.id + "/" + node.step, "EXPRESSION", error.what(), {}});
    }
    index = node.next;
  }
}

void Fold::cancel() {
  if (ended(state_.status) || state_.ending || state_.too_late) return;
  end_with(Status::cancelled, {}, {}, {});
}

void Fold::resume(const Event& event) {
  std::vector<std::uint32_t> held;
  for (const Token& token : state_.tokens) {
    if (token.stand != Token::Stand::held) continue;
    if (event.token != 0 ? token.id == event.token : !token.dead) held.push_back(token.id);
  }
  for (const auto id : held) {
    Token& token = *state_.find(id);
    const Node& node = graph_.nodes.at(static_cast<std::size_t>(token.node));
    token.dead = false;
    if (node.kind == NodeKind::await) {
      effects_.emplace_back(Unawait{id, node.event, token.correlation});
      wait(id, node);
    } else if (node.kind == NodeKind::hold) {
      token.stand = Token::Stand::in_flight;
      go(id, node.next);
    } else {
      token.attempt++;
      token.tries = 1;
      if (token.detached && node.give_up.count() > 0) token.give_up = now_ + node.give_up;
      if (token.detached) note(token, "queued");
      dispatch(token);
    }
  }
}

std::vector<Effect> Fold::settle() {
  state_.updated_at = ended(state_.status) ? state_.updated_at : now_;
  state_.step.clear();
  if (ended(state_.status)) return std::move(effects_);
  bool held = false;
  bool working = false;
  bool waiting = false;
  for (const Token& token : state_.tokens) {
    if (token.detached) continue;
    const Node& node = graph_.nodes.at(static_cast<std::size_t>(token.node));
    held |= token.stand == Token::Stand::held;
    waiting |= token.stand == Token::Stand::awaiting;
    const bool at_work = token.stand == Token::Stand::in_flight || token.stand == Token::Stand::backoff;
    working |= at_work;
    if (state_.step.empty() || at_work || token.stand == Token::Stand::held) {
      if (token.stand != Token::Stand::joining) {
        state_.step = node.kind == NodeKind::await ? "receive " + node.event
                      : token.work == Work::undo   ? node.undo
                      : token.work == Work::verify ? node.verify
                                                   : node.step;
      }
    }
  }
  state_.status = held ? Status::held : working || !waiting ? Status::running : Status::waiting;
  if (state_.key.empty() && !graph_.key.empty()) {
    try {
      static const Node root{};
      const Value key = graph_.key.evaluate(names(root, nullptr));
      if (key.is_string()) state_.key = key.get<std::string>();
      else if (!key.is_null()) state_.key = key.dump();
    } catch (const std::exception&) {
      state_.key.clear();  // asked for again with the next event
    }
  }
  return std::move(effects_);
}

}  // namespace jackfield::flow
