// What the compiler's tests share: a catalog of steps that exists in the test alone, and short ways to compile.
#pragma once

#include "flow/compiler.hpp"

#include <gtest/gtest.h>

namespace jackfield::flow::testing {

/// pure.look (pure), stock.reserve/stock.release (idempotent), pay.charge/pay.refund (declare nothing, so they need an
/// undo), mail.send (irreversible), typed.step (idempotent, with schemas).
class Catalog : public StepCatalog {
 public:
  Catalog() {
    add("pure.look", {.pure = true});
    add("stock.reserve", {.idempotent = true});
    add("stock.release", {.idempotent = true});
    add("pay.charge", {});
    add("pay.refund", {});
    add("mail.send", {.irreversible = true});
    StepFacts typed{.idempotent = true};
    typed.input = Value::parse(R"({"type":"object","required":["id"],"properties":{
        "id":{"type":"string"},"count":{"type":"integer"},"mode":{"type":"string","enum":["fast","slow"]},
        "where":{"type":"object","required":["city"],"properties":{"city":{"type":"string"}}}}})");
    typed.output = Value::parse(R"({"type":"object","properties":{"msisdn":{"type":"string"}}})");
    typed.retry = {5, Millis{100}, Millis{30'000}};
    typed.give_up = Millis{72 * 3'600'000};
    add("typed.step", typed);
  }
  std::optional<StepFacts> find(const std::string& step) const override {
    const auto found = facts_.find(step);
    return found == facts_.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<std::string> steps() const override {
    std::vector<std::string> names;
    for (const auto& [name, facts] : facts_) names.push_back(name);
    return names;
  }

 private:
  void add(const std::string& step, StepFacts facts) { facts_[step] = std::move(facts); }
  std::map<std::string, StepFacts> facts_;
};

inline std::optional<Value> setting(const std::string& plugin, const std::string& key) {
  if (plugin == "stock" && key == "hold") return Value("30m");
  if (plugin == "stock" && key == "limits.day") return Value(7);
  return std::nullopt;
}

inline std::optional<std::string> file(const std::string& name) {
  if (name != "schema/order.yaml") return std::nullopt;
  return "type: object\nadditionalProperties: false\nrequired: [channel]\n"
         "properties: {channel: {type: string}, customer: {type: object, properties: {name: {type: string}}}}\n";
}

inline Compiled compile(std::map<std::string, std::string> flows) {
  return compile_all({std::move(flows), file}, Catalog{}, setting);
}

/// "LINE:COLUMN CODE text" of each.
inline std::vector<std::string> short_findings(const Compiled& compiled) {
  std::vector<std::string> all;
  for (const auto& finding : compiled.findings) {
    all.push_back(std::to_string(finding.line) + ":" + std::to_string(finding.column) + " " + finding.code + " " +
                  (finding.severity == Severity::warning ? "(warning) " : "") + finding.text);
  }
  return all;
}

/// One flow, without a finding.
inline Graph graph(const std::string& text, std::map<std::string, std::string> others = {}) {
  others["flows/t.yaml"] = text;
  auto compiled = compile(std::move(others));
  for (const auto& finding : compiled.findings) ADD_FAILURE() << format(finding);
  if (!compiled.graphs.contains("t")) {
    ADD_FAILURE() << "no graph was made";
    return {};
  }
  return compiled.graphs.at("t");
}

inline int index(const Graph& graph, const std::string& id) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph.nodes[i].id == id) return static_cast<int>(i);
  }
  ADD_FAILURE() << "no node " << id;
  return no_node;
}

inline const Node& node(const Graph& graph, const std::string& id) {
  static const Node none;
  const int at = index(graph, id);
  return at == no_node ? none : graph.nodes[static_cast<std::size_t>(at)];
}

}  // namespace jackfield::flow::testing
