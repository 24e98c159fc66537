// What a plugin says of itself: the JSON of jf_plugin::descriptor, typed.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace jackfield::plugin {

struct StepDescriptor {
  std::string id, summary;
  bool pure = false, idempotent = false, irreversible = false;
  nlohmann::json input, output;             // JSON Schemas
};

struct Descriptor {
  std::string id, version, kind, summary;   // kind: "plugin" | "adapter"
  bool reentrant = false, blocking = false, batch = false;
  nlohmann::json settings;                  // JSON Schema
  std::vector<StepDescriptor> steps;

  /// Throws std::runtime_error naming what does not fit ("steps[2].id: expected text, found number").
  [[nodiscard]] static Descriptor parse(const std::string& json);
  [[nodiscard]] nlohmann::json to_json() const;
};

}  // namespace jackfield::plugin
