// The flow, its sequences, its ends and jumps.
#include "flow/compiler_graph.hpp"

#include "flow/lua_sandbox.hpp"

#include <algorithm>
#include <array>

namespace jackfield::flow {
namespace {

constexpr std::size_t nodes_most = 1000;
constexpr int depth_most = 24;
const std::array<std::string, 3> phases{"acceptance", "construction", "completion"};
const std::vector<std::string> flow_keys{"flow", "name", "key", "ingress", "cancel_until", "durability", "order",
                                         "startable", "acceptance", "construction", "completion", "steps", "result",
                                         "finally"};
const std::vector<std::string> kinds{"await", "switch", "parallel", "each", "sub-flow", "reject", "fail", "hold", "goto"};
const std::vector<std::string> reserved{"order", "input", "instance", "error", "output", "setting"};

/// The word that says what the node is; empty for a step.
std::string kind_of(const YAML::Node& item) {
  for (const auto& pair : item) {
    if (std::find(kinds.begin(), kinds.end(), pair.first.Scalar()) != kinds.end()) return pair.first.Scalar();
  }
  return {};
}

}  // namespace

bool is_node_id(const std::string& id) {
  return !id.empty() && id[0] >= 'a' && id[0] <= 'z' &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos && !is_lua_keyword(id) &&
         std::find(reserved.begin(), reserved.end(), id) == reserved.end();
}

std::string word_of(std::string id) {
  std::replace(id.begin(), id.end(), '-', '_');
  return id;
}

const std::vector<std::string>& node_kinds() { return kinds; }

Graph GraphCompiler::compile(const Document& document, Value schema) {
  graph_ = Graph{};
  graph_.order_schema = std::move(schema);
  graph_.scopes.push_back({});
  ids_.resize(1);
  expanding_ = {document.flow};
  head(document);
  const Chain chain = body(document);
  graph_.entry = chain.first;
  finally(document);
  const Room room{&document};
  if (const auto key = member(document.root, "key"); key.IsDefined()) graph_.key = expression(key, room, "key");
  if (const auto result = member(document.root, "result"); result.IsDefined()) graph_.result = mapping(result, room);
  link();
  graph_.seal();
  return std::move(graph_);
}

void GraphCompiler::head(const Document& document) {
  YamlReader read(document, report_);
  const auto& root = document.root;
  read.check_keys(root, flow_keys, "a flow");
  graph_.flow = document.flow;
  graph_.exact_undo = true;
  if (const auto name = member(root, "name"); name.IsDefined()) graph_.name = read.text(name, "name").value_or("");
  if (const auto name = member(root, "ingress"); name.IsDefined()) graph_.ingress = read.text(name, "ingress").value_or("");
  if (const auto word = member(root, "durability"); word.IsDefined()) {
    const auto text = read.text(word, "durability").value_or("full");
    graph_.durable = text != "none";
    if (text != "none" && text != "full") {
      read.add(code::wrong_type, word, "durability: expected full or none, found '" + text + "'");
    }
  }
  if (const auto word = member(root, "startable"); word.IsDefined()) graph_.startable = read.boolean(word, "startable");
  const auto until = member(root, "cancel_until");
  if (!until.IsDefined()) return;
  graph_.cancel_until = read.text(until, "cancel_until").value_or("");
  if (!graph_.cancel_until.empty() && !member(root, graph_.cancel_until).IsDefined()) {
    read.add(code::phases, until, "cancel_until: this flow has no phase '" + graph_.cancel_until + "'" +
                                      did_you_mean(graph_.cancel_until, {phases.begin(), phases.end()}));
  }
}

GraphCompiler::Chain GraphCompiler::body(const Document& document) {
  YamlReader read(document, report_);
  const auto steps = member(document.root, "steps");
  Chain all;
  bool any = false;
  bool nodes = steps.IsDefined() && steps.size() > 0;
  int last_line = -1;
  for (const auto& phase : phases) {
    const auto list = member(document.root, phase);
    if (!list.IsDefined()) continue;
    any = true;
    nodes = nodes || list.size() > 0;
    if (list.Mark().line < last_line) {
      read.add(code::phases, list, "phase '" + phase + "' comes too late; the order is acceptance, construction, completion");
    }
    last_line = list.Mark().line;
    Room room{&document};
    room.phase = phase;
    const Chain chain = sequence(list, room, phase);
    if (chain.first == no_node) continue;
    if (all.first == no_node) all.first = chain.first;
    patch(all.ends, chain.first);
    all.ends = chain.ends;
  }
  if (any && steps.IsDefined()) {
    read.add(code::phases, steps, "a flow has phases (acceptance, construction, completion) or steps, not both");
  } else if (steps.IsDefined()) {
    all = sequence(steps, Room{&document}, "steps");
  }
  if (!any && !steps.IsDefined()) {
    read.add(code::missing_key, document.root, "nothing to do: expected steps, or acceptance, construction, completion");
  } else if (!nodes) {
    read.add(code::wrong_type, document.root, "nothing to do: the flow has no step");
  }
  return all;
}

void GraphCompiler::finally(const Document& document) {
  const auto list = member(document.root, "finally");
  if (!list.IsDefined()) return;
  Room room{&document};
  room.finally = true;
  room.lane = ++lanes_;
  graph_.finally = sequence(list, room, "finally").first;
}

GraphCompiler::Chain GraphCompiler::sequence(const Yaml& list, const Room& room, const std::string& what) {
  Chain all;
  if (!reader(room).is_list(list, what)) return all;
  for (const auto& item : list) {
    if (graph_.nodes.size() >= nodes_most) {
      if (!too_large_) {
        reader(room).add(code::too_large, item, "the flow has more than " + std::to_string(nodes_most) +
                                                    " nodes, its sub-flows counted");
      }
      too_large_ = true;
      return all;
    }
    const Chain chain = node(item, room);
    if (chain.first == no_node) continue;
    if (all.first == no_node) all.first = chain.first;
    patch(all.ends, chain.first);
    all.ends = chain.ends;
  }
  return all;
}

GraphCompiler::Chain GraphCompiler::node(const Yaml& item, Room room) {
  if (!reader(room).is_map(item, "a node")) return {};
  if (++room.depth > depth_most) {
    reader(room).add(code::too_large, item, "nested deeper than " + std::to_string(depth_most));
    return {};
  }
  const std::string kind = kind_of(item);
  if (room.finally && !kind.empty()) {
    reader(room).add(code::phases, item, "finally: expected steps only, found '" + kind + "'");
    return {};
  }
  if (kind == "await") return await(item, room);
  if (kind == "switch") return choice(item, room);
  if (kind == "parallel") return parallel(item, room);
  if (kind == "each") return each(item, room);
  if (kind == "sub-flow") return sub_flow(item, room);
  if (kind == "reject") return end(item, room, NodeKind::reject, kind);
  if (kind == "fail") return end(item, room, NodeKind::fail, kind);
  if (kind == "hold") return end(item, room, NodeKind::hold, kind);
  if (kind == "goto") return jump(item, room);
  return step(item, room);
}

GraphCompiler::Chain GraphCompiler::end(const Yaml& item, const Room& room, NodeKind kind, const std::string& key) {
  auto read = reader(room);
  read.check_keys(item, {key, "id", "name", "when", "text"}, "a " + key);
  const int index = add(kind, own_id(item, room, key), room, item);
  take_common(index, item, room);
  at(index).code = code_word(member(item, key), room, false);
  if (const auto text = member(item, "text"); text.IsDefined()) {
    Expression value = words(text, room);
    at(index).text = std::move(value);
  }
  return {index, {{index, -1}}};
}

GraphCompiler::Chain GraphCompiler::jump(const Yaml& item, const Room& room) {
  auto read = reader(room);
  read.check_keys(item, {"goto", "id", "name", "when", "forget"}, "a goto");
  const int index = add(NodeKind::choice, own_id(item, room, "goto"), room, item);
  if (const auto name = member(item, "name"); name.IsDefined()) at(index).name = read.text(name, "name").value_or("");
  Branch branch;
  if (const auto when = member(item, "when"); when.IsDefined()) branch.when = expression(when, room, "when");
  if (const auto paths = member(item, "forget"); paths.IsDefined()) branch.forget = forget(paths, room);
  at(index).branches.push_back(std::move(branch));
  const auto target = member(item, "goto");
  if (const auto id = read.text(target, "goto")) {
    targets_.push_back({Target::Of::branch, index, 0, *id, read.place(target)});
  }
  return {index, {{index, -1}}};
}

/// A new node; its id is made full by the scope's prefix.
int GraphCompiler::add(NodeKind kind, const std::string& id, const Room& room, const Yaml& where) {
  const int index = static_cast<int>(graph_.nodes.size());
  Node node;
  node.kind = kind;
  node.id = graph_.scopes[static_cast<std::size_t>(room.scope)].prefix + id;
  node.phase = room.phase;
  node.scope = room.scope;
  graph_.nodes.push_back(std::move(node));
  known_.push_back({reader(room).place(where), room.lane, {}});
  auto& ids = ids_[static_cast<std::size_t>(room.scope)];
  if (const auto [there, added] = ids.try_emplace(id, index); !added) {
    const auto& first = known_[static_cast<std::size_t>(there->second)].place;
    reader(room).add(code::duplicate_id, where, "id '" + id + "' is taken by the node in line " +
                                                    std::to_string(first.mark.line + 1));
  }
  return index;
}

/// The other half of a fork, an each or a sub-flow.
int GraphCompiler::pair(NodeKind kind, int peer, const Room& room, const Yaml& where) {
  const std::string& full = at(peer).id;
  const auto prefix = graph_.scopes[static_cast<std::size_t>(room.scope)].prefix.size();
  const std::string id = (kind == NodeKind::join ? full.substr(prefix) : std::string()) +
                         (kind == NodeKind::join ? "/join" : "/leave");
  const int index = add(kind, id, room, where);
  at(index).peer = peer;
  at(peer).peer = index;
  return index;
}

void GraphCompiler::take_common(int index, const Yaml& item, const Room& room) {
  if (const auto name = member(item, "name"); name.IsDefined()) {
    at(index).name = reader(room).text(name, "name").value_or("");
  }
  if (const auto when = member(item, "when"); when.IsDefined()) {
    Expression condition = expression(when, room, "when");
    at(index).when = std::move(condition);
  }
}

/// `id:` of the node; else what is usual for it; else its kind and a number, which no jump can name.
std::string GraphCompiler::own_id(const Yaml& item, const Room& room, const std::string& kind, std::string usual) {
  if (const auto id = member(item, "id"); id.IsDefined()) {
    const auto text = reader(room).text(id, "id");
    if (text && is_node_id(*text)) return *text;
    if (text) {
      reader(room).add(code::bad_id, id, "'" + *text + "' is no node id; expected a-z, 0-9 and _, like 'reserve', and none of "
                                             "order, input, instance, error, output, setting");
    }
  } else if (is_node_id(usual)) {
    return usual;
  }
  const int number = ++counts_[std::to_string(room.scope) + "/" + kind];
  return kind + "/" + std::to_string(number);
}

void GraphCompiler::patch(const std::vector<Slot>& slots, int target) {
  for (const auto& slot : slots) {
    if (slot.branch < 0) {
      at(slot.node).next = target;
    } else {
      at(slot.node).branches[static_cast<std::size_t>(slot.branch)].target = target;
    }
  }
}

}  // namespace jackfield::flow
