#include "shipped.hpp"

#include "flow_maker.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace jackfield::simulation {
namespace {

using flow::Value;

std::optional<std::string> text_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return stream ? std::optional(text.str()) : std::nullopt;
}

/// Any step there is; all may be repeated.
class AnyStep final : public flow::StepCatalog {
 public:
  std::optional<flow::StepFacts> find(const std::string&) const override {
    flow::StepFacts facts;
    facts.idempotent = true;
    facts.retry = {6, flow::Millis{retry_first_ms}, flow::Millis{2000}};
    facts.timeout = flow::Millis{5000};
    facts.give_up = flow::Millis{give_up_ms};
    return facts;
  }
  std::vector<std::string> steps() const override { return {}; }
};

}  // namespace

const std::map<std::string, flow::Graph>& shipped_flows(const std::string& config) {
  static std::map<std::string, flow::Graph> flows;
  if (!flows.empty()) return flows;
  flow::Sources sources;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(config) / "flows")) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".yaml") || name.ends_with(".test.yaml")) continue;
    if (auto text = text_of(entry.path())) sources.flows["flows/" + name] = std::move(*text);
  }
  sources.read = [config](const std::string& file) { return text_of(std::filesystem::path(config) / file); };
  auto compiled = flow::compile_all(sources, AnyStep{}, [](const std::string&, const std::string& key) {
    return std::optional<Value>(key == "receipt_timeout" ? "24h" : "30m");
  });
  if (compiled.refused() || compiled.graphs.empty()) {
    std::string text = "the flows of " + config + " are refused:\n";
    for (const auto& finding : compiled.findings) text += flow::format(finding) + "\n";
    throw std::logic_error(text);
  }
  flows = std::move(compiled.graphs);
  for (auto& [name, graph] : flows) graph.order_schema = nullptr;   // judged before the engine; dear to make
  return flows;
}

Value shipped_order(const std::string& flow, const std::string& mark) {
  Value order = {{"nonce", mark},
                 {"channel", "hall"},
                 {"operator", "op-7"},
                 {"customer", {{"id_type", "passport"}, {"id_number", "E12345678"}, {"name", "A"}, {"phone", "1"}}},
                 {"payment", {{"method", "card"}, {"reference", "R1"}}},
                 {"card", {{"type", "USIM"}}},
                 {"msisdn", "13800138000"}};
  if (flow == "open-account") {
    order["product"] = "P1";
    order["account"] = {{"mode", "new"}};
  }
  if (flow == "change-number") order["new_msisdn"] = "13800138001";
  if (flow == "replace-card") order["reason"] = "lost";
  return order;
}

ShippedBusiness::ShippedBusiness(const std::map<std::string, flow::Graph>& flows) {
  for (const auto& [name, graph] : flows) {
    for (const auto& node : graph.nodes) {
      if (!node.undo.empty()) undone_by_[node.undo] = node.step;
      if (!node.verify.empty()) asked_by_[node.verify] = node.step;
    }
  }
}

About ShippedBusiness::about(const lane::Task& task) const {
  const Value input = Value::from_msgpack(task.input, true, false);
  const auto undo = undone_by_.find(task.step);
  if (undo != undone_by_.end() && input.contains("input") && input.contains("output")) {
    return {Role::undo, task.instance + "|" + undo->second + "|" + input["input"].dump()};
  }
  const auto asked = asked_by_.find(task.step);
  if (asked != asked_by_.end()) return {Role::verify, task.instance + "|" + asked->second + "|" + input.dump()};
  return {Role::idem, task.instance + "|" + task.step + "|" + input.dump()};
}

bool ShippedBusiness::undoable(const lane::Task& task) const {
  return std::any_of(undone_by_.begin(), undone_by_.end(), [&](const auto& one) { return one.second == task.step; });
}

Value ShippedBusiness::output(const lane::Task&) const {
  const std::string nobody = "0";
  return {{"product", "P1"},           {"product_name", "P"},     {"tariff", "T1"},       {"tariff_name", "T"},
          {"template", 1},             {"msisdn", "13800138000"}, {"new_msisdn", "13800138001"},
          {"iccid", "8986"},           {"imsi", "46000"},         {"ki", "K"},            {"old_iccid", "8985"},
          {"old_imsi", "46001"},       {"old_ki", "O"},           {"card_type", "USIM"},  {"type", "USIM"},
          {"number_fee_fen", 100},     {"total_fen", 5000},       {"customer", "C1"},     {"account", "A1"},
          {"id_number", "E12345678"},  {"grade", "A"},            {"deposit_fen", 0},     {"blacklisted", false},
          {"listed", false},           {"arrears_fen", 0},        {"state", "captured"},  {"id", nobody},
          {"charged_at", "now"},       {"items", Value::array()}, {"entries", Value::array()},
          {"documents", Value::array()}, {"needs", Value::array()}, {"card_types", Value::array()}};
}

}  // namespace jackfield::simulation
