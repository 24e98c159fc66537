// Whether a JSON value fits a JSON Schema.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace jackfield::conformance {

/// Why the schema cannot be used; empty where it can.
[[nodiscard]] std::string schema_error(const nlohmann::json& schema);
/// What does not fit, by its place; empty where all does. The schema can be used.
[[nodiscard]] std::string misfit_of(const nlohmann::json& value, const nlohmann::json& schema);

}  // namespace jackfield::conformance
