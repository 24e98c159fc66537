#include "flow/fold.hpp"

#include <algorithm>

namespace jackfield::flow {

namespace {

Millis backoff(const Retry& retry, int tries) {
  const int doublings = std::clamp(tries - 1, 0, 30);
  const auto wait = retry.first * (std::int64_t{1} << doublings);
  return std::min(wait, retry.most);
}

}  // namespace

bool waits_for_plugin(const Graph& graph, const Token& token, const std::string& plugin) {
  if (token.stand != Token::Stand::backoff || !token.parked) return false;
  const Node& node = graph.nodes.at(static_cast<std::size_t>(token.node));
  const std::string& step = token.work == Work::undo     ? node.undo
                            : token.work == Work::verify ? node.verify
                                                         : node.step;
  return step.size() > plugin.size() && step[plugin.size()] == '.' && step.starts_with(plugin);
}

void Fold::note(Token& token, const char* state, const std::string& code, const std::string& text,
                std::int64_t took_us) {
  const Node& node = graph_.nodes.at(static_cast<std::size_t>(token.node));
  const bool again = token.entry < state_.history.size();  // a detached step: its line stands there as queued
  if (token.detached && !again) token.entry = state_.history.size();
  if (state_.history.empty()) state_.history.reserve(std::min<std::size_t>(graph_.nodes.size() + 1, 64));
  HistoryEntry& entry = again ? state_.history[token.entry] : state_.history.emplace_back();
  if (node.kind == NodeKind::await && token.work == Work::run) {
    entry.step = "receive " + node.event;
  } else {
    entry.step = token.work == Work::undo ? node.undo : token.work == Work::verify ? node.verify : node.step;
  }
  entry.phase = node.phase.empty() ? state_.phase : node.phase;
  entry.name = token.work == Work::undo && !node.undo_name.empty() ? node.undo_name : node.name;
  entry.state = state;
  entry.attempt = token.attempt;
  entry.at = now_;
  entry.took_us = took_us;
  entry.node = node.id;
  entry.node += token.item;
  entry.code = code;
  entry.text = text;
  entry.version = version_;
}

void Fold::answer(Event& event) {
  Token* token = state_.find(event.token);
  if (token == nullptr || token->stand != Token::Stand::in_flight || token->attempt != event.attempt) return;
  version_ = event.version;
  switch (event.kind) {
    case EventKind::done: return done(*token, event);
    case EventKind::retry: return again(*token, event.code, event.text, event.after);
    case EventKind::unknown: return uncertain(*token, event.code, event.text, event.after);
    case EventKind::parked: return park(*token, event);
    case EventKind::poisoned: return poisoned(*token, event);
    case EventKind::rejected: return refused(token->id, Status::rejected, event.code, event.text);
    case EventKind::not_done: return refused(token->id, Status::failed, event.code, event.text);
    default:
      token->touched = true;  // a part of it may have happened
      return refused(token->id, Status::failed, event.code, event.text);
  }
}

void Fold::done(Token& token, Event& event) {
  const std::uint32_t id = token.id;
  const Node& node = graph_.nodes.at(static_cast<std::size_t>(token.node));
  if (token.work == Work::verify) return verified(token, event);
  if (token.work == Work::undo) {
    note(token, "undone", {}, {}, event.took_us);
    remove(id);
    return drain();
  }
  output(node, token) = std::move(event.body);
  token.due.reset();
  note(token, "done", {}, {}, event.took_us);
  if (token.detached) return remove(id);
  if (!node.undo.empty()) push_undo(token, output(node, token));
  if (state_.ending) {
    remove(id);
    return drain();
  }
  go(id, node.next);
}

void Fold::verified(Token& token, Event& event) {
  const bool applied = event.body.is_object() && event.body.value("applied", false);
  if (applied) {
    Event done_event = event;
    done_event.body = event.body.contains("output") ? event.body["output"] : Value::object();
    token.work = Work::run;
    token.input = std::move(token.original);
    return done(token, done_event);
  }
  token.work = Work::run;
  token.touched = false;
  token.input = std::move(token.original);
  again(token, "NOT_APPLIED", "it did not happen", Millis{0});
}

void Fold::again(Token& token, const std::string& code, const std::string& text, Millis after) {
  const Node& node = graph_.nodes.at(static_cast<std::size_t>(token.node));
  token.code = code;
  token.text = text;
  if (state_.ending && !token.detached && token.work == Work::run) {  // nothing happened, and it is not wanted any more
    push_undo_of_unfinished(token);
    remove(token.id);
    return drain();
  }
  const Millis wait = std::max(after, backoff(node.retry, token.tries));
  const bool spent = token.give_up ? now_ + wait > *token.give_up : token.tries >= std::max(1, node.retry.attempts);
  const bool nameless = code.empty() || code == "RETRY";  // which says what to do, and not what was wrong
  if (spent) return refused(token.id, Status::failed, nameless ? "RETRIES_SPENT" : code, text);
  token.stand = Token::Stand::backoff;
  token.parked = false;
  token.due = now_ + wait;
}

// Nothing was tried, so nothing is counted: neither the try nor, for a detached step, the time until it is given up.
void Fold::park(Token& token, const Event& event) {
  token.code = event.code;
  token.text = event.text;
  if (state_.ending && !token.detached && token.work == Work::run) {
    push_undo_of_unfinished(token);
    remove(token.id);
    return drain();
  }
  token.stand = Token::Stand::backoff;
  token.parked = true;
  token.due = now_ + std::max(event.after, Millis{1});
}

void Fold::unparked(const Event& event) {
  std::vector<std::uint32_t> parked;
  for (const Token& token : state_.tokens) {
    if (waits_for_plugin(graph_, token, event.name)) parked.push_back(token.id);
  }
  for (const auto id : parked) expired(*state_.find(id));
}

// Its plugin died of it more than once: a person looks at it before it is given to a plugin again.
void Fold::poisoned(Token& token, const Event& event) {
  if (token.detached) return bury(token, event.code, event.text);
  if (token.work == Work::run) token.touched = true;
  const Node& node = graph_.nodes.at(static_cast<std::size_t>(token.node));
  hold(token, event.code, event.text);
  effects_.emplace_back(Bury{token.id, node.id, node.step, key(token), event.code, event.text, token.input});
}

void Fold::uncertain(Token& token, const std::string& code, const std::string& text, Millis after) {
  const Node& node = graph_.nodes.at(static_cast<std::size_t>(token.node));
  if (token.work == Work::run) token.touched = true;
  if (token.work == Work::run && !node.verify.empty()) {
    token.original = token.input;
    token.work = Work::verify;
    token.attempt++;
    token.tries = 1;
    token.code = code;
    token.text = text;
    return dispatch(token);
  }
  if (token.work == Work::verify || token.work == Work::undo || token.detached || node.idempotent || node.pure) {
    return again(token, code, text, after);
  }
  if (state_.ending && !node.undo.empty()) {
    push_undo(token, nullptr);
    remove(token.id);
    return drain();
  }
  hold(token, code.empty() ? "OUTCOME_UNKNOWN" : code, text);
}

bool Fold::take_edge(std::uint32_t id, const std::string& code, const std::string& text) {
  const Token* token = state_.find(id);
  int index = token->node;
  const std::string step = graph_.nodes.at(static_cast<std::size_t>(index)).step;
  while (index != no_node) {
    const Node& node = graph_.nodes.at(static_cast<std::size_t>(index));
    const auto& prefix = graph_.scopes.at(static_cast<std::size_t>(node.scope)).prefix;
    for (const Edge& edge : node.on) {
      if (edge.code != code && edge.code != "*") continue;
      state_.data[prefix + "error"] = {{"code", code}, {"text", text}, {"step", step}};
      try {
        if (!edge.when.holds(names(node, token))) continue;
      } catch (const std::exception& error) {
        end_with(Status::failed, "EXPRESSION", node.id + ": " + error.what(), step);
        return true;
      }
      for (const auto& path : edge.forget) forget(node, path);
      go(id, edge.target, true);
      return true;
    }
    const auto& scope = graph_.scopes.at(static_cast<std::size_t>(node.scope));
    index = scope.enter;
  }
  return false;
}

void Fold::refused(std::uint32_t id, Status status, const std::string& code, const std::string& text) {
  Token& token = *state_.find(id);
  const Node& node = graph_.nodes.at(static_cast<std::size_t>(token.node));
  if (token.work == Work::undo || token.work == Work::verify) return hold(token, code, text);
  if (token.detached) return bury(token, code, text);
  token.due.reset();
  note(token, status == Status::rejected ? "rejected" : "failed", code, text);
  // What this attempt says of itself is in `touched`, with what earlier ones may have done.
  if (status == Status::failed || graph_.exact_undo) push_undo_of_unfinished(token);
  if (state_.ending) {
    remove(id);
    return drain();
  }
  if (take_edge(id, code, text)) return;
  end_with(status, code, text, node.step);
}

void Fold::hold(Token& token, const std::string& code, const std::string& text) {
  token.code = code;
  token.text = text;
  note(token, "held", code, text);
  token.stand = Token::Stand::held;
  token.due.reset();
}

void Fold::bury(Token& token, const std::string& code, const std::string& text) {
  const Node& node = graph_.nodes.at(static_cast<std::size_t>(token.node));
  note(token, "dead", code, text);
  token.stand = Token::Stand::held;
  token.dead = true;
  token.due.reset();
  token.code = code;
  token.text = text;
  effects_.emplace_back(Bury{token.id, node.id, node.step, key(token), code, text, token.input});
}

void Fold::expired(Token& token) {
  const Node& node = graph_.nodes.at(static_cast<std::size_t>(token.node));
  const std::uint32_t id = token.id;
  if (token.stand == Token::Stand::backoff) {
    token.attempt++;
    if (!token.parked) token.tries++;
    token.parked = false;
    return dispatch(token);
  }
  if (token.stand == Token::Stand::in_flight) {
    effects_.emplace_back(Abandon{id, token.attempt});
    const std::string text = "no answer within " + std::to_string(node.timeout.count()) + " ms";
    if (token.work == Work::run && !token.detached && !state_.ending &&
        std::any_of(node.on.begin(), node.on.end(), [](const Edge& edge) { return edge.code == "TIMEOUT"; })) {
      note(token, "timeout", "TIMEOUT", text);
      token.due.reset();
      token.touched = true;
      push_undo_of_unfinished(token);
      if (take_edge(id, "TIMEOUT", text)) return;
    }
    return uncertain(*state_.find(id), "TIMEOUT", text);
  }
  token.due.reset();  // awaiting
  const std::string text = node.event + " did not come in time";
  if (node.timeout_state == "held") return hold(token, "TIMEOUT", text);  // and is still awaited
  note(token, "timeout", "TIMEOUT", text);
  effects_.emplace_back(Unawait{id, node.event, token.correlation});
  if (state_.offers_token == id) state_.offers = nullptr;
  if (node.on_timeout != no_node) return go(id, node.on_timeout, true);
  if (take_edge(id, "TIMEOUT", text)) return;
  end_with(node.timeout_state == "cancelled" ? Status::cancelled : Status::failed, "TIMEOUT", text, node.id);
}

void Fold::timer() {
  std::vector<std::uint32_t> due;
  for (const Token& token : state_.tokens) {
    if (token.due && *token.due <= now_) due.push_back(token.id);
  }
  for (const auto id : due) {
    Token* token = state_.find(id);  // an earlier one may have ended the flow
    if (token != nullptr && token->due && *token->due <= now_) expired(*token);
  }
}

void Fold::arrived(const Event& event) {
  Token* token = state_.find(event.token);
  if (token == nullptr) return;
  const Node& node = graph_.nodes.at(static_cast<std::size_t>(token->node));
  const bool late = token->stand == Token::Stand::held && node.kind == NodeKind::await;
  if (token->stand != Token::Stand::awaiting && !late) return;
  Value& value = output(node, *token);
  if (!value.is_object()) value = Value::object();
  if (event.body.is_object()) value.update(event.body);
  effects_.emplace_back(Unawait{token->id, node.event, token->correlation});
  token->due.reset();
  token->stand = Token::Stand::in_flight;
  if (state_.offers_token == token->id) state_.offers = nullptr;
  note(*token, "done", {}, {}, std::chrono::duration_cast<std::chrono::microseconds>(now_ - token->since).count());
  go(token->id, node.next);
}

void Fold::recovered() {
  std::vector<std::uint32_t> flying;
  for (const Token& token : state_.tokens) {
    if (token.stand == Token::Stand::in_flight) flying.push_back(token.id);
  }
  for (const auto id : flying) {
    Token& token = *state_.find(id);
    const Node& node = graph_.nodes.at(static_cast<std::size_t>(token.node));
    const bool safe = token.work != Work::run || token.detached || node.idempotent || node.pure;
    if (!safe) {
      uncertain(token, "HOST_RESTARTED", "the host was restarted while the step was at work");
      continue;
    }
    if (token.work == Work::run) token.touched = true;
    token.attempt++;
    dispatch(token);
  }
}

}  // namespace jackfield::flow
