// Compiles one flow, with its sub-flows expanded in place, into one graph.
//
// Split by noun: compiler_graph.cpp (the flow, sequences, ends), compiler_branch.cpp (what holds other nodes),
// compiler_step.cpp (steps, awaits, edges), compiler_input.cpp (what a step is given), compiler_terms.cpp (expressions,
// mappings, durations), compiler_links.cpp (once all nodes are there: targets, names, reach). Lives for one compilation.
#pragma once

#include "flow/compiler_library.hpp"

#include <map>
#include <set>

namespace jackfield::flow {

/// A word an expression can name: a-z, 0-9 and _, none that means something else.
[[nodiscard]] bool is_node_id(const std::string& id);
/// "pending-completion" as an expression can name it.
[[nodiscard]] std::string word_of(std::string id);
/// The keys that say what a node is, where it is not a step.
[[nodiscard]] const std::vector<std::string>& node_kinds();

class GraphCompiler {
 public:
  GraphCompiler(const Library& library, const StepCatalog& catalog, const SettingLookup& settings, Report& report)
      : library_(library), catalog_(catalog), settings_(settings), report_(report) {}

  [[nodiscard]] Graph compile(const Document& document, Value schema);
  /// False where a sub-flow's own file is wrong: the graph lacks it.
  [[nodiscard]] bool whole() const { return whole_; }
  /// The flows that became a part of it.
  [[nodiscard]] const std::set<std::string>& expanded() const { return expanded_; }

 private:
  /// An index still to be filled in: `next` of a node, or the target of one of its branches.
  struct Slot {
    int node = no_node;
    int branch = -1;
  };
  struct Chain {
    int first = no_node;                 // no_node: nothing in it
    std::vector<Slot> ends;
  };
  /// Where a node stands.
  struct Room {
    const Document* document = nullptr;
    int scope = 0;
    int lane = 0;                        // branch of a parallel or body of an each; jumps stay in it
    int depth = 0;
    bool finally = false;
    std::string phase;
    std::vector<std::string> names;      // items of the `each` around it
  };
  struct Target {                        // an id that must lead to a node
    enum class Of { edge, branch, timeout } of = Of::edge;
    int node = no_node;
    std::size_t index = 0;
    std::string id;
    Place place;
  };
  struct Use {                           // an expression whose names must exist
    int scope = 0;
    std::vector<std::string> names;
    std::vector<std::string> extra;      // names only this expression sees
    std::vector<std::string> path;
    Place place;
  };
  struct Known {                         // about a node, beside the graph
    Place place;
    int lane = 0;
    Value output;                        // schema, where it is known
  };
  using Yaml = YAML::Node;

  // compiler_graph.cpp, compiler_branch.cpp
  void head(const Document& document);
  Chain body(const Document& document);
  void finally(const Document& document);
  Chain sequence(const Yaml& list, const Room& room, const std::string& what);
  Chain node(const Yaml& item, Room room);
  Chain choice(const Yaml& item, const Room& room);
  Chain parallel(const Yaml& item, const Room& room);
  Chain each(const Yaml& item, const Room& room);
  Chain sub_flow(const Yaml& item, const Room& room);
  Chain unexpanded(const Yaml& item, const std::string& flow, const Room& room);
  Chain end(const Yaml& item, const Room& room, NodeKind kind, const std::string& key);
  Chain jump(const Yaml& item, const Room& room);
  int add(NodeKind kind, const std::string& id, const Room& room, const Yaml& at);
  int pair(NodeKind kind, int peer, const Room& room, const Yaml& at);
  void take_common(int index, const Yaml& item, const Room& room);
  std::string own_id(const Yaml& item, const Room& room, const std::string& kind, std::string usual = {});
  void patch(const std::vector<Slot>& slots, int target);

  // compiler_step.cpp
  Chain step(const Yaml& item, const Room& room);
  Chain await(const Yaml& item, const Room& room);
  void effect(int index, const Yaml& item, const Room& room, const StepFacts& facts);
  void undo(int index, const Yaml& value, const Room& room);
  void retry(int index, const Yaml& value, const Room& room);
  void edges(int index, const Yaml& on, const Room& room);
  void edge(int index, const std::string& code, const Yaml& value, const Room& room);
  std::vector<std::string> forget(const Yaml& list, const Room& room);
  std::optional<StepFacts> facts_of(const Yaml& name, const Room& room);
  void check_input(const Yaml& with, const Value& schema, const std::string& step, const Yaml& at, const Room& room);
  void check_literal(const Yaml& value, const Value& schema, const std::string& name, const Room& room);

  // compiler_terms.cpp
  Expression expression(const Yaml& value, const Room& room, const std::string& what, std::vector<std::string> extra = {});
  Mapping mapping(const Yaml& value, const Room& room, std::vector<std::string> extra = {}, int depth = 0);
  Expression words(const Yaml& value, const Room& room);
  Expression within(const Yaml& value, const Room& room);
  Millis duration(const Yaml& value, const Room& room, const std::string& what);
  std::optional<Value> setting(const std::vector<std::string>& path, const Place& place);
  std::string code_word(const Yaml& value, const Room& room, bool any);

  // compiler_links.cpp
  void link();
  void link(const Target& target);
  void check(const Use& use);
  void check_member(const Use& use);
  void check_reach();
  std::vector<int> successors(const Node& node) const;
  std::vector<std::string> ids(int scope) const;

  YamlReader reader(const Room& room) { return {*room.document, report_}; }
  Node& at(int index) { return graph_.nodes[static_cast<std::size_t>(index)]; }

  const Library& library_;
  const StepCatalog& catalog_;
  const SettingLookup& settings_;
  Report& report_;
  Graph graph_;
  std::vector<Known> known_;                         // one a node
  std::vector<std::map<std::string, int>> ids_;      // a scope's ids
  std::map<std::string, int> counts_;                // nodes without an id of their own, by scope and kind
  std::vector<Target> targets_;
  std::vector<Use> uses_;
  std::vector<std::string> expanding_;               // flows being expanded, outermost first
  std::set<std::string> expanded_;
  int lanes_ = 0;
  bool too_large_ = false, whole_ = true;
};

}  // namespace jackfield::flow
