// Flow files and the schemas they name, compiled; what compiles is begun and cancelled.
//
// Input: flow files, each behind a line "#file NAME". Promised: findings, never a crash or an endless expansion; a
// finding points into its file; a graph that was made survives its own serialised form, and an order can be begun on
// it.
#include "harness.hpp"

#include "flow/compiler.hpp"
#include "flow/decide.hpp"
#include "flow/drawing.hpp"

#include <algorithm>

namespace jackfield::fuzz {
namespace {

using flow::Value;

/// Knows every step there could be; what a step declares is told by its plugin's name.
class Catalog final : public flow::StepCatalog {
 public:
  std::optional<flow::StepFacts> find(const std::string& step) const override {
    if (step.find('.') == std::string::npos || step.ends_with(".unknown")) return std::nullopt;
    flow::StepFacts facts;
    facts.pure = step.starts_with("interface.") || step.starts_with("pure.");
    facts.idempotent = !step.starts_with("pay.");
    if (step.starts_with("typed.")) {
      facts.input = Value::parse(R"({"type":"object","required":["id"],"properties":{"id":{"type":"string"},
        "count":{"type":"integer"},"where":{"type":"object","required":["city"]}}})");
      facts.output = Value::parse(R"({"type":"object","properties":{"msisdn":{"type":"string"}}})");
    }
    return facts;
  }
  std::vector<std::string> steps() const override { return {"typed.step", "pay.charge", "stock.reserve"}; }
};

std::optional<Value> setting(const std::string& plugin, const std::string& key) {
  if (plugin != "resource") return std::nullopt;
  return key == "hold" ? std::optional<Value>("30m") : std::nullopt;
}

void play(const flow::Graph& graph) {
  flow::State state;
  state.id = "01J00000000000000000000000";
  flow::Event event;
  event.kind = flow::EventKind::started;
  event.at = flow::TimePoint{flow::Millis{1'795'334'400'000}};
  event.body = Value::parse(R"({"channel":"hall","msisdn":"13800138000","card":{"type":"SIM"},"items":[1,2,3]})");
  event.name = state.id;
  (void)flow::decide(graph, state, event);
  for (int turn = 0; turn < 20 && !state.tokens.empty(); ++turn) {
    const auto token = state.tokens[static_cast<std::size_t>(turn) % state.tokens.size()];
    event = {};
    event.at = flow::TimePoint{flow::Millis{1'795'334'400'000 + turn}};
    event.kind = turn == 15 ? flow::EventKind::cancel : flow::EventKind::done;
    event.token = token.id;
    event.attempt = token.attempt;
    event.body = Value::object({{"ok", true}, {"msisdn", "13800138000"}});
    if (flow::meets(graph, state, event)) (void)flow::decide(graph, state, event);
  }
}

}  // namespace
}  // namespace jackfield::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield;
  flow::Sources sources;
  std::map<std::string, std::string> others;
  for (auto& part : fuzz::parts_of(fuzz::text_of(data, size), "#file ", 16)) {
    if (part.name.empty()) part.name = "flows/t.yaml";
    (part.name.starts_with("flows/") ? sources.flows : others)[part.name] = part.text;
  }
  sources.read = [&others](const std::string& name) -> std::optional<std::string> {
    const auto found = others.find(name);
    return found == others.end() ? std::nullopt : std::optional(found->second);
  };
  const auto compiled = flow::compile_all(sources, fuzz::Catalog{}, fuzz::setting);
  for (const auto& finding : compiled.findings) {
    const std::string& text = sources.flows.contains(finding.file) ? sources.flows[finding.file] : others[finding.file];
    fuzz::require(finding.line >= 0 && finding.line <= 2 + std::count(text.begin(), text.end(), '\n'),
                  "a finding's line is in its file", flow::format(finding));
  }
  for (const auto& [id, graph] : compiled.graphs) {
    auto again = flow::Graph::deserialise(graph.serialise());
    again.seal();
    fuzz::require(again.hash == graph.hash, "a definition is what was stored of it", id);
    fuzz::play(graph);
  }
  return 0;
}
