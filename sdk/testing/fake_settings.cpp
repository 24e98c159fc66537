// The settings as the host would hand them over: validated by the schema, defaults filled in.
#include "fake_state.hpp"

#include <stdexcept>

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace jackfield::testing {

namespace {

void fill_defaults(const nlohmann::json& schema, nlohmann::json& value) {
  if (!value.is_object() || !schema.contains("properties")) return;
  for (const auto& [name, property] : schema["properties"].items()) {
    if (value.contains(name))
      fill_defaults(property, value[name]);
    else if (property.contains("default"))
      value[name] = property["default"];
  }
}

// null counts as left out.
void drop_nulls(nlohmann::json& value) {
  if (!value.is_object()) return;
  for (auto member = value.begin(); member != value.end();) {
    if (member->is_null()) {
      member = value.erase(member);
    } else {
      drop_nulls(*member);
      ++member;
    }
  }
}

}  // namespace

nlohmann::json complete_settings(const nlohmann::json& schema, nlohmann::json settings) {
  valijson::Schema compiled;
  valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(schema), compiled);
  drop_nulls(settings);
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (!validator.validate(compiled, valijson::adapters::NlohmannJsonAdapter(settings), &results)) {
    std::string text = "settings do not fit their schema:";
    for (const auto& finding : results) {
      std::string place;
      for (const auto& part : finding.context) place += part;
      text += " " + place + ": " + finding.description;
    }
    throw std::runtime_error(text);
  }
  fill_defaults(schema, settings);
  return settings;
}

}  // namespace jackfield::testing
