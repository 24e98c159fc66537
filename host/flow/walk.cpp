#include "flow/duration.hpp"
#include "flow/fold.hpp"

#include <algorithm>

namespace jackfield::flow {

namespace {

/// The step whose answer led to `node`: what people are told that an order ended at.
const std::string& last_done(const State& state, const Node& node) {
  const auto last = std::find_if(state.history.rbegin(), state.history.rend(),
                                 [](const HistoryEntry& entry) { return entry.state == "done"; });
  return last == state.history.rend() ? node.id : last->step;
}

}  // namespace

void Fold::start(Event& event) {
  state_.order = std::move(event.body);
  state_.created_at = now_;
  state_.data.clear();
  if (!graph_.ingress.empty()) {
    HistoryEntry entry;
    entry.step = entry.node = "ingress";
    entry.name = graph_.ingress;
    entry.state = "done";
    entry.at = now_;
    entry.phase = graph_.entry == no_node ? "" : graph_.nodes.at(static_cast<std::size_t>(graph_.entry)).phase;
    state_.history.push_back(std::move(entry));
  }
  go(spawn(graph_.entry, 0, {}), graph_.entry);
}

std::uint32_t Fold::spawn(int node, std::uint32_t parent, std::string item) {
  Token token;
  token.id = ++state_.last_token;
  token.node = node;
  token.parent = parent;
  token.item = std::move(item);
  token.since = now_;
  state_.tokens.push_back(std::move(token));
  return state_.last_token;
}

void Fold::remove(std::uint32_t token) {
  std::erase_if(state_.tokens, [&](const Token& t) { return t.id == token; });
}

void Fold::go(std::uint32_t token, int node, bool forced) {
  while (node != stopped) {
    if (state_.ending) {  // a sibling has failed meanwhile: this lane goes no further
      remove(token);
      return;
    }
    if (node == no_node) {
      const bool main = state_.find(token)->parent == 0;
      remove(token);
      if (main) end_with(Status::completed, {}, {}, {});
      return;
    }
    const Node& at = graph_.nodes.at(static_cast<std::size_t>(node));
    state_.find(token)->node = node;
    state_.find(token)->due.reset();
    try {
      if (!forced && !at.when.empty() && !at.when.holds(names(at, state_.find(token)))) {
        node = at.next;
        if (at.kind == NodeKind::enter) node = graph_.nodes.at(static_cast<std::size_t>(at.peer)).next;
        if (at.kind == NodeKind::fork || at.kind == NodeKind::each) {
          node = graph_.nodes.at(static_cast<std::size_t>(at.peer)).next;
        }
        continue;
      }
      forced = false;
      const auto visit = at.kind == NodeKind::join ? 1 : ++state_.visits[node];
      if (visit > visits_limit) {
        return end_with(Status::failed, "LOOP", at.id + " was come to " + std::to_string(visits_limit) + " times", at.step);
      }
      state_.find(token)->visit = visit;
      if (!at.phase.empty()) state_.phase = at.phase;
      node = pass(token, node);
    } catch (const std::exception& error) {
      return end_with(Status::failed, "EXPRESSION", at.id + ": " + error.what(), at.step);
    }
  }
}

int Fold::pass(std::uint32_t token, int index) {
  const Node& node = graph_.nodes.at(static_cast<std::size_t>(index));
  const std::string text = node.text.empty() ? "" : [&] {
    const Value value = node.text.evaluate(names(node, state_.find(token)));
    return value.is_string() ? value.get<std::string>() : value.dump();
  }();
  switch (node.kind) {
    case NodeKind::step:
      if (node.detach) {
        detach(node, index, *state_.find(token));
        return node.next;
      }
      begin_step(token, node, index);
      return stopped;
    case NodeKind::choice:
      for (const Branch& branch : node.branches) {
        if (!branch.when.holds(names(node, state_.find(token)))) continue;
        for (const auto& path : branch.forget) forget(node, path);
        return branch.target;
      }
      return node.next;
    case NodeKind::fork: fork(token, node, index); return stopped;
    case NodeKind::each: split(token, node, index); return stopped;
    case NodeKind::join: return join(token, node);
    case NodeKind::await: wait(token, node); return stopped;
    case NodeKind::enter: {
      const auto& inner = graph_.nodes.at(static_cast<std::size_t>(node.peer));
      const auto& prefix = graph_.scopes.at(static_cast<std::size_t>(inner.scope)).prefix;
      state_.data[prefix + "input"] = node.with.empty() ? Value{{"order", state_.order}}
                                                        : node.with.evaluate(names(node, state_.find(token)));
      return node.next;
    }
    case NodeKind::leave: {
      const Node& enter = graph_.nodes.at(static_cast<std::size_t>(node.peer));
      state_.data[enter.id] = node.with.empty() ? Value::object()
                                                : node.with.evaluate(names(node, state_.find(token)));
      return node.next;
    }
    case NodeKind::reject: end_with(Status::rejected, node.code, text, last_done(state_, node)); return stopped;
    case NodeKind::fail: end_with(Status::failed, node.code, text, last_done(state_, node)); return stopped;
    case NodeKind::hold: hold(*state_.find(token), node.code, text); return stopped;
  }
  return stopped;
}

void Fold::begin_step(std::uint32_t id, const Node& node, int index) {
  Token& token = *state_.find(id);
  token.id = ++state_.last_token;  // so that a late answer to the step before is nobody's
  token.node = index;
  token.work = Work::run;
  token.attempt = 1;
  token.tries = 1;
  token.touched = false;
  token.code.clear();
  token.text.clear();
  if (!node.with.empty()) {
    token.input = node.with.evaluate(names(node, &token));
  } else {
    const Value* input = look_up(node, &token, "input");
    token.input = input == nullptr ? state_.order : *input;
  }
  if (!graph_.cancel_until.empty() && node.phase == graph_.cancel_until) state_.too_late = true;
  dispatch(token);
}

void Fold::detach(const Node& node, int index, const Token& from) {
  Token copy = from;
  const auto id = spawn(index, 0, copy.item);
  Token& token = *state_.find(id);
  token.detached = true;
  token.visit = copy.visit;
  if (node.give_up.count() > 0) token.give_up = now_ + node.give_up;
  token.input = node.with.empty() ? state_.order : node.with.evaluate(names(node, &token));
  note(token, "queued");
  dispatch(token);
}

void Fold::dispatch(Token& token) {
  const Node& node = graph_.nodes.at(static_cast<std::size_t>(token.node));
  token.stand = Token::Stand::in_flight;
  token.since = now_;
  token.due = now_ + (node.timeout.count() > 0 ? node.timeout : Millis{30'000});
  Dispatch& task = std::get<Dispatch>(effects_.emplace_back(std::in_place_type<Dispatch>));
  task.token = token.id;
  task.attempt = token.attempt;
  task.step = token.work == Work::undo ? node.undo : token.work == Work::verify ? node.verify : node.step;
  task.key = key(token);
  task.input.reserve(96);
  Value::to_msgpack(token.input, task.input);
  task.deadline = *token.due;
  task.pure = node.pure && token.work == Work::run;
}

std::string Fold::key(const Token& token) const {
  const Node& node = graph_.nodes.at(static_cast<std::size_t>(token.node));
  const bool undo = token.work == Work::undo;
  std::string text;
  text.reserve(state_.id.size() + node.step.size() + node.id.size() + 24);
  text.append(state_.id).append(1, '/').append(undo ? node.undo : node.step);
  if (undo ? !node.sole_undo : !node.sole_run) {
    text.append(1, '/').append(node.id);
    if (undo) text += "/undo";
  }
  text += token.item;
  if (token.visit > 1) text.append(1, '#').append(std::to_string(token.visit));
  return text;
}

void Fold::fork(std::uint32_t id, const Node& node, int index) {
  const std::string item = state_.find(id)->item;
  state_.find(id)->stand = Token::Stand::joining;
  state_.find(id)->node = node.peer;
  state_.find(id)->due.reset();
  std::vector<std::pair<std::uint32_t, int>> children;
  for (const Branch& branch : node.branches) children.emplace_back(spawn(branch.target, id, item), branch.target);
  if (children.empty()) return go(id, graph_.nodes.at(static_cast<std::size_t>(node.peer)).next);
  for (const auto& [child, target] : children) {
    if (state_.find(child) != nullptr) go(child, target);
  }
  (void)index;
}

void Fold::split(std::uint32_t id, const Node& node, int index) {
  const std::string item = state_.find(id)->item;
  const Value items = node.with.evaluate(names(node, state_.find(id)));
  const std::size_t count = items.is_array() ? items.size() : 0;
  if (count > visits_limit) {
    return end_with(Status::failed, "TOO_MANY", node.id + ": " + std::to_string(count) + " items, at most " +
                                                    std::to_string(visits_limit), node.id);
  }
  state_.find(id)->stand = Token::Stand::joining;
  state_.find(id)->node = node.peer;
  state_.find(id)->due.reset();
  state_.data[node.id + item] = items.is_array() ? items : Value::array();
  const auto& prefix = graph_.scopes.at(static_cast<std::size_t>(node.scope)).prefix;
  std::vector<std::uint32_t> children;
  for (std::size_t i = 0; i < count; ++i) {
    std::string mine = item;
    mine.append("[").append(std::to_string(i)).append("]");
    state_.data[prefix + node.as + mine] = items[i];
    children.push_back(spawn(node.branches.at(0).target, id, std::move(mine)));
  }
  if (children.empty()) return go(id, graph_.nodes.at(static_cast<std::size_t>(node.peer)).next);
  for (const auto child : children) {
    if (state_.find(child) != nullptr) go(child, node.branches.at(0).target);
  }
  (void)index;
}

int Fold::join(std::uint32_t id, const Node& node) {
  const std::uint32_t parent = state_.find(id)->parent;
  remove(id);
  const bool others = std::any_of(state_.tokens.begin(), state_.tokens.end(),
                                  [&](const Token& token) { return token.parent == parent; });
  if (others || state_.find(parent) == nullptr) return stopped;
  state_.find(parent)->stand = Token::Stand::in_flight;
  go(parent, node.next);
  return stopped;
}

void Fold::wait(std::uint32_t id, const Node& node) {
  Token& token = *state_.find(id);
  const Value correlation = node.correlation.empty() ? Value(state_.id) : node.correlation.evaluate(names(node, &token));
  token.correlation = correlation.is_string() ? correlation.get<std::string>() : correlation.dump();
  token.stand = Token::Stand::awaiting;
  token.since = now_;
  token.due.reset();
  if (!node.within.empty()) {
    const Value within = node.within.evaluate(names(node, &token));
    const auto limit = duration_of(within);
    if (!limit) throw std::runtime_error("time limit " + within.dump() + ", expected a duration like 30m");
    token.due = now_ + *limit;
  }
  if (!node.offers.empty()) {
    state_.offers = node.offers.evaluate(names(node, &token));
    state_.offers_token = id;
  }
  effects_.emplace_back(Await{id, node.event, token.correlation});
}

void Fold::forget(const Node& node, const std::string& path) {
  const std::string prefix = graph_.scopes.at(static_cast<std::size_t>(node.scope)).prefix;
  const auto dot = path.find('.');
  const auto at = state_.data.find(prefix + path.substr(0, dot));
  if (at == state_.data.end()) return;
  if (dot == std::string::npos) {
    state_.data.erase(at);
  } else if (at->second.is_object()) {
    at->second.erase(path.substr(dot + 1));
  }
}

}  // namespace jackfield::flow
