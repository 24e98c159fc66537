// Nodes that hold other nodes: switch, parallel, each, sub-flow.
#include "flow/compiler_graph.hpp"

#include <algorithm>

namespace jackfield::flow {

GraphCompiler::Chain GraphCompiler::choice(const Yaml& item, const Room& room) {
  auto read = reader(room);
  read.check_keys(item, {"switch", "id", "name", "when"}, "a switch");
  const int index = add(NodeKind::choice, own_id(item, room, "switch"), room, item);
  take_common(index, item, room);
  Chain chain{index, {{index, -1}}};
  const auto cases = member(item, "switch");
  if (!read.is_list(cases, "switch")) return chain;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Yaml one = cases[i];
    if (!read.is_map(one, "a case of a switch")) continue;
    const auto other = member(one, "else");
    const auto when = member(one, "when");
    read.check_keys(one, other.IsDefined() ? std::vector<std::string>{"else"} : std::vector<std::string>{"when", "do"},
                    "a case of a switch");
    if (other.IsDefined() && i + 1 < cases.size()) read.add(code::wrong_type, one, "else: it must be the last case");
    const auto list = other.IsDefined() ? other : member(one, "do");
    if (!other.IsDefined() && (!when.IsDefined() || !list.IsDefined())) {
      read.add(code::missing_key, one, "a case of a switch needs 'when' and 'do', or 'else'");
      continue;
    }
    Branch branch;
    if (!other.IsDefined()) branch.when = expression(when, room, "when");
    const int at_branch = static_cast<int>(at(index).branches.size());
    at(index).branches.push_back(std::move(branch));
    const Chain body = sequence(list, room, other.IsDefined() ? "else" : "do");
    at(index).branches[static_cast<std::size_t>(at_branch)].target = body.first;
    if (body.first == no_node) chain.ends.push_back({index, at_branch});
    chain.ends.insert(chain.ends.end(), body.ends.begin(), body.ends.end());
  }
  return chain;
}

GraphCompiler::Chain GraphCompiler::parallel(const Yaml& item, const Room& room) {
  auto read = reader(room);
  read.check_keys(item, {"parallel", "id", "name", "when"}, "a parallel");
  const int index = add(NodeKind::fork, own_id(item, room, "parallel"), room, item);
  take_common(index, item, room);
  const auto branches = member(item, "parallel");
  std::vector<Slot> ends;
  const auto branch = [&](const Yaml& list) {
    Room inside = room;
    inside.lane = ++lanes_;
    const Chain body = list.IsMap() ? node(list, inside) : sequence(list, inside, "a branch of parallel");
    if (body.first == no_node) {
      if (list.IsSequence() && list.size() == 0) read.add(code::wrong_type, list, "a branch of parallel has no step");
      return;
    }
    at(index).branches.push_back({{}, body.first, {}});
    ends.insert(ends.end(), body.ends.begin(), body.ends.end());
  };
  if (branches.IsMap() && read.is_map(branches, "parallel")) {
    for (const auto& pair : branches) branch(pair.second);
  } else if (!branches.IsMap() && read.is_list(branches, "parallel")) {
    for (const auto& list : branches) branch(list);
  }
  const int join = pair(NodeKind::join, index, room, item);
  at(index).next = join;
  patch(ends, join);
  return {index, {{join, -1}}};
}

GraphCompiler::Chain GraphCompiler::each(const Yaml& item, const Room& room) {
  auto read = reader(room);
  read.check_keys(item, {"each", "as", "do", "id", "name", "when"}, "an each");
  const int index = add(NodeKind::each, own_id(item, room, "each"), room, item);
  take_common(index, item, room);
  Mapping items = mapping(member(item, "each"), room);
  at(index).with = std::move(items);
  std::string as = "item";
  if (const auto word = member(item, "as"); word.IsDefined()) {
    as = read.text(word, "as").value_or("item");
    if (!is_node_id(as)) read.add(code::bad_id, word, "as: '" + as + "' is no name; expected a-z, 0-9 and _, like 'item'");
  }
  at(index).as = as;
  Room inside = room;
  inside.lane = ++lanes_;
  inside.names.push_back(as);
  const auto list = member(item, "do");
  Chain body;
  if (list.IsDefined()) {
    body = sequence(list, inside, "do");
  } else {
    read.add(code::missing_key, item, "key 'do' is missing: the steps for each item");
  }
  const int join = pair(NodeKind::join, index, room, item);
  at(index).branches.push_back({{}, body.first == no_node ? join : body.first, {}});
  at(index).next = join;
  patch(body.ends, join);
  return {index, {{join, -1}}};
}

/// One whose flow cannot be had: its id is known all the same, and what reads it is not wrong for that.
GraphCompiler::Chain GraphCompiler::unexpanded(const Yaml& item, const std::string& flow, const Room& room) {
  const int index = add(NodeKind::step, own_id(item, room, "sub-flow", word_of(flow)), room, item);
  take_common(index, item, room);
  if (const auto on = member(item, "on"); on.IsDefined()) edges(index, on, room);
  whole_ = false;
  return {index, {{index, -1}}};
}

GraphCompiler::Chain GraphCompiler::sub_flow(const Yaml& item, const Room& room) {
  auto read = reader(room);
  read.check_keys(item, {"sub-flow", "id", "name", "when", "with", "on"}, "a sub-flow");
  const auto name = member(item, "sub-flow");
  const auto flow = read.text(name, "sub-flow");
  if (!flow) return {};
  const auto found = library_.flows.find(*flow);
  if (found == library_.flows.end()) {
    std::vector<std::string> all;
    for (const auto& [id, document] : library_.flows) all.push_back(id);
    if (!library_.broken.contains(*flow)) {
      read.add(code::unknown_flow, name, "no flow has the id '" + *flow + "'" + did_you_mean(*flow, all));
    }
    return unexpanded(item, *flow, room);
  }
  if (std::find(expanding_.begin(), expanding_.end(), *flow) != expanding_.end()) {
    std::string way;
    for (const auto& outer : expanding_) way += outer + " → ";
    read.add(code::recursion, name, "sub-flow '" + *flow + "' contains itself: " + way + *flow);
    return {};
  }
  const Document& inner = found->second;
  const auto steps = member(inner.root, "steps");
  if (!steps.IsDefined()) {
    read.add(code::phases, name, "flow '" + *flow + "' has phases; a sub-flow has steps (its phase is its caller's)");
    return {};
  }
  if (const auto last = member(inner.root, "finally"); last.IsDefined()) {
    read.add(code::phases, name, "sub-flow '" + *flow + "' has 'finally'; move it to the flow that is started");
  }
  const int index = add(NodeKind::enter, own_id(item, room, "sub-flow", word_of(*flow)), room, name);
  take_common(index, item, room);
  if (at(index).name.empty()) {
    if (const auto own = member(inner.root, "name"); own.IsDefined() && own.IsScalar()) at(index).name = own.Scalar();
  }
  Mapping with = member(item, "with").IsDefined() ? mapping(member(item, "with"), room)
                                                  : Mapping::map({{"order", Mapping::of(Expression("order"))}});
  at(index).with = std::move(with);
  if (const auto on = member(item, "on"); on.IsDefined()) edges(index, on, room);

  Room inside = room;
  inside.document = &inner;
  inside.scope = static_cast<int>(graph_.scopes.size());
  inside.names.clear();
  graph_.scopes.push_back({at(index).id + ".", room.scope, index});
  ids_.emplace_back();
  expanding_.push_back(*flow);
  expanded_.insert(*flow);
  const Chain body = sequence(steps, inside, "steps");
  expanding_.pop_back();
  const int leave = pair(NodeKind::leave, index, inside, name);
  at(leave).id = at(index).id + "/leave";
  if (const auto result = member(inner.root, "result"); result.IsDefined()) {
    Mapping value = mapping(result, inside);
    at(leave).with = std::move(value);
  }
  at(index).next = body.first == no_node ? leave : body.first;
  patch(body.ends, leave);
  return {index, {{leave, -1}}};
}

}  // namespace jackfield::flow
