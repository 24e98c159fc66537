// What can only be judged once all nodes are there: targets, names, and whether every node is reached.
#include "flow/compiler_graph.hpp"

#include <algorithm>

namespace jackfield::flow {
namespace {

const std::vector<std::string> always{"order", "input", "instance", "error"};
const std::vector<std::string> of_instance{"id",    "flow",       "name",     "key",     "phase",
                                           "outcome", "created_at", "ended_at", "code", "now"};

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The members a value of this schema can have; empty where it can have any.
std::vector<std::string> closed_members(const Value& schema) {
  std::vector<std::string> names;
  if (!schema.is_object()) return names;
  const auto more = schema.find("additionalProperties");
  const auto properties = schema.find("properties");
  if ((more != schema.end() && *more != false) || properties == schema.end() || !properties->is_object()) return names;
  for (const auto& [name, value] : properties->items()) names.push_back(name);
  return names;
}

}  // namespace

void GraphCompiler::link() {
  for (const auto& target : targets_) link(target);
  for (const auto& use : uses_) check(use);
  check_reach();
}

void GraphCompiler::link(const Target& target) {
  const auto scope = at(target.node).scope;
  const auto& ids = ids_[static_cast<std::size_t>(scope)];
  const auto found = ids.find(target.id);
  if (found == ids.end()) {
    auto known = this->ids(scope);
    if (target.of == Target::Of::timeout) known.insert(known.end(), {"cancelled", "held", "failed"});
    report_.add(code::unknown_target, target.place, "no node has the id '" + target.id + "' here" + did_you_mean(target.id, known));
    return;
  }
  const auto lane = [&](int node) { return known_[static_cast<std::size_t>(node)].lane; };
  if (lane(target.node) != lane(found->second)) {
    report_.add(code::target_elsewhere, target.place, "node '" + target.id + "' is in another branch; a jump stays in its own");
    return;
  }
  Node& node = at(target.node);
  if (target.of == Target::Of::edge) node.on[target.index].target = found->second;
  if (target.of == Target::Of::branch) node.branches[target.index].target = found->second;
  if (target.of == Target::Of::timeout) node.on_timeout = found->second;
}

/// Ids a flow's author has given.
std::vector<std::string> GraphCompiler::ids(int scope) const {
  std::vector<std::string> names;
  for (const auto& [id, index] : ids_[static_cast<std::size_t>(scope)]) {
    if (id.find('/') == std::string::npos) names.push_back(id);
  }
  return names;
}

void GraphCompiler::check(const Use& use) {
  auto visible = ids(use.scope);
  visible.insert(visible.end(), always.begin(), always.end());
  visible.insert(visible.end(), use.extra.begin(), use.extra.end());
  for (const auto& name : use.names) {
    if (has(visible, name)) continue;
    if (name == "setting") {
      report_.add(code::unknown_setting, use.place, "a setting is named alone, as setting.<plugin>.<key>, not within an expression");
      continue;
    }
    auto hint = did_you_mean(name, visible);
    if (hint.empty() && use.path.size() == 1) hint = "; a text is written in quotes within quotes: \"'" + name + "'\"";
    report_.add(code::unknown_name, use.place, "nothing here is named '" + name + "'" + hint);
  }
  if (use.path.size() > 1) check_member(use);
}

/// `select.prodct` is always nil where the step's output has no such member: worth a warning.
void GraphCompiler::check_member(const Use& use) {
  std::vector<std::string> members;
  const auto& ids = ids_[static_cast<std::size_t>(use.scope)];
  if (has(use.extra, use.path[0])) return;
  if (use.path[0] == "instance") {
    members = of_instance;
  } else if (use.path[0] == "order") {
    if (use.scope == 0) members = closed_members(graph_.order_schema);
  } else if (const auto found = ids.find(use.path[0]); found != ids.end()) {
    members = closed_members(known_[static_cast<std::size_t>(found->second)].output);
  }
  if (members.empty() || has(members, use.path[1])) return;
  report_.add(code::unknown_member, use.place, "'" + use.path[0] + "' has no member '" + use.path[1] + "'" +
                                                   did_you_mean(use.path[1], members), Severity::warning);
}

std::vector<int> GraphCompiler::successors(const Node& node) const {
  std::vector<int> all;
  bool passes = true;  // comes to `next` after all
  for (const auto& branch : node.branches) {
    all.push_back(branch.target);
    if (node.kind == NodeKind::choice && branch.when.empty()) passes = false;
  }
  if (node.kind == NodeKind::fork) passes = node.branches.empty();
  if (node.kind == NodeKind::reject || node.kind == NodeKind::fail) passes = false;
  if (passes) all.push_back(node.next);
  if (!node.when.empty()) {
    const bool holds_others = node.kind == NodeKind::fork || node.kind == NodeKind::each || node.kind == NodeKind::enter;
    all.push_back(holds_others ? graph_.nodes[static_cast<std::size_t>(node.peer)].next : node.next);
  }
  for (const auto& edge : node.on) all.push_back(edge.target);
  all.push_back(node.on_timeout);
  return all;
}

void GraphCompiler::check_reach() {
  std::vector<bool> reached(graph_.nodes.size(), false);
  std::vector<int> open{graph_.entry, graph_.finally};
  while (!open.empty()) {
    const int index = open.back();
    open.pop_back();
    if (index == no_node || reached[static_cast<std::size_t>(index)]) continue;
    reached[static_cast<std::size_t>(index)] = true;
    for (const int next : successors(at(index))) open.push_back(next);
  }
  bool before = true;  // only the first of a run is worth a finding
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const auto kind = graph_.nodes[i].kind;
    if (kind == NodeKind::join || kind == NodeKind::leave) continue;
    if (!reached[i] && before && !too_large_) {
      report_.add(code::unreachable, known_[i].place, "this node is never reached: what stands before it leads elsewhere");
    }
    before = reached[i];
  }
}

}  // namespace jackfield::flow
