#include "plugin/settings.hpp"

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <algorithm>
#include <numeric>
#include <set>

namespace jackfield::plugin {
namespace {

using nlohmann::json;

constexpr int max_threads = 256;

// The host's own keys, for every plugin and for adapters alone.
json host_keys(bool adapter) {
  const json duration = {{"type", json::array({"string", "integer"})},
                         {"pattern", "^[0-9]+(ms|s|m|h|d)$"},
                         {"minimum", 0},
                         {"description", "a duration such as 500ms, 5s, 30m, 24h or 90d"}};
  const json size = {{"type", json::array({"string", "integer"})},
                     {"pattern", "^[0-9]+(KB|MB|GB)$"},
                     {"minimum", 1},
                     {"description", "a size such as 64MB, 256MB or 1GB"}};
  const json limits = {{"type", "object"},
                       {"additionalProperties", false},
                       {"properties", {{"memory", size},
                                       {"files", {{"type", "integer"}, {"minimum", 16}, {"maximum", 1'000'000}}}}}};
  json keys = {{"isolation", {{"enum", {"pool", "process"}}}},
               {"limits", limits},
               {"threads", {{"type", "integer"}, {"minimum", 1}, {"maximum", max_threads}}}};
  if (!adapter) return keys;
  keys["timeout"] = duration;
  keys["give_up"] = duration;
  keys["retries"] = {{"type", "integer"}, {"minimum", 0}, {"maximum", 1000}};
  keys["backoff"] = {{"type", "string"},
                     {"pattern", "^[0-9]+(ms|s|m|h|d)\\.\\.[0-9]+(ms|s|m|h|d)$"},
                     {"description", "a range such as 100ms..30s"}};
  return keys;
}

std::string escape(std::string word) {
  for (std::size_t at = 0; (at = word.find_first_of("~/", at)) != std::string::npos; at += 2)
    word.replace(at, 1, word[at] == '~' ? "~0" : "~1");
  return word;
}

const json* properties(const json& schema) {
  if (!schema.is_object()) return nullptr;
  const auto found = schema.find("properties");
  return found != schema.end() && found->is_object() ? &*found : nullptr;
}

bool hidden(const json& schema) {
  if (!schema.is_object()) return false;
  for (const char* mark : {"x-secret", "x-sensitive", "writeOnly"})
    if (schema.value(mark, json(false)) == json(true)) return true;
  return schema.value("format", json()) == "password";
}

std::string shown(const json& value, const json& schema) {
  if (hidden(schema)) return "***";
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  if (value.is_string()) return "text " + text;
  return text;
}

std::string type_words(const json& type) {
  const auto word = [](const json& one) {
    const std::string name = one.is_string() ? one.get<std::string>() : one.dump();
    if (name == "string") return std::string("text");
    if (name == "object") return std::string("a map");
    if (name == "array") return std::string("a list");
    if (name == "boolean") return std::string("true or false");
    return name;
  };
  if (!type.is_array()) return word(type);
  std::string all;
  for (const json& one : type) all += (all.empty() ? "" : " or ") + word(one);
  return all;
}

// What a schema asks for, in words.
std::string asked(const json& schema) {
  std::string words;
  const auto add = [&](const std::string& part) { words += (words.empty() ? "" : ", ") + part; };
  if (schema.contains("enum")) {
    std::string list;
    for (const json& one : schema["enum"]) list += (list.empty() ? "" : ", ") + one.dump();
    add("one of " + list);
  } else if (schema.contains("const")) {
    add(schema["const"].dump());
  } else if (schema.contains("type")) {
    add(type_words(schema["type"]));
  }
  if (schema.contains("pattern")) add("like " + schema["pattern"].dump());
  static constexpr std::pair<const char*, const char*> limits[] = {
      {"minimum", "at least "},         {"maximum", "at most "},         {"minLength", "characters at least "},
      {"maxLength", "characters at most "}, {"minItems", "items at least "}, {"maxItems", "items at most "}};
  for (const auto& [key, word] : limits)
    if (schema.contains(key)) add(word + schema[key].dump());
  if (schema.contains("description") && schema["description"].is_string())
    words += (words.empty() ? "" : " ") + ("(" + schema["description"].get<std::string>() + ")");
  return words.empty() ? "what the schema says" : words;
}

bool closed(const json& schema, bool top) {
  const auto more = schema.find("additionalProperties");
  if (more == schema.end()) return top;  // a plugin's settings are a closed list of words unless it says otherwise
  return *more == json(false);
}

// Walks a map by its schema: drops nulls (they count as left out), refuses unknown keys, fills in defaults, names what
// is missing. What remains is valijson's to judge.
class Walk {
 public:
  explicit Walk(std::vector<Finding>& findings) : findings_(findings) {}

  void map(const json& schema, json& value, const std::string& path, bool top) {
    const json* const known = properties(schema);
    if (known == nullptr || !value.is_object()) return;
    std::erase_if(value.get_ref<json::object_t&>(), [](const auto& member) { return member.second.is_null(); });
    unknown(schema, *known, value, path, top);
    for (const auto& [key, inner] : known->items()) {
      if (!inner.is_object()) continue;
      if (!value.contains(key) && inner.contains("default")) value[key] = inner["default"];
      if (value.contains(key)) any(inner, value[key], path + "/" + escape(key));
    }
    for (const json& name : schema.value("required", json::array()))
      if (name.is_string() && !value.contains(name.get<std::string>()))
        findings_.push_back({path + "/" + escape(name.get<std::string>()),
                             "missing: expected " + asked(known->value(name.get<std::string>(), json::object()))});
  }

 private:
  void any(const json& schema, json& value, const std::string& path) {
    if (value.is_object()) return map(schema, value, path, false);
    if (!value.is_array() || !schema.contains("items") || !schema["items"].is_object()) return;
    for (std::size_t i = 0; i < value.size(); ++i) any(schema["items"], value[i], path + "/" + std::to_string(i));
  }

  void unknown(const json& schema, const json& known, json& value, const std::string& path, bool top) {
    if (!closed(schema, top)) return;
    std::vector<std::string> words, strange;
    for (const auto& [key, inner] : known.items()) words.push_back(key);
    for (const auto& [key, inner] : value.items())
      if (!known.contains(key)) strange.push_back(key);
    for (const auto& key : strange) {
      const std::string near = nearest(key, words);
      findings_.push_back({path + "/" + escape(key),
                           "unknown key '" + key + "'" + (near.empty() ? "" : " (did you mean '" + near + "'?)"), true});
      value.erase(key);
    }
  }

  std::vector<Finding>& findings_;
};

// "<root>", "[\"url\"]", "[3]" … as valijson writes a place.
std::vector<std::string> place(const std::vector<std::string>& context) {
  std::vector<std::string> steps;
  for (const auto& one : context) {
    if (one.size() < 3 || one.front() != '[') continue;
    std::string inner = one.substr(1, one.size() - 2);
    if (inner.size() >= 2 && inner.front() == '"') inner = inner.substr(1, inner.size() - 2);
    steps.push_back(inner);
  }
  return steps;
}

// One finding for each member that does not fit: the deepest ones, as those above only repeat them.
void judge(const json& schema, const json& value, const std::string& where, std::vector<Finding>& findings) {
  valijson::Schema compiled;
  valijson::adapters::NlohmannJsonAdapter schema_adapter(schema), value_adapter(value);
  try {
    valijson::SchemaParser().populateSchema(schema_adapter, compiled);
  } catch (const std::exception& error) {
    findings.push_back({where, std::string("the plugin's settings schema cannot be used: ") + error.what()});
    return;
  }
  valijson::ValidationResults results;
  if (valijson::Validator().validate(compiled, value_adapter, &results)) return;
  std::set<std::vector<std::string>> places;
  for (const auto& error : results)
    if (error.description.find("Missing required") == std::string::npos) places.insert(place(error.context));
  for (auto one = places.begin(); one != places.end(); ++one) {
    const auto next = std::next(one);
    if (next != places.end() && next->size() > one->size() && std::equal(one->begin(), one->end(), next->begin()))
      continue;
    const json *inner = &schema, *found = &value;
    std::string path = where;
    for (const auto& step : *one) {
      path += "/" + escape(step);
      static const json anything = json::object();
      const json* const known = properties(*inner);
      inner = known != nullptr && known->contains(step) ? &(*known)[step]
              : inner->contains("items")                ? &(*inner)["items"]
              : inner->contains("additionalProperties") ? &(*inner)["additionalProperties"]
                                                        : &anything;
      if (!inner->is_object()) inner = &anything;
      if (found->is_array()) found = &(*found)[std::stoul(step)];
      else found = &(*found)[step];
    }
    findings.push_back({path, "expected " + asked(*inner) + ", found " + shown(*found, *inner)});
  }
}

// The plugin's schema with the host's keys beside its own.
json joined_schema(const Descriptor& descriptor, const json& host) {
  json schema = descriptor.settings;
  if (properties(schema) == nullptr) schema["properties"] = json::object();
  for (const auto& [key, inner] : host.items())
    if (!schema["properties"].contains(key)) schema["properties"][key] = inner;
  return schema;
}

constexpr std::uint64_t least_memory_bytes = 16u << 20;  // a runner with a plugin that does nothing

void take_limits(const json& limits, const std::string& where, Settings& settings) {
  if (limits.contains("files") && limits["files"].is_number_integer()) settings.limits.files = limits["files"];
  if (!limits.contains("memory")) return;
  const json& memory = limits["memory"];
  std::uint64_t bytes = 0;
  if (memory.is_number_integer()) bytes = std::max<std::int64_t>(memory.get<std::int64_t>(), 0);
  else if (memory.is_string()) {
    const std::string text = memory;
    const auto end = text.find_first_not_of("0123456789");
    const std::string unit = end == std::string::npos ? "" : text.substr(end);
    const int shift = unit == "KB" ? 10 : unit == "MB" ? 20 : unit == "GB" ? 30 : -1;
    if (shift < 0 || end == 0 || end > 9) return;        // the schema has said so
    bytes = std::stoull(text.substr(0, end)) << shift;
  }
  if (bytes < least_memory_bytes) {
    settings.findings.push_back({where + "/limits/memory", "expected at least 16MB, which a process takes with a plugin "
                                                           "that does nothing; found " + memory.dump()});
    return;
  }
  settings.limits.memory_bytes = bytes;
}

// What is wrong is left out, and what is left out is the default: the rest of a configuration can still be judged.
void mend(const json& schema, const std::string& where, Settings& settings) {
  if (settings.findings.empty()) return;
  for (const auto& finding : settings.findings) {
    if (!finding.path.starts_with(where + "/")) continue;
    const std::string rest = finding.path.substr(where.size() + 1);
    std::string key = rest.substr(0, rest.find('/'));
    for (const auto& [code, letter] : {std::pair("~1", "/"), std::pair("~0", "~")})
      for (std::size_t at = 0; (at = key.find(code, at)) != std::string::npos; ++at) key.replace(at, 2, letter);
    settings.own.erase(key);
  }
  std::vector<Finding> rest;
  Walk(rest).map(schema, settings.own, where, true);
  settings.whole = rest.empty();
}

void take_host_keys(const Descriptor& descriptor, const json& host, const std::string& where, Settings& settings) {
  json& own = settings.own;
  if (own.contains("isolation") && own["isolation"].is_string()) settings.isolation = own["isolation"];
  if (own.contains("threads") && own["threads"].is_number_integer()) settings.threads = own["threads"];
  if (own.contains("limits") && own["limits"].is_object()) take_limits(own["limits"], where, settings);
  if (settings.threads > 1 && !descriptor.reentrant)
    settings.findings.push_back({where + "/threads", "expected 1: plugin '" + descriptor.id +
                                                         "' is not reentrant, so one thread runs it; found " +
                                                         std::to_string(settings.threads)});
  const json* const known = properties(descriptor.settings);
  for (const auto& [key, inner] : host.items())
    if (known == nullptr || !known->contains(key)) own.erase(key);
}

}  // namespace

std::string nearest(const std::string& word, const std::vector<std::string>& known) {
  std::string best;
  std::size_t least = std::max<std::size_t>(word.size() / 3, 1) + 1;
  for (const auto& candidate : known) {
    std::vector<std::size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= word.size(); ++i) {
      std::size_t diagonal = std::exchange(row[0], i);
      for (std::size_t j = 1; j <= candidate.size(); ++j) {
        const std::size_t swap = diagonal + (word[i - 1] == candidate[j - 1] ? 0 : 1);
        diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, swap}));
      }
    }
    if (row.back() < least) {
      least = row.back();
      best = candidate;
    }
  }
  return best;
}

Settings check(const Descriptor& descriptor, const json& block, const std::string& where) {
  Settings settings;
  settings.own = block.is_null() ? json::object() : block;
  if (!settings.own.is_object()) {
    settings.findings.push_back({where, "expected a map of settings, found " + shown(block, json::object())});
    settings.own = json::object();
  }
  const json host = host_keys(descriptor.kind == "adapter");
  const json schema = joined_schema(descriptor, host);
  Walk(settings.findings).map(schema, settings.own, where, true);
  judge(schema, settings.own, where, settings.findings);
  mend(schema, where, settings);
  take_host_keys(descriptor, host, where, settings);
  if (!block.is_null() && !block.is_object()) settings.findings.resize(1, {});  // the others only follow from it
  return settings;
}

}  // namespace jackfield::plugin
