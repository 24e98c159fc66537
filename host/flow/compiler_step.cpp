// Steps, awaits, and the edges that lead away from them.
#include "flow/compiler_graph.hpp"

#include <algorithm>

namespace jackfield::flow {
namespace {

const std::vector<std::string> step_keys{"name",    "with",   "when",    "on",           "undo",         "verify",    "retry",
                                         "retries", "timeout", "detach", "give_up", "irreversible", "idempotent"};
const std::vector<std::string> await_keys{"await",  "id",     "name",       "when", "correlation",
                                          "within", "offers", "on_timeout", "on",   "body"};
const std::vector<std::string> timeout_states{"cancelled", "held", "failed"};

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_event(const std::string& name) {
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

}  // namespace

GraphCompiler::Chain GraphCompiler::step(const Yaml& item, const Room& room) {
  auto read = reader(room);
  if (item.size() == 0) {
    read.add(code::missing_key, item, "an empty node; expected 'id: plugin.step'");
    return {};
  }
  const Yaml first = item.begin()->first;
  const Yaml name = item.begin()->second;
  const std::string id = first.Scalar();
  if (has(step_keys, id)) {
    read.add(code::missing_key, first, "the first key of a step is its id, found '" + id + "'; expected 'id: plugin.step'");
    return {};
  }
  if (!name.IsScalar() || name.Scalar().empty()) {
    read.add(code::wrong_type, first, "'" + id + "': expected a step like 'credit.check', found " + describe(name) +
                                          did_you_mean(id, node_kinds()));
    return {};
  }
  auto known = step_keys;
  known.push_back(id);
  read.check_keys(item, known, "a step");
  if (!is_node_id(id)) {
    read.add(code::bad_id, first, "'" + id + "' is no node id; expected a-z, 0-9 and _, like 'reserve', and none of order, "
                                      "input, instance, error, output, setting");
  }
  const int index = add(NodeKind::step, id, room, first);
  take_common(index, item, room);
  at(index).step = name.Scalar();
  const auto facts = facts_of(name, room);
  if (const auto with = member(item, "with"); with.IsDefined()) {
    Mapping input = mapping(with, room);
    at(index).with = std::move(input);
  }
  if (facts) check_input(member(item, "with"), facts->input, "step '" + name.Scalar() + "'", name, room);
  effect(index, item, room, facts.value_or(StepFacts{.pure = true}));
  return {index, {{index, -1}}};
}

/// What the step does to the world, and how it is tried and taken back.
void GraphCompiler::effect(int index, const Yaml& item, const Room& room, const StepFacts& facts) {
  auto read = reader(room);
  const auto flag = [&](const char* key) {
    const auto value = member(item, key);
    return value.IsDefined() && read.boolean(value, key);
  };
  Node& node = at(index);  // nothing is added to the graph here
  known_[static_cast<std::size_t>(index)].output = facts.output;
  node.pure = facts.pure;
  node.idempotent = flag("idempotent") || facts.idempotent;
  node.detach = flag("detach") || room.finally;
  node.retry = facts.retry;
  node.timeout = facts.timeout;
  if (node.detach) node.give_up = facts.give_up;
  for (const char* key : {"retry", "retries"}) {
    if (const auto value = member(item, key); value.IsDefined()) retry(index, value, room);
  }
  if (const auto value = member(item, "timeout"); value.IsDefined()) node.timeout = duration(value, room, "timeout");
  if (const auto value = member(item, "give_up"); value.IsDefined()) {
    node.give_up = duration(value, room, "give_up");
    if (!node.detach) read.add(code::detached, value, "give_up is for detached steps; this one ends with its retries");
  }
  if (const auto value = member(item, "undo"); value.IsDefined()) {
    undo(index, value, room);
    if (node.detach) read.add(code::detached, value, "undo of a detached step: it is never taken back; remove undo or detach");
  }
  if (const auto value = member(item, "verify"); value.IsDefined() && facts_of(value, room)) node.verify = value.Scalar();
  if (const auto value = member(item, "on"); value.IsDefined()) {
    if (node.detach) {
      read.add(code::detached, value, "'on' of a detached step: the flow has gone on; remove on or detach");
    } else {
      edges(index, value, room);
    }
  }
  const bool declared = flag("irreversible") || facts.irreversible || node.idempotent || !node.undo.empty();
  if (!facts.pure && !declared) {
    read.add(code::side_effect, item.begin()->second, "step '" + node.step + "' changes something outside; say how it is "
             "taken back (undo), or that it may be repeated (idempotent: true) or cannot be taken back (irreversible: true)");
  }
}

void GraphCompiler::undo(int index, const Yaml& value, const Room& room) {
  auto read = reader(room);
  Yaml name = value;
  if (value.IsMap()) {
    if (!read.is_map(value, "undo")) return;
    read.check_keys(value, {"step", "with", "name"}, "undo");
    if (const auto text = member(value, "name"); text.IsDefined()) at(index).undo_name = read.text(text, "name").value_or("");
    const auto inner = member(value, "step");
    if (!inner.IsDefined()) {
      read.add(code::missing_key, value, "key 'step' is missing: the step that takes this one back");
      return;
    }
    name.reset(inner);
  }
  const auto facts = facts_of(name, room);
  if (name.IsScalar()) at(index).undo = name.Scalar();
  const auto with = value.IsMap() ? member(value, "with") : Yaml(YAML::NodeType::Undefined);
  if (!value.IsMap() || !with.IsDefined()) return;
  Mapping input = mapping(with, room, {"output", "input"});
  at(index).undo_with = std::move(input);
  if (facts) check_input(with, facts->input, "step '" + name.Scalar() + "'", name, room);
}

void GraphCompiler::retry(int index, const Yaml& value, const Room& room) {
  constexpr int attempts_most = 100;
  auto read = reader(room);
  Retry& retry = at(index).retry;
  if (value.IsScalar()) {
    retry.attempts = read.integer(value, 1, attempts_most, "retry").value_or(retry.attempts);
    return;
  }
  if (!read.is_map(value, "retry")) return;
  read.check_keys(value, {"attempts", "first", "most"}, "retry");
  if (const auto count = member(value, "attempts"); count.IsDefined()) {
    retry.attempts = read.integer(count, 1, attempts_most, "attempts").value_or(retry.attempts);
  }
  if (const auto wait = member(value, "first"); wait.IsDefined()) retry.first = duration(wait, room, "first");
  if (const auto wait = member(value, "most"); wait.IsDefined()) retry.most = duration(wait, room, "most");
  if (retry.most < retry.first) retry.most = retry.first;
}

GraphCompiler::Chain GraphCompiler::await(const Yaml& item, const Room& room) {
  auto read = reader(room);
  const bool known = read.check_keys(item, await_keys, "an await");
  const auto event = member(item, "await");
  const auto name = read.text(event, "await");
  if (!name) return {};
  if (!is_event(*name)) read.add(code::bad_id, event, "'" + *name + "' is no event name; expected a-z, 0-9 and -");
  const int index = add(NodeKind::await, own_id(item, room, "await", word_of(*name)), room, event);
  take_common(index, item, room);
  at(index).event = *name;
  if (const auto value = member(item, "correlation"); value.IsDefined()) {
    Expression correlation = expression(value, room, "correlation");
    at(index).correlation = std::move(correlation);
  }
  if (const auto value = member(item, "body"); value.IsDefined() && read.is_map(value, "body")) {
    at(index).body = known_[static_cast<std::size_t>(index)].output = read.value(value);
    check_schema(at(index).body, "body", read.place(value), report_);
  }
  if (const auto value = member(item, "offers"); value.IsDefined()) {
    Mapping offers = mapping(value, room);
    at(index).offers = std::move(offers);
  }
  if (const auto value = member(item, "on"); value.IsDefined()) edges(index, value, room);
  const auto limit = member(item, "within");
  const auto then = member(item, "on_timeout");
  if (limit.IsDefined()) {
    Expression time = within(limit, room);
    at(index).within = std::move(time);
    at(index).timeout_state = "held";
  }
  if (!then.IsDefined()) return {index, {{index, -1}}};
  if (!limit.IsDefined() && known) read.add(code::missing_key, then, "on_timeout without 'within': there is no time limit");
  if (const auto word = read.text(then, "on_timeout")) {
    if (has(timeout_states, *word)) {
      at(index).timeout_state = *word;
    } else {
      at(index).timeout_state.clear();
      targets_.push_back({Target::Of::timeout, index, 0, *word, read.place(then)});
    }
  }
  return {index, {{index, -1}}};
}

/// `on:`, in the order written; "*" comes last, whatever the order.
void GraphCompiler::edges(int index, const Yaml& on, const Room& room) {
  if (!reader(room).is_map(on, "on")) return;
  for (const bool any : {false, true}) {
    for (const auto& pair : on) {
      if ((pair.first.Scalar() == "*") != any) continue;
      const std::string code = code_word(pair.first, room, true);
      if (pair.second.IsSequence()) {
        for (const auto& one : pair.second) edge(index, code, one, room);
      } else {
        edge(index, code, pair.second, room);
      }
    }
  }
}

void GraphCompiler::edge(int index, const std::string& code, const Yaml& value, const Room& room) {
  auto read = reader(room);
  Edge made;
  made.code = code;
  Yaml target = value;
  if (value.IsMap()) {
    if (!read.is_map(value, "an edge")) return;
    read.check_keys(value, {"when", "to", "forget"}, "an edge");
    if (const auto when = member(value, "when"); when.IsDefined()) made.when = expression(when, room, "when", {"error"});
    if (const auto paths = member(value, "forget"); paths.IsDefined()) made.forget = forget(paths, room);
    const auto to = member(value, "to");
    if (!to.IsDefined()) return read.add(code::missing_key, value, "key 'to' is missing: the node to go to");
    target.reset(to);
  }
  const auto id = read.text(target, code);
  if (!id) return;
  auto& on = at(index).on;
  on.push_back(std::move(made));
  targets_.push_back({Target::Of::edge, index, on.size() - 1, *id, read.place(target)});
}

std::vector<std::string> GraphCompiler::forget(const Yaml& list, const Room& room) {
  auto read = reader(room);
  std::vector<std::string> paths;
  if (!read.is_list(list, "forget")) return paths;
  for (const auto& item : list) {
    const auto path = read.text(item, "forget");
    if (!path) continue;
    uses_.push_back({room.scope, {path->substr(0, path->find('.'))}, {}, {}, read.place(item)});
    paths.push_back(*path);
  }
  return paths;
}

}  // namespace jackfield::flow
