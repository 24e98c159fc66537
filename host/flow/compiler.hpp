// From YAML to graphs: reads every flow of a configuration, says everything that is wrong with it at once, and makes
// the graphs that decide() walks.
//
// What the environment knows and a flow depends on (the facts of a step, its default retries and time limits, the
// settings a flow names) is asked for here, once, and baked into the graph: an instance ends on what it began with.
// Settings end up in stored definitions; a SettingLookup gives no secrets.
//
// Thread rule: none; nothing is kept between calls. No I/O but `Sources::read`. Nothing throws for a wrong flow.
#pragma once

#include "flow/finding.hpp"
#include "flow/graph.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace jackfield::flow {

/// What the host knows of a step: its plugin's description, and the defaults of its plugin's or adapter's settings.
struct StepFacts {
  bool pure = false;
  bool idempotent = false;
  bool irreversible = false;
  Value input, output;          // JSON Schemas; null: anything
  Retry retry;
  Millis timeout{5000};
  Millis give_up{0};            // of detached steps
};

class StepCatalog {
 public:
  virtual ~StepCatalog() = default;
  /// By step id ("credit.check").
  [[nodiscard]] virtual std::optional<StepFacts> find(const std::string& step) const = 0;
  /// All step ids, for "did you mean".
  [[nodiscard]] virtual std::vector<std::string> steps() const = 0;
};

/// `setting.<plugin>.<key>`; the key may have dots. Nothing where there is no such setting.
using SettingLookup = std::function<std::optional<Value>(const std::string& plugin, const std::string& key)>;

struct Sources {
  std::map<std::string, std::string> flows;  // file name as findings show it → text
  /// Another file of the configuration ("schema/order.yaml" beside "flows/"), named as the flows are.
  std::function<std::optional<std::string>(const std::string& file)> read;
};

struct Compiled {
  std::map<std::string, Graph> graphs;       // by flow id; sealed; only those without an error
  std::vector<Finding> findings;             // by file and place

  [[nodiscard]] bool refused() const;        // there is an error
};

[[nodiscard]] Compiled compile_all(const Sources& sources, const StepCatalog& catalog, const SettingLookup& settings);

}  // namespace jackfield::flow
