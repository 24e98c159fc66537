// The codec of structs with JF_FIELDS, and whole messages made of them. Included by codec.hpp.
#pragma once

#include <jackfield/codec.hpp>

namespace jackfield {

/// One value as a msgpack message.
template <class T>
void pack_value(Buffer& buffer, const T& value) {
  Packer packer(buffer);
  Codec<T>::pack(packer, value);
}

/// One value out of a message; what does not fit is told to `findings`, and the rest is read all the same.
template <class T>
void unpack_value(std::string_view packed, T& value, Findings& findings) {
  try {
    const Message message = unpack(packed);
    Codec<T>::unpack(message.get(), value, findings);
  } catch (const std::exception& error) {
    findings.add(error.what());
  }
}

namespace detail {

/// The entry of this name in a map, or nullptr; null counts as left out.
const Object* find_member(const Object& map, std::string_view name);
/// Reports the map's keys that are none of `known`.
void report_unknown(const Object& map, const std::vector<std::string_view>& known, Findings& findings);
/// `"name":{…}` of a properties object.
std::string property_schema(const Field& field, const std::string& schema, const std::string& initial_json);

template <class T>
std::string initial_json(const T& initial) {
  if constexpr (requires { Codec<T>::has_initial(initial); }) {
    if (!Codec<T>::has_initial(initial)) return {};
  } else if constexpr (HasFields<T>) {
    return {};
  } else if constexpr (is_optional<T>) {
    return initial ? detail::initial_json(*initial) : std::string{};
  }
  Buffer buffer;
  pack_value(buffer, initial);
  return json_text(unpack(view(buffer)).get());
}

template <class T>
bool is_absent(const T& value) {
  if constexpr (is_optional<T>) return !value.has_value();
  return false;
}

}  // namespace detail

template <HasFields T>
struct Codec<T> {
  static std::string schema(const T& initial, Use use) {
    std::string properties, demanded;
    T::jf_fields(initial, [&]<class M>(const Field& field, const M& member) {
      const bool given = field.is_required || use == Use::output;
      const auto initially = given ? std::string{} : detail::initial_json(member);
      if (!properties.empty()) properties += ',';
      properties += detail::property_schema(field, Codec<M>::schema(member, use), initially);
      if (use == Use::output ? detail::is_optional<M> : !field.is_required) return;
      demanded += (demanded.empty() ? "" : ",") + json_quoted(field.name);
    });
    std::string text = R"("type":"object","properties":{)" + properties + "}";
    if (!demanded.empty()) text += R"(,"required":[)" + demanded + "]";
    if (use == Use::settings) text += R"(,"additionalProperties":false)";
    return text;
  }

  static void pack(Packer& packer, const T& value) {
    std::uint32_t present = 0;
    T::jf_fields(value, [&](const Field&, const auto& member) { present += !detail::is_absent(member); });
    packer.pack_map(present);
    T::jf_fields(value, [&]<class M>(const Field& field, const M& member) {
      if (detail::is_absent(member)) return;
      pack_text(packer, field.name);
      Codec<M>::pack(packer, member);
    });
  }

  static void unpack(const Object& object, T& value, Findings& findings) {
    if (object.type != msgpack::type::MAP) return findings.expected("object", object);
    std::vector<std::string_view> known;
    T::jf_fields(value, [&]<class M>(const Field& field, M& member) {
      known.push_back(field.name);
      const Object* found = detail::find_member(object, field.name);
      const auto inside = findings.enter(field.name);
      if (found)
        Codec<M>::unpack(*found, member, findings);
      else if (field.is_required)
        findings.add("required, but missing");
    });
    if (findings.refuses_unknown()) detail::report_unknown(object, known, findings);
  }
};

/// The JSON Schema of a type as text.
template <class T>
[[nodiscard]] std::string schema_text(Use use) {
  return "{" + Codec<T>::schema(T{}, use) + "}";
}

}  // namespace jackfield
