// What a plugin says of itself, as the JSON of jf_plugin::descriptor.
#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <jackfield/step.hpp>
#include <jackfield/structure.hpp>

namespace jackfield::detail {

/// A plugin's transactions; told by its look, so that only plugins with one include SOCI.
template <class Shared>
concept HasDatabase = requires(Shared& shared) {
  shared.database.begin();
};

template <class First, class...>
struct FirstOf {
  using type = First;
};

template <class... Steps>
constexpr Traits traits_of() {
  using First = typename FirstOf<Steps...>::type;
  using Shared = typename First::SharedType;
  Traits found;
  if constexpr (requires { Shared::traits; })
    found = Shared::traits;
  else if constexpr (requires { First::traits; })
    found = First::traits;
  if (HasDatabase<Shared> || ((Steps::kind == Kind::batch) || ...)) found.is_batch = true;
  return found;
}

std::string plugin_head(std::string_view id, std::string_view version, std::string_view kind, const Traits& traits);
std::string step_head(const StepInfo& info);

template <class S>
std::string describe_step() {
  return "{" + step_head(S::info) + ",\"input\":" + schema_text<typename S::InType>(Use::input) +
         ",\"output\":" + schema_text<typename S::OutType>(Use::output) + "}";
}

template <class... Steps>
std::string describe(std::string_view id, std::string_view version, std::string_view kind) {
  using First = typename FirstOf<Steps...>::type;
  std::string steps;
  ((steps += (steps.empty() ? "" : ",") + describe_step<Steps>()), ...);
  return "{" + plugin_head(id, version, kind, traits_of<Steps...>()) +
         ",\"settings\":" + schema_text<typename First::SettingsType>(Use::settings) + ",\"steps\":[" + steps + "]}";
}

}  // namespace jackfield::detail
