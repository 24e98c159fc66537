#include "conformance/specimen.hpp"

#include "conformance/pattern_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace jackfield::conformance {
namespace {

using Json = nlohmann::json;

constexpr int depth_most = 8;

double limit(const Json& schema, const char* name, double otherwise) {
  const auto found = schema.find(name);
  return found != schema.end() && found->is_number() ? found->get<double>() : otherwise;
}

std::set<std::string> types(const Json& schema) {
  std::set<std::string> all;
  const Json type = schema.is_object() ? schema.value("type", Json()) : Json();
  if (type.is_string()) all.insert(type.get<std::string>());
  if (type.is_array())
    for (const Json& one : type)
      if (one.is_string()) all.insert(one.get<std::string>());
  return all;
}

}  // namespace

const Json& Specimen::resolved(const Json& schema) const {
  const Json* at = &schema;
  for (int steps = 0; steps < depth_most && at->is_object() && at->contains("$ref"); ++steps) {
    const Json& to = (*at)["$ref"];
    if (!to.is_string() || !to.get<std::string>().starts_with("#") || root_ == nullptr) break;
    try {
      at = &root_->at(Json::json_pointer(to.get<std::string>().substr(1)));
    } catch (const Json::exception&) {
      break;
    }
  }
  return *at;
}

Json Specimen::of(const Json& schema) {
  root_ = &schema;
  return value(schema, 0);
}

Json Specimen::value(const Json& given, int depth) {
  const Json& schema = resolved(given);
  if (!schema.is_object() || depth > depth_most) return schema.is_object() ? Json() : anything(depth);
  if (schema.contains("const")) return schema["const"];
  for (const char* list : {"enum", "examples"})
    if (schema.contains(list) && schema[list].is_array() && !schema[list].empty())
      return schema[list][any(schema[list].size())];
  for (const char* choice : {"anyOf", "oneOf"})
    if (schema.contains(choice) && schema[choice].is_array() && !schema[choice].empty())
      return value(schema[choice][any(schema[choice].size())], depth + 1);
  if (schema.contains("allOf") && schema["allOf"].is_array()) {
    Json joined = schema;
    joined.erase("allOf");
    for (const Json& part : schema["allOf"])
      if (resolved(part).is_object()) joined.merge_patch(resolved(part));
    return value(joined, depth + 1);
  }
  auto all = types(schema);
  if (all.empty() && schema.contains("properties")) all.insert("object");
  if (all.empty()) return anything(depth);
  if (all.size() > 1) all.erase("null");
  const std::string type = *std::next(all.begin(), static_cast<std::ptrdiff_t>(any(all.size())));
  if (type == "object") return object(schema, depth);
  if (type == "array") return list(schema, depth);
  if (type == "string") return text_for(schema);
  if (type == "integer") return number(schema, true);
  if (type == "number") return number(schema, false);
  if (type == "boolean") return any(2) == 1;
  return nullptr;
}

Json Specimen::object(const Json& schema, int depth) {
  Json made = Json::object();
  const Json known = schema.value("properties", Json::object()), required = schema.value("required", Json::array());
  for (const auto& [name, inner] : known.items()) {
    const bool must = std::find(required.begin(), required.end(), Json(name)) != required.end();
    if (must || any(4) > 0) made[name] = value(inner, depth + 1);
  }
  for (const Json& name : required)
    if (name.is_string() && !made.contains(name.get<std::string>())) made[name.get<std::string>()] = anything(depth + 1);
  const Json more = schema.value("additionalProperties", Json());
  if (more.is_object())
    for (std::size_t count = any(3); count > 0; --count) made["key" + std::to_string(count)] = value(more, depth + 1);
  return made;
}

Json Specimen::list(const Json& schema, int depth) {
  Json made = Json::array();
  const auto least = static_cast<std::size_t>(limit(schema, "minItems", 0));
  const auto most = static_cast<std::size_t>(limit(schema, "maxItems", static_cast<double>(least) + 3));
  const Json inner = schema.value("items", Json::object());
  const std::size_t count = least + any(std::min<std::size_t>(most - std::min(most, least), 3) + 1);
  for (std::size_t i = 0; i < std::min<std::size_t>(count, 1000); ++i) made.push_back(value(inner, depth + 1));
  return made;
}

Json Specimen::number(const Json& schema, bool whole) {
  double least = std::max(limit(schema, "minimum", -1e6), limit(schema, "exclusiveMinimum", -1e6) + (whole ? 1 : 0.5));
  double most = std::min(limit(schema, "maximum", 1e6), limit(schema, "exclusiveMaximum", 1e6) - (whole ? 1 : 0.5));
  if (schema.contains("minimum") && !schema.contains("maximum")) most = std::max(most, least + 1000);
  if (most < least) most = least;
  const auto spread = static_cast<std::size_t>(std::min(most - least, 1e9)) + 1;
  double chosen = least + static_cast<double>(any(spread));
  if (any(4) == 0) chosen = any(2) == 0 ? least : most;  // the edges more often than chance has it
  const double step = limit(schema, "multipleOf", 0);
  if (step > 0) chosen = std::ceil(least / step) * step;
  if (whole) return static_cast<std::int64_t>(std::clamp(chosen, -9e18, 9e18));
  return step > 0 ? chosen : std::min(chosen + static_cast<double>(any(100)) / 100, most);
}

Json Specimen::text_for(const Json& schema) {
  if (schema.contains("pattern") && schema["pattern"].is_string())
    if (auto like = text_like(schema["pattern"].get<std::string>(), random_)) return *like;
  const std::string format = schema.value("format", Json()).is_string() ? schema["format"].get<std::string>() : "";
  if (format == "date") return "2026-11-22";
  if (format == "date-time") return "2026-11-22T08:00:00Z";
  if (format == "time") return "08:00:00Z";
  if (format == "uri") return "http://127.0.0.1:9/";
  const auto least = static_cast<std::size_t>(std::max(limit(schema, "minLength", 0), 0.0));
  const auto most = static_cast<std::size_t>(std::max(limit(schema, "maxLength", static_cast<double>(least) + 24), 0.0));
  return text(std::min<std::size_t>(least, 4096), std::min<std::size_t>(most, least + 24));
}

std::string Specimen::text(std::size_t least, std::size_t most) {
  static const std::array<std::string, 14> letters{"a", "b", "Z", "0", "1", "7", "-", "_", " ", "\"", "\\", "号", "é", "\n"};
  const std::size_t count = least + any(most >= least ? most - least + 1 : 1);
  const std::size_t plain = any(3) > 0 ? 7 : letters.size();
  std::string made;
  for (std::size_t i = 0; i < count; ++i) made += letters[any(plain)];
  return made;
}

Json Specimen::wrong(const Json& schema) {
  const auto all = types(schema);
  if (all.empty()) return nullptr;
  if (!all.contains("object")) return Json{{"of", "another type"}};
  if (!all.contains("string")) return "of another type";
  if (!all.contains("array")) return Json::array({"of", "another", "type"});
  return nullptr;
}

Json Specimen::anything(int depth) {
  switch (any(depth < 3 ? 9 : 6)) {
    case 0: return nullptr;
    case 1: return any(2) == 1;
    case 2: return static_cast<std::int64_t>(random_());
    case 3: return static_cast<double>(static_cast<std::int64_t>(random_())) / 7;
    case 4: return text(0, 40);
    case 5: return static_cast<std::int64_t>(any(10));
    case 6: {
      Json list = Json::array();
      for (std::size_t count = any(4); count > 0; --count) list.push_back(anything(depth + 1));
      return list;
    }
    default: {
      Json map = Json::object();
      for (std::size_t count = any(4); count > 0; --count) map[text(0, 8)] = anything(depth + 1);
      return map;
    }
  }
}

}  // namespace jackfield::conformance
