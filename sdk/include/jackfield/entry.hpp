// JACKFIELD_PLUGIN("limit", "1.0.0", CheckLimit, …) and JACKFIELD_ADAPTER: a library's one exported symbol and the ELF
// section that says who it is. Once in a library, at namespace scope, after the steps.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <jackfield/instance.hpp>

namespace jackfield::detail {

/// Fills what create() says when it refuses; valid until the next call into this library on the same thread.
void refuse(jf_error* error, const Outcome& outcome) noexcept;

/// Every step's id is "<plugin>.<word>", and none is there twice.
template <class... Steps>
constexpr bool ids_fit(std::string_view plugin) {
  const StepInfo infos[] = {Steps::info...};
  for (std::size_t i = 0; i < sizeof...(Steps); ++i) {
    const auto id = infos[i].id;
    if (id.size() < plugin.size() + 2 || id.substr(0, plugin.size()) != plugin || id[plugin.size()] != '.')
      return false;
    for (std::size_t j = 0; j < i; ++j) {
      if (infos[j].id == id) return false;
    }
  }
  return true;
}

template <class S>
concept Cancels = requires(S& step) {
  step.cancel(std::uint64_t{});
};

/// The functions of the table. Nothing thrown leaves them.
template <class... Steps>
struct Table {
  using Made = Instance<Steps...>;

  static std::int32_t create(const jf_host* host, jf_bytes settings, void** instance, jf_error* error) noexcept {
    try {
      *instance = new Made(host, settings);
      return JF_OK;
    } catch (...) {
      const Outcome outcome = Outcome::of_current_exception();
      refuse(error, outcome);
      return outcome.status;
    }
  }
  static std::int32_t process(void* instance, const jf_task* const* tasks, std::uint64_t n) noexcept {
    try {
      return static_cast<Made*>(instance)->process({tasks, static_cast<std::size_t>(n)});
    } catch (...) {
      return JF_BROKEN;
    }
  }
  static void cancel(void* instance, std::uint64_t token) noexcept {
    try {
      static_cast<Made*>(instance)->cancel(token);
    } catch (...) {  // NOLINT: a hint; nobody waits for it
    }
  }
  static void stop(void* instance) noexcept {
    try {
      static_cast<Made*>(instance)->stop();
    } catch (...) {  // NOLINT: the host drops what is still owed
    }
  }
  static void destroy(void* instance) noexcept { delete static_cast<Made*>(instance); }

  static constexpr bool has_cancel = (Cancels<Steps> || ...);

  static const jf_plugin* get(std::string_view id, std::string_view version, std::string_view kind) {
    static const std::string descriptor = describe<Steps...>(id, version, kind);
    static const jf_plugin table{
        sizeof(jf_plugin), JF_ABI_MINOR, bytes(descriptor), &create, &process, has_cancel ? &cancel : nullptr, &stop,
        &destroy};
    return &table;
  }
};

}  // namespace jackfield::detail

#define JACKFIELD_PLUGIN(id, version, ...) JF_ENTRY_OF(id, version, "plugin", __VA_ARGS__)
#define JACKFIELD_ADAPTER(id, version, ...) JF_ENTRY_OF(id, version, "adapter", __VA_ARGS__)

#define JF_ENTRY_OF(id, version, kind, ...)                                                                 \
  static_assert(::jackfield::detail::ids_fit<__VA_ARGS__>(id), "a step's id is \"<plugin>.<word>\", once"); \
  [[gnu::section(JF_SECTION), gnu::used]] static const char jf_identity[] =                                 \
      "jackfield\nid=" id "\nversion=" version "\nabi=1.0\n";                                               \
  extern "C" [[gnu::visibility("default")]] const jf_plugin* jackfield_plugin_v1(void);                     \
  extern "C" const jf_plugin* jackfield_plugin_v1(void) {                                                   \
    return ::jackfield::detail::Table<__VA_ARGS__>::get(id, version, kind);                                 \
  }
