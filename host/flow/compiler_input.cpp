// What a step is given, against what its plugin says it takes.
#include "flow/compiler_graph.hpp"

#include <algorithm>

namespace jackfield::flow {
namespace {

std::vector<std::string> members_of(const Value& schema) {
  std::vector<std::string> names;
  if (const auto properties = schema.find("properties"); properties != schema.end() && properties->is_object()) {
    for (const auto& [name, value] : properties->items()) names.push_back(name);
  }
  return names;
}

/// The schema names all members there can be.
bool closed(const Value& schema) {
  const auto more = schema.find("additionalProperties");
  return !members_of(schema).empty() && (more == schema.end() || *more == false);
}

std::vector<std::string> required_of(const Value& schema) {
  std::vector<std::string> names;
  const auto required = schema.find("required");
  if (required == schema.end() || !required->is_array()) return names;
  for (const auto& name : *required) {
    if (name.is_string()) names.push_back(name.get<std::string>());
  }
  return names;
}

bool is_type(const Value& value, const std::string& type) {
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  return true;
}

/// "text or integer" where the value is none of these; empty where it fits or the schema does not say.
std::string expected_instead(const Value& value, const Value& schema) {
  const auto type = schema.find("type");
  if (type == schema.end()) return {};
  std::string names;
  for (const auto& one : type->is_array() ? *type : Value::array({*type})) {
    if (!one.is_string() || is_type(value, one.get<std::string>())) return {};
    names += (names.empty() ? "" : " or ") + one.get<std::string>();
  }
  return names;
}

}  // namespace

std::optional<StepFacts> GraphCompiler::facts_of(const Yaml& name, const Room& room) {
  auto read = reader(room);
  const auto step = read.text(name, "a step");
  if (!step) return std::nullopt;
  auto facts = catalog_.find(*step);
  if (!facts) {
    read.add(code::unknown_step, name, "no plugin or adapter has the step '" + *step + "'" + did_you_mean(*step, catalog_.steps()));
  }
  return facts;
}

void GraphCompiler::check_input(const Yaml& with, const Value& schema, const std::string& step, const Yaml& where,
                                const Room& room) {
  if (!schema.is_object()) return;
  auto read = reader(room);
  if (!with.IsDefined()) {  // then it is given the order (in a sub-flow: its input)
    if (room.scope != 0 || !graph_.order_schema.is_object() || !closed(graph_.order_schema)) return;
    const auto given = members_of(graph_.order_schema);
    for (const auto& name : required_of(schema)) {
      if (std::find(given.begin(), given.end(), name) != given.end()) continue;
      read.add(code::missing_input, where, step + " needs '" + name + "', which the order has not; give it in 'with'");
    }
    return;
  }
  if (!with.IsMap()) return;
  const auto known = members_of(schema);
  for (const auto& pair : with) {
    const std::string& name = pair.first.Scalar();
    const bool there = std::find(known.begin(), known.end(), name) != known.end();
    if (!there && closed(schema)) {
      auto meant = did_you_mean(name, known);
      if (meant.empty()) {
        for (const auto& other : known) meant += (meant.empty() ? "; it takes " : ", ") + other;
      }
      read.add(code::unknown_input, pair.first, step + " has no input '" + name + "'" + meant);
    }
    if (there) check_literal(pair.second, schema.at("properties").at(name), name, room);
  }
  for (const auto& name : required_of(schema)) {
    if (member(with, name).IsDefined()) continue;
    read.add(code::missing_input, with, step + " needs the input '" + name + "'");
  }
}

/// A value that needs no data is checked now; nested maps have their own schema.
void GraphCompiler::check_literal(const Yaml& value, const Value& schema, const std::string& name, const Room& room) {
  if (!schema.is_object()) return;
  if (value.IsMap()) return check_input(value, schema, "'" + name + "'", value, room);
  if (!value.IsScalar() || value.Scalar().empty()) return;
  try {
    const Expression expression(value.Scalar());
    if (!expression.names().empty()) return;
    const Value found = expression.evaluate([](std::string_view) -> const Value* { return nullptr; });
    if (found.is_null()) return;
    auto read = reader(room);
    if (const auto expected = expected_instead(found, schema); !expected.empty()) {
      return read.add(code::wrong_input, value, "'" + name + "': expected " + expected + ", found " + found.dump());
    }
    const auto words = schema.find("enum");
    if (words != schema.end() && words->is_array() && std::find(words->begin(), words->end(), found) == words->end()) {
      read.add(code::wrong_input, value, "'" + name + "': expected one of " + words->dump() + ", found " + found.dump());
    }
  } catch (const std::exception&) {
    return;  // what cannot be compiled has its finding; what fails without data is no literal
  }
}

}  // namespace jackfield::flow
