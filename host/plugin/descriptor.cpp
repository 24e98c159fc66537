#include "plugin/descriptor.hpp"

#include <set>
#include <stdexcept>

namespace jackfield::plugin {
namespace {

using nlohmann::json;

const char* type_name(const json& value) {
  switch (value.type()) {
    case json::value_t::null: return "null";
    case json::value_t::boolean: return "true or false";
    case json::value_t::string: return "text";
    case json::value_t::array: return "a list";
    case json::value_t::object: return "a map";
    default: return "a number";
  }
}

[[noreturn]] void refuse(const std::string& path, const std::string& expected, const std::string& found) {
  throw std::runtime_error(path + ": expected " + expected + ", found " + found);
}

const json& member(const json& from, const std::string& where, const char* name) {
  const auto found = from.find(name);
  if (found == from.end()) refuse(where + name, "a member", "none");
  return *found;
}

std::string text(const json& from, const std::string& where, const char* name) {
  const json& value = member(from, where, name);
  if (!value.is_string()) refuse(where + name, "text", type_name(value));
  return value.get<std::string>();
}

json schema(const json& from, const std::string& where, const char* name) {
  const json& value = member(from, where, name);
  if (!value.is_object()) refuse(where + name, "a JSON Schema (a map)", type_name(value));
  return value;
}

std::set<std::string> capabilities(const json& from, const std::string& where) {
  std::set<std::string> words;
  if (!from.contains("capabilities")) return words;
  const json& list = from["capabilities"];
  if (!list.is_array()) refuse(where + "capabilities", "a list of words", type_name(list));
  for (const json& word : list) {
    if (!word.is_string()) refuse(where + "capabilities", "words", type_name(word));
    words.insert(word.get<std::string>());  // a word this host does not know is a later minor's: no harm
  }
  return words;
}

StepDescriptor step(const json& from, const std::string& where, const std::string& plugin) {
  if (!from.is_object()) refuse(where, "a map", type_name(from));
  StepDescriptor step;
  step.id = text(from, where + ".", "id");
  if (!step.id.starts_with(plugin + ".") || step.id.size() == plugin.size() + 1)
    refuse(where + ".id", "\"" + plugin + ".<word>\"", "\"" + step.id + "\"");
  step.summary = text(from, where + ".", "summary");
  const auto words = capabilities(from, where + ".");
  step.pure = words.count("pure") > 0;
  step.idempotent = words.count("idempotent") > 0;
  step.irreversible = words.count("irreversible") > 0;
  step.input = schema(from, where + ".", "input");
  step.output = schema(from, where + ".", "output");
  return step;
}

}  // namespace

Descriptor Descriptor::parse(const std::string& text_of_json) {
  const json from = json::parse(text_of_json, nullptr, false);
  if (from.is_discarded()) throw std::runtime_error("the descriptor: expected JSON, found text that is none");
  if (!from.is_object()) refuse("the descriptor", "a map", type_name(from));
  Descriptor descriptor;
  descriptor.id = text(from, "", "id");
  descriptor.version = text(from, "", "version");
  descriptor.kind = text(from, "", "kind");
  if (descriptor.kind != "plugin" && descriptor.kind != "adapter")
    refuse("kind", "\"plugin\" or \"adapter\"", "\"" + descriptor.kind + "\"");
  descriptor.summary = from.contains("summary") ? text(from, "", "summary") : "";
  const auto words = capabilities(from, "");
  descriptor.reentrant = words.count("reentrant") > 0;
  descriptor.blocking = words.count("blocking") > 0;
  descriptor.batch = words.count("batch") > 0;
  descriptor.settings = schema(from, "", "settings");
  const json& steps = member(from, "", "steps");
  if (!steps.is_array() || steps.empty()) refuse("steps", "a list of at least one step", type_name(steps));
  std::set<std::string> ids;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string where = "steps[" + std::to_string(i) + "]";
    descriptor.steps.push_back(step(steps[i], where, descriptor.id));
    if (!ids.insert(descriptor.steps.back().id).second)
      refuse(where + ".id", "an id of its own", "\"" + descriptor.steps.back().id + "\" a second time");
  }
  return descriptor;
}

json Descriptor::to_json() const {
  const auto words = [](std::initializer_list<std::pair<bool, const char*>> all) {
    json list = json::array();
    for (const auto& [set, word] : all)
      if (set) list.push_back(word);
    return list;
  };
  json all_steps = json::array();
  for (const auto& one : steps)
    all_steps.push_back(
        {{"id", one.id},
         {"summary", one.summary},
         {"capabilities",
          words({{one.pure, "pure"}, {one.idempotent, "idempotent"}, {one.irreversible, "irreversible"}})},
         {"input", one.input},
         {"output", one.output}});
  return {{"id", id},
          {"version", version},
          {"kind", kind},
          {"summary", summary},
          {"capabilities", words({{reentrant, "reentrant"}, {blocking, "blocking"}, {batch, "batch"}})},
          {"settings", settings},
          {"steps", all_steps}};
}

}  // namespace jackfield::plugin
