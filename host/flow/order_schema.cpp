#include "flow/order_schema.hpp"

#include "flow/finding.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <stdexcept>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpedantic"
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>
#pragma GCC diagnostic pop

namespace jackfield::flow {
namespace {

constexpr std::size_t problems_most = 100;
constexpr int depth_most = 64;
constexpr std::size_t pattern_bytes = 1024;  // a longer text is refused where there is a pattern: std::regex recurses
constexpr std::size_t shown_bytes = 40;

using Patterns = std::map<std::string, std::regex>;
using Problems = std::vector<OrderSchema::Problem>;

const Value* word(const Value& schema, const char* name) {
  const auto found = schema.find(name);
  return found == schema.end() ? nullptr : &*found;
}

std::string escaped(const std::string& member) {
  std::string text;
  for (const char c : member) text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return text;
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xc0) != 0x80; }));
}

std::string type_of(const Value& value) {
  if (value.is_number_integer()) return "integer";
  return value.type_name();
}

/// "integer 5", "array"; nothing of a sensitive member but its type.
std::string found(const Value& value, const Value& schema) {
  const Value* sensitive = word(schema, "x-sensitive");
  if (value.is_structured() || (sensitive != nullptr && *sensitive == true)) return type_of(value);
  std::string text = value.dump(-1, ' ', false, Value::error_handler_t::replace);
  if (text.size() > shown_bytes) {
    std::size_t cut = shown_bytes;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
    text = text.substr(0, cut) + "…";
  }
  return type_of(value) + " " + text;
}

std::string choices(const Value& list) {
  std::string text;
  for (const auto& one : list) text += (text.empty() ? "" : ", ") + (one.is_string() ? one.get<std::string>() : one.dump());
  return text;
}

std::string types(const Value& type) { return type.is_array() ? choices(type) : type.get<std::string>(); }

bool is_type(const Value& value, const std::string& type) {
  if (type == "integer") {
    return value.is_number_integer() || (value.is_number_float() && value.get<double>() == static_cast<double>(static_cast<std::int64_t>(value.get<double>())));
  }
  return type == "number" ? value.is_number() : type == value.type_name();
}

bool fits_type(const Value& value, const Value& type) {
  if (type.is_string()) return is_type(value, type.get_ref<const std::string&>());
  return std::any_of(type.begin(), type.end(), [&](const Value& one) { return is_type(value, one.get_ref<const std::string&>()); });
}

/// What a member should be, for a message.
std::string wanted(const Value& schema) {
  if (const Value* list = word(schema, "enum")) return "one of " + choices(*list);
  if (const Value* type = word(schema, "type")) return types(*type);
  return "a value";
}

class Walk {
 public:
  explicit Walk(const Patterns& patterns) : patterns_(patterns) {}
  Problems problems;

  void check(const Value& value, const Value& schema, const std::string& path, int depth) {
    if (!schema.is_object() || word(schema, "$ref") != nullptr || problems.size() >= problems_most) return;
    if (depth > depth_most) return add(path, "nested deeper than " + std::to_string(depth_most));
    if (const Value* type = word(schema, "type"); type != nullptr && !fits_type(value, *type)) {
      return add(path, "expected " + wanted(schema) + ", found " + found(value, schema));
    }
    const Value* list = word(schema, "enum");
    if (list != nullptr && std::find(list->begin(), list->end(), value) == list->end()) {
      return add(path, "expected " + wanted(schema) + ", found " + found(value, schema));
    }
    if (const Value* constant = word(schema, "const"); constant != nullptr && *constant != value) {
      return add(path, "expected " + constant->dump() + ", found " + found(value, schema));
    }
    if (const Value* all = word(schema, "allOf")) {
      for (const auto& one : *all) check(value, one, path, depth + 1);
    }
    if (const Value* condition = word(schema, "if")) branch(value, schema, *condition, path, depth);
    if (value.is_string()) text(value, schema, path);
    if (value.is_number()) number(value, schema, path);
    if (value.is_array()) array(value, schema, path, depth);
    if (value.is_object()) object(value, schema, path, depth);
  }

 private:
  void add(const std::string& path, std::string message) {
    if (problems.size() < problems_most) problems.push_back({path, std::move(message)});
  }

  /// "expected at least 20 characters, found 3"; true where there is a problem.
  bool size(std::size_t count, const Value& schema, const std::string& path, const char* least, const char* most, const char* unit) {
    const Value* low = word(schema, least);
    const Value* high = word(schema, most);
    const bool too_small = low != nullptr && low->is_number() && count < low->get<std::size_t>();
    if (!too_small && (high == nullptr || !high->is_number() || count <= high->get<std::size_t>())) return false;
    const bool exact = low != nullptr && high != nullptr && *low == *high;
    add(path, std::string("expected ") + (exact ? "" : too_small ? "at least " : "at most ") + (too_small ? *low : *high).dump() +
                  " " + unit + ", found " + std::to_string(count));
    return true;
  }

  void branch(const Value& value, const Value& schema, const Value& condition, const std::string& path, int depth) {
    Walk trial(patterns_);
    trial.check(value, condition, path, depth + 1);
    const Value* taken = word(schema, trial.problems.empty() ? "then" : "else");
    if (taken != nullptr) check(value, *taken, path, depth + 1);
  }

  void text(const Value& value, const Value& schema, const std::string& path) {
    const auto& string = value.get_ref<const std::string&>();
    if (size(characters(string), schema, path, "minLength", "maxLength", "characters")) return;
    const Value* pattern = word(schema, "pattern");
    if (pattern == nullptr) return;
    if (string.size() > pattern_bytes) {
      return add(path, "expected at most " + std::to_string(pattern_bytes) + " bytes, found " + std::to_string(string.size()));
    }
    const auto regex = patterns_.find(pattern->get_ref<const std::string&>());
    if (regex != patterns_.end() && !std::regex_search(string, regex->second)) {
      add(path, "expected text that fits " + regex->first + ", found " + found(value, schema));
    }
  }

  void number(const Value& value, const Value& schema, const std::string& path) {
    const auto bound = [&](const char* name, const char* words, auto holds) {
      const Value* limit = word(schema, name);
      if (limit == nullptr || !limit->is_number() || holds(value, *limit)) return;
      add(path, std::string("expected ") + words + " " + limit->dump() + ", found " + found(value, schema));
    };
    bound("minimum", "at least", [](const Value& a, const Value& b) { return a >= b; });
    bound("maximum", "at most", [](const Value& a, const Value& b) { return a <= b; });
    bound("exclusiveMinimum", "more than", [](const Value& a, const Value& b) { return a > b; });
    bound("exclusiveMaximum", "less than", [](const Value& a, const Value& b) { return a < b; });
  }

  void array(const Value& value, const Value& schema, const std::string& path, int depth) {
    if (size(value.size(), schema, path, "minItems", "maxItems", "items")) return;
    const Value* items = word(schema, "items");
    if (items == nullptr || !items->is_object()) return;
    for (std::size_t i = 0; i < value.size(); ++i) check(value[i], *items, path + "/" + std::to_string(i), depth + 1);
  }

  void object(const Value& value, const Value& schema, const std::string& path, int depth) {
    static const Value none = Value::object();
    const Value* listed = word(schema, "properties");
    const Value& properties = listed == nullptr ? none : *listed;
    if (const Value* required = word(schema, "required")) {
      for (const auto& name : *required) {
        if (value.contains(name)) continue;
        const auto member = properties.find(name.get<std::string>());
        missing(member == properties.end() ? none : *member, path + "/" + escaped(name), depth + 1);
      }
    }
    for (const auto& [name, member] : value.items()) {
      const std::string at = path + "/" + escaped(name);
      if (const auto known = properties.find(name); known != properties.end()) {
        check(member, *known, at, depth + 1);
      } else {
        unknown(name, member, schema, properties, at, depth);
      }
    }
  }

  /// Names the member itself, and what it would have to hold.
  void missing(const Value& schema, const std::string& path, int depth) {
    add(path, "is missing; expected " + (schema.empty() ? "a value" : wanted(schema)));
    const Value* required = word(schema, "required");
    const Value* properties = word(schema, "properties");
    if (required == nullptr || depth > depth_most) return;
    for (const auto& name : *required) {
      const bool known = properties != nullptr && properties->contains(name);
      missing(known ? (*properties)[name.get<std::string>()] : Value::object(), path + "/" + escaped(name), depth + 1);
    }
  }

  void unknown(const std::string& name, const Value& member, const Value& schema, const Value& properties,
               const std::string& at, int depth) {
    const Value* more = word(schema, "additionalProperties");
    if (more == nullptr || word(schema, "patternProperties") != nullptr) return;
    if (more->is_object()) return check(member, *more, at, depth + 1);
    if (*more != false) return;
    std::vector<std::string> names;
    for (const auto& [known, value] : properties.items()) names.push_back(known);
    add(at, "unknown member" + did_you_mean(name, names));
  }

  const Patterns& patterns_;
};

void collect_patterns(const Value& schema, Patterns& patterns, int depth = 0) {
  if (depth > depth_most) throw std::invalid_argument("nested deeper than " + std::to_string(depth_most));
  if (schema.is_array() || schema.is_object()) {
    for (const auto& inner : schema) collect_patterns(inner, patterns, depth + 1);
  }
  if (!schema.is_object()) return;
  const Value* pattern = word(schema, "pattern");
  if (pattern == nullptr || !pattern->is_string()) return;
  try {
    const auto& text = pattern->get_ref<const std::string&>();
    patterns.try_emplace(text, text, std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error& error) {
    throw std::invalid_argument("pattern " + pattern->dump() + ": " + error.what());
  }
}

/// The words the walk reads have the types it relies on.
void check_words(const Value& schema, const std::string& where, int depth = 0) {
  static const std::vector<std::string> known{"null", "boolean", "integer", "number", "string", "array", "object"};
  if (schema.is_boolean()) return;
  const auto refuse = [&](const std::string& text) { throw std::invalid_argument((where.empty() ? "/" : where) + ": " + text); };
  if (!schema.is_object() || depth > depth_most) refuse("expected a schema, found " + std::string(schema.type_name()));
  if (const Value* type = word(schema, "type")) {
    for (const auto& one : type->is_array() ? *type : Value::array({*type})) {
      if (!one.is_string() || std::find(known.begin(), known.end(), one.get<std::string>()) == known.end()) {
        refuse("type " + one.dump() + ", expected one of null, boolean, integer, number, string, array, object" +
               (one.is_string() ? did_you_mean(one.get<std::string>(), known) : std::string()));
      }
    }
  }
  if (const Value* list = word(schema, "enum"); list != nullptr && !list->is_array()) refuse("enum: expected a list");
  if (const Value* list = word(schema, "required")) {
    const bool texts = list->is_array() && std::all_of(list->begin(), list->end(), [](const Value& v) { return v.is_string(); });
    if (!texts) refuse("required: expected a list of names");
  }
  for (const char* name : {"minLength", "maxLength", "minItems", "maxItems"}) {
    const Value* limit = word(schema, name);
    if (limit != nullptr && !(limit->is_number_integer() && *limit >= 0)) refuse(std::string(name) + ": expected a whole number");
  }
  if (const Value* pattern = word(schema, "pattern"); pattern != nullptr && !pattern->is_string()) refuse("pattern: expected text");
  if (const Value* properties = word(schema, "properties")) {
    if (!properties->is_object()) refuse("properties: expected a map");
    for (const auto& [name, inner] : properties->items()) check_words(inner, where + "/" + name, depth + 1);
  }
  if (const Value* all = word(schema, "allOf")) {
    if (!all->is_array() || all->empty()) refuse("allOf: expected a list of schemas");
    for (const auto& one : *all) check_words(one, where + "/allOf", depth + 1);
  }
  for (const char* name : {"if", "then", "else"}) {
    if (const Value* one = word(schema, name)) check_words(*one, where + "/" + name, depth + 1);
  }
  if (const Value* items = word(schema, "items"); items != nullptr && !items->is_array()) check_words(*items, where + "/items", depth + 1);
  if (const Value* more = word(schema, "additionalProperties")) check_words(*more, where + "/additionalProperties", depth + 1);
}

/// Whether the walk knows every word of the schema, so that valijson has nothing to add.
bool is_plain(const Value& schema, int depth = 0) {
  static const std::vector<std::string> known{
      "type", "enum", "const", "required", "properties", "additionalProperties", "items", "minLength", "maxLength", "pattern",
      "minItems", "maxItems", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "title", "description", "default",
      "examples", "x-sensitive", "$schema", "$id", "$comment", "allOf", "if", "then", "else"};
  static const std::vector<std::string> nested{"items", "additionalProperties", "if", "then", "else"};
  if (schema.is_boolean()) return true;
  if (!schema.is_object() || depth > depth_most) return false;
  for (const auto& [name, value] : schema.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) return false;
    if (std::find(nested.begin(), nested.end(), name) != nested.end() && !is_plain(value, depth + 1)) return false;
    if ((name == "if" || name == "then" || name == "else") && value == false) return false;
    if (name != "properties" && name != "allOf") continue;
    for (const auto& inner : value) {
      if (inner == false || !is_plain(inner, depth + 1)) return false;
    }
  }
  return true;
}

/// "[customer]", "[id_number]" → "/customer/id_number".
std::string pointer(const std::vector<std::string>& context) {
  std::string path;
  for (const auto& part : context) {
    if (part.size() > 2 && part.front() == '[' && part.back() == ']') path += "/" + escaped(part.substr(1, part.size() - 2));
  }
  return path;
}

}  // namespace

struct OrderSchema::Program {
  Value schema;
  Patterns patterns;
  bool plain = false;
  valijson::Schema compiled;
};

OrderSchema::OrderSchema(const Value& schema) {
  auto program = std::make_shared<Program>();
  program->schema = schema.is_null() ? Value{{"type", "object"}} : schema;
  check_words(program->schema, "");
  collect_patterns(program->schema, program->patterns);
  program->plain = is_plain(program->schema);
  try {
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(program->schema), program->compiled);
  } catch (const std::exception& error) {
    throw std::invalid_argument(error.what());
  }
  program_ = std::move(program);
}

std::vector<OrderSchema::Problem> OrderSchema::check_members(const Value& choice) const {
  const Value whole = without_nulls(choice);
  const Value* properties = word(program_->schema, "properties");
  Walk walk(program_->patterns);
  if (properties == nullptr || !whole.is_object()) return {};
  for (const auto& [name, value] : whole.items()) {
    if (const auto found = properties->find(name); found != properties->end()) {
      walk.check(value, *found, "/" + escaped(name), 0);
    }
  }
  return std::move(walk.problems);
}

std::vector<OrderSchema::Problem> OrderSchema::check(const Value& order) const {
  const Value whole = without_nulls(order);
  Walk walk(program_->patterns);
  walk.check(whole, program_->schema, "", 0);
  if (!walk.problems.empty() || program_->plain) return std::move(walk.problems);
  valijson::Validator validator;
  valijson::ValidationResults results;
  const valijson::adapters::NlohmannJsonAdapter target(whole);
  if (validator.validate(program_->compiled, target, &results)) return {};
  Problems problems;
  for (valijson::ValidationResults::Error error; results.popError(error);) {
    Problem problem{pointer(error.context), error.description};
    if (problems.size() < problems_most) problems.push_back(std::move(problem));
  }
  // What contains a wrong member is reported as wrong too: the member says it all.
  std::erase_if(problems, [&](const Problem& outer) {
    return outer.message.starts_with("Failed to validate against schema associated with") &&
           std::any_of(problems.begin(), problems.end(), [&](const Problem& inner) {
             return inner.path.size() > outer.path.size() && inner.path.starts_with(outer.path + "/");
           });
  });
  if (problems.empty()) problems.push_back({"", "does not fit the schema"});
  return problems;
}

Value without_nulls(Value value) {
  if (value.is_object()) {
    for (auto member = value.begin(); member != value.end();) {
      if (member->is_null()) {
        member = value.erase(member);
      } else {
        *member = without_nulls(std::move(*member));
        ++member;
      }
    }
  } else if (value.is_array()) {
    for (auto& item : value) item = without_nulls(std::move(item));
  }
  return value;
}

}  // namespace jackfield::flow
