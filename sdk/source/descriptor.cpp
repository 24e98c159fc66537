#include <jackfield/descriptor.hpp>

namespace jackfield::detail {

namespace {

std::string words(std::initializer_list<std::pair<bool, std::string_view>> flags) {
  std::string list;
  for (const auto& [is_set, word] : flags) {
    if (is_set) list += (list.empty() ? "" : ",") + json_quoted(word);
  }
  return "[" + list + "]";
}

}  // namespace

std::string plugin_head(std::string_view id, std::string_view version, std::string_view kind, const Traits& traits) {
  return "\"id\":" + json_quoted(id) + ",\"version\":" + json_quoted(version) + ",\"kind\":" + json_quoted(kind) +
         ",\"summary\":" + json_quoted(traits.text) + ",\"capabilities\":" +
         words({{traits.is_reentrant, "reentrant"}, {traits.is_blocking, "blocking"}, {traits.is_batch, "batch"}});
}

std::string step_head(const StepInfo& info) {
  return "\"id\":" + json_quoted(info.id) + ",\"summary\":" + json_quoted(info.summary) + ",\"capabilities\":" +
         words({{info.is_pure, "pure"}, {info.is_idempotent, "idempotent"}, {info.is_irreversible, "irreversible"}});
}

}  // namespace jackfield::detail
