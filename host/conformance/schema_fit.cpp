#include "conformance/schema_fit.hpp"

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace jackfield::conformance {

std::string schema_error(const nlohmann::json& schema) {
  try {
    valijson::Schema compiled;
    valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(schema), compiled);
    return {};
  } catch (const std::exception& error) {
    return std::string("a schema that cannot be used: ") + error.what();
  }
}

std::string misfit_of(const nlohmann::json& value, const nlohmann::json& schema) {
  valijson::Schema compiled;
  valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(schema), compiled);
  valijson::ValidationResults results;
  valijson::Validator validator;
  if (validator.validate(compiled, valijson::adapters::NlohmannJsonAdapter(value), &results)) return {};
  std::string place, text = "it does not fit";
  for (const auto& error : results) {  // the first is the deepest
    for (const auto& part : error.context) place += part;
    text = error.description;
    break;
  }
  return place + ": " + text;
}

}  // namespace jackfield::conformance
