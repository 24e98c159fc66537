// The steps of one instance of a plugin, found by id.
//
// Thread rule: made on one thread; then the steps' own. Lifetime: within settings' and shared's.
#pragma once

#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <jackfield/descriptor.hpp>

namespace jackfield::detail {

template <class... Steps>
class StepSet {
 public:
  using First = typename FirstOf<Steps...>::type;
  using Settings = typename First::SettingsType;
  using Shared = typename First::SharedType;
  static constexpr Traits traits = traits_of<Steps...>();

  static_assert((std::is_same_v<Settings, typename Steps::SettingsType> && ...), "all steps share one Settings type");
  static_assert((std::is_same_v<Shared, typename Steps::SharedType> && ...), "all steps share one Shared type");
  static_assert(((!Steps::info.is_keyed || HasDatabase<Shared>)&&...), "keyed() wants a `Database database` in Shared");
  static_assert(((!Steps::info.is_keyed || Steps::kind != Kind::async) && ...), "an AsyncStep cannot be keyed()");
  static_assert(!HasDatabase<Shared> || !traits.is_reentrant, "a Database is one connection: not reentrant");

  StepSet(const Settings& settings, Shared& shared) {
    const Birth<const Settings> settings_born(settings);
    const Birth<Shared> shared_born(shared);
    steps_.emplace();
  }

  /// Calls `visit` with every step.
  template <class F>
  void each(F&& visit) {
    std::apply([&](auto&... step) { (visit(step), ...); }, *steps_);
  }

  /// Calls `visit` with the step of this id; false where the plugin has none.
  template <class F>
  bool with(std::string_view id, F&& visit) {
    return std::apply([&](auto&... step) { return ((infos_match(step, id) && (visit(step), true)) || ...); }, *steps_);
  }

 private:
  template <class S>
  static bool infos_match(const S&, std::string_view id) {
    return S::info.id == id;
  }

  std::optional<std::tuple<Steps...>> steps_;
};

}  // namespace jackfield::detail
