// The serialised form of a graph: a map without the members that have their default.
//
// On disk for as long as instances of it live: a member may be added, none is renamed.
#include "flow/graph.hpp"

#include "flow/sha256.hpp"

#include <array>
#include <stdexcept>

namespace jackfield::flow {
namespace {

constexpr int form = 1;
constexpr std::array kinds{"step", "choice", "fork", "join", "each", "await", "enter", "leave", "reject", "fail", "hold"};

/// Collects members; leaves out what is as it would be anyway.
struct Writer {
  Value map = Value::object();

  template <class T>
  Writer& add(const char* name, const T& value, const T& usual = T{}) {
    if (value != usual) map[name] = value;
    return *this;
  }
  Writer& add(const char* name, const Expression& value) {
    if (!value.empty()) map[name] = value.serialise();
    return *this;
  }
  Writer& add(const char* name, const Mapping& value) {
    if (!value.empty()) map[name] = value.serialise();
    return *this;
  }
  Writer& add(const char* name, Millis value) { return add(name, value.count()); }
  template <class T>
  Writer& list(const char* name, const std::vector<T>& items, Value (*write)(const T&)) {
    for (const auto& item : items) map[name].push_back(write(item));
    return *this;
  }
};

Value write(const Edge& edge) {
  return Writer{}.add("code", edge.code).add("when", edge.when).add("target", edge.target, no_node).add("forget", edge.forget).map;
}

Value write(const Branch& branch) {
  return Writer{}.add("when", branch.when).add("target", branch.target, no_node).add("forget", branch.forget).map;
}

Value write(const Scope& scope) {
  return Writer{}.add("prefix", scope.prefix).add("parent", scope.parent, -1).add("enter", scope.enter, no_node).map;
}

Value write(const Retry& retry) {
  return Value{{"attempts", retry.attempts}, {"first", retry.first.count()}, {"most", retry.most.count()}};
}

Value write(const Node& node) {
  Writer writer;
  writer.map["kind"] = kinds.at(static_cast<std::size_t>(node.kind));
  writer.add("id", node.id).add("name", node.name).add("phase", node.phase).add("scope", node.scope);
  writer.add("next", node.next, no_node).add("when", node.when).add("with", node.with);
  writer.list<Edge>("on", node.on, write);
  writer.add("step", node.step).add("pure", node.pure).add("idempotent", node.idempotent);
  writer.add("undo", node.undo).add("undo_name", node.undo_name).add("undo_with", node.undo_with);
  writer.add("verify", node.verify).add("timeout", node.timeout);
  writer.add("give_up", node.give_up).add("detach", node.detach);
  if (node.kind == NodeKind::step) writer.map["retry"] = write(node.retry);
  writer.add("event", node.event).add("correlation", node.correlation).add("within", node.within);
  writer.add("body", node.body);
  writer.add("offers", node.offers).add("on_timeout", node.on_timeout, no_node).add("timeout_state", node.timeout_state);
  writer.list<Branch>("branches", node.branches, write);
  writer.add("peer", node.peer, no_node).add("as", node.as).add("code", node.code).add("text", node.text);
  return writer.map;
}

/// Reads the members of one map; what is not there keeps its default. `where` names the map in errors.
class Reader {
 public:
  Reader(const Value& map, std::string where) : map_(map), where_(std::move(where)) {
    if (!map.is_object()) throw std::runtime_error(where_ + ": found " + map.type_name() + ", expected a map");
  }

  template <class T>
  Reader& read(const char* name, T& into) {
    const auto member = map_.find(name);
    if (member == map_.end()) return *this;
    try {
      take(*member, into);
    } catch (const std::exception& error) {
      throw std::runtime_error(where_ + "." + name + ": " + error.what());
    }
    return *this;
  }
  template <class T>
  Reader& list(const char* name, std::vector<T>& into, T (*item_of)(const Value&, const std::string&)) {
    const auto member = map_.find(name);
    if (member == map_.end()) return *this;
    if (!member->is_array()) throw std::runtime_error(where_ + "." + name + ": expected a list");
    for (const auto& item : *member) into.push_back(item_of(item, where_ + "." + name + "[" + std::to_string(into.size()) + "]"));
    return *this;
  }

 private:
  static void take(const Value& value, Value& into) { into = value; }
  static void take(const Value& value, Expression& into) { into = Expression::deserialise(value); }
  static void take(const Value& value, Mapping& into) { into = Mapping::deserialise(value); }
  static void take(const Value& value, Millis& into) { into = Millis{value.get<std::int64_t>()}; }
  template <class T>
  static void take(const Value& value, T& into) {
    value.get_to(into);
  }

  const Value& map_;
  std::string where_;
};

Edge read_edge(const Value& value, const std::string& where) {
  Edge edge;
  Reader(value, where).read("code", edge.code).read("when", edge.when).read("target", edge.target).read("forget", edge.forget);
  return edge;
}

Branch read_branch(const Value& value, const std::string& where) {
  Branch branch;
  Reader(value, where).read("when", branch.when).read("target", branch.target).read("forget", branch.forget);
  return branch;
}

Scope read_scope(const Value& value, const std::string& where) {
  Scope scope;
  Reader(value, where).read("prefix", scope.prefix).read("parent", scope.parent).read("enter", scope.enter);
  return scope;
}

NodeKind read_kind(const Value& value, const std::string& where) {
  const std::string kind = value.value("kind", "");
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (kind == kinds[i]) return static_cast<NodeKind>(i);
  }
  throw std::runtime_error(where + ".kind: found '" + kind + "', expected a kind of node this host knows");
}

Node read_node(const Value& value, const std::string& where) {
  Node node;
  Reader reader(value, where);
  node.kind = read_kind(value, where);
  reader.read("id", node.id).read("name", node.name).read("phase", node.phase).read("scope", node.scope);
  reader.read("next", node.next).read("when", node.when).read("with", node.with).list("on", node.on, read_edge);
  reader.read("step", node.step).read("pure", node.pure).read("idempotent", node.idempotent);
  reader.read("undo", node.undo).read("undo_name", node.undo_name).read("undo_with", node.undo_with);
  reader.read("verify", node.verify).read("timeout", node.timeout).read("give_up", node.give_up);
  reader.read("detach", node.detach);
  if (const auto retry = value.find("retry"); retry != value.end()) {
    Reader(*retry, where + ".retry").read("attempts", node.retry.attempts).read("first", node.retry.first)
        .read("most", node.retry.most);
  }
  reader.read("event", node.event).read("correlation", node.correlation).read("within", node.within);
  reader.read("body", node.body);
  reader.read("offers", node.offers).read("on_timeout", node.on_timeout).read("timeout_state", node.timeout_state);
  reader.list("branches", node.branches, read_branch).read("peer", node.peer).read("as", node.as);
  reader.read("code", node.code).read("text", node.text);
  return node;
}

void check_index(int index, std::size_t size, int least, const std::string& where) {
  if (index < least || index >= static_cast<int>(size)) {
    throw std::runtime_error(where + ": found " + std::to_string(index) + ", expected less than " + std::to_string(size));
  }
}

/// Every index leads somewhere: decide() relies on it.
void check_links(const Graph& graph) {
  const auto nodes = graph.nodes.size();
  check_index(graph.entry, nodes, no_node, "entry");
  check_index(graph.finally, nodes, no_node, "finally");
  for (const auto& scope : graph.scopes) {
    check_index(scope.parent, graph.scopes.size(), -1, "scopes.parent");
    check_index(scope.enter, nodes, no_node, "scopes.enter");
  }
  for (const auto& node : graph.nodes) {
    check_index(node.scope, graph.scopes.size(), 0, node.id + ".scope");
    check_index(node.next, nodes, no_node, node.id + ".next");
    check_index(node.on_timeout, nodes, no_node, node.id + ".on_timeout");
    const bool paired = node.kind == NodeKind::fork || node.kind == NodeKind::each || node.kind == NodeKind::join ||
                        node.kind == NodeKind::enter || node.kind == NodeKind::leave;
    check_index(node.peer, nodes, paired ? 0 : no_node, node.id + ".peer");
    for (const auto& edge : node.on) check_index(edge.target, nodes, no_node, node.id + ".on");
    for (const auto& branch : node.branches) check_index(branch.target, nodes, no_node, node.id + ".branches");
  }
}

}  // namespace

Value Graph::serialise() const {
  Writer writer;
  writer.map["form"] = form;
  writer.add("flow", flow).add("name", name).add("key", key).add("ingress", ingress).add("cancel_until", cancel_until);
  writer.add("order_schema", order_schema).add("exact_undo", exact_undo).add("durable", durable, true).add("result", result);
  writer.add("startable", startable, true);
  writer.add("entry", entry, no_node).add("finally", finally, no_node);
  writer.list<Scope>("scopes", scopes, write).list<Node>("nodes", nodes, write);
  return writer.map;
}

Graph Graph::deserialise(const Value& value) {
  Graph graph;
  Reader reader(value, "graph");
  int found = 0;
  reader.read("form", found);
  if (found != form) {
    throw std::runtime_error("graph.form: found " + std::to_string(found) + ", expected " + std::to_string(form) +
                             "; the definition was made by another version of the host");
  }
  reader.read("flow", graph.flow).read("name", graph.name).read("key", graph.key).read("ingress", graph.ingress);
  reader.read("cancel_until", graph.cancel_until);
  reader.read("exact_undo", graph.exact_undo);
  reader.read("order_schema", graph.order_schema).read("durable", graph.durable).read("result", graph.result);
  reader.read("startable", graph.startable);
  reader.read("entry", graph.entry).read("finally", graph.finally);
  reader.list("scopes", graph.scopes, read_scope).list("nodes", graph.nodes, read_node);
  check_links(graph);
  graph.seal();
  return graph;
}

void Graph::seal() {
  const auto bytes = Value::to_msgpack(serialise());
  hash = sha256(bytes.data(), bytes.size());
  std::map<std::string, int> runs, undos;
  for (const Node& node : nodes) {
    ++runs[node.step];
    ++undos[node.undo];
  }
  for (Node& node : nodes) {
    node.sole_run = runs[node.step] == 1;
    node.sole_undo = runs[node.undo] == 0 && undos[node.undo] == 1;
  }
}

}  // namespace jackfield::flow
