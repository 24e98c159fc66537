// JF_FIELDS: the members of a struct, said once. From it come the JSON Schema, reading and writing msgpack, validation
// with paths, and defaults.
//
//   struct Settings {
//     Duration hold = 30min;
//     std::string bank;
//     JF_FIELDS((hold, "how long a reservation holds"), (bank, "who is paid", jackfield::required))
//   };
//
// A member is optional and keeps its initialiser unless it is marked `jackfield::required`. null counts as left out.
// The struct must stand at namespace scope (or in a class), not inside a function: JF_FIELDS is a template. Up to 40.
#pragma once

#include <string_view>

#include <jackfield/each.hpp>

namespace jackfield {

struct Presence {
  bool is_required;
};
inline constexpr Presence required{true};

/// Another name on the wire, where C++ keeps the word for itself:
/// `(network_template, "…", jackfield::named("template"))`.
struct Alias {
  std::string_view name;
  Presence presence;
};
[[nodiscard]] constexpr Alias named(std::string_view name, Presence presence = {false}) { return {name, presence}; }

/// One member as JF_FIELDS declares it.
struct Field {
  constexpr Field(std::string_view name_, std::string_view description_ = "", Presence presence = {false})
      : name(name_), description(description_), is_required(presence.is_required) {}
  constexpr Field(std::string_view, std::string_view description_, Alias alias)
      : name(alias.name), description(description_), is_required(alias.presence.is_required) {}
  std::string_view name, description;
  bool is_required;
};

namespace detail {
struct AnyVisitor {
  template <class T>
  void operator()(const Field&, T&) const;
};
}  // namespace detail

/// A struct with JF_FIELDS.
template <class T>
concept HasFields = requires(T& value) {
  T::jf_fields(value, detail::AnyVisitor{});
};

/// A struct of no members: a step that takes or gives nothing, a plugin without settings.
struct Nothing {
  template <class Self, class Visitor>
  static constexpr void jf_fields(Self&, Visitor&&) {}
};
using NoSettings = Nothing;

}  // namespace jackfield

#define JF_FIELDS(...)                                                       \
  template <class JfSelf, class JfVisitor>                                   \
  static constexpr void jf_fields(JfSelf& jf_self, JfVisitor&& jf_visitor) { \
    JF_EACH(JF_FIELD, __VA_ARGS__)                                           \
  }
#define JF_FIELD(entry) JF_JOIN(JF_FIELD_, JF_IS_PAREN(entry))(entry)
#define JF_FIELD_0(member) JF_FIELD_ONE(member)
#define JF_FIELD_1(entry) JF_FIELD_ONE entry
#define JF_FIELD_ONE(member, ...) jf_visitor(::jackfield::Field{#member __VA_OPT__(, ) __VA_ARGS__}, jf_self.member);
