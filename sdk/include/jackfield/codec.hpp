// How a type is read from and written to msgpack, and what its JSON Schema says.
//
// A type of your own joins by specialising Codec with the same three functions. `schema` gives the members of a schema
// object without its braces ("\"type\":\"string\""), for a value `initial` that its struct starts with.
#pragma once

#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <jackfield/fields.hpp>
#include <jackfield/findings.hpp>
#include <jackfield/message.hpp>

namespace jackfield {

/// What a schema is for: settings take no unknown member; an output has all its members but the optional ones.
enum class Use { settings, input, output };

template <class T>
struct Codec;

namespace detail {
// Reads a number that is whole and within bounds; else a finding.
bool read_integer(const Object& object, std::int64_t least, std::uint64_t most, std::uint64_t& bits,
                  Findings& findings);
std::string integer_schema(std::int64_t least, std::uint64_t most);
bool read_text(const Object& object, std::string& value, Findings& findings, bool tell_value = true);
[[nodiscard]] inline bool is_nil(const Object& object) { return object.type == msgpack::type::NIL; }

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
}  // namespace detail

template <>
struct Codec<bool> {
  static std::string schema(bool, Use) { return R"("type":"boolean")"; }
  static void pack(Packer& packer, bool value) { value ? packer.pack_true() : packer.pack_false(); }
  static void unpack(const Object& object, bool& value, Findings& findings) {
    if (object.type != msgpack::type::BOOLEAN) return findings.expected("boolean", object);
    value = object.via.boolean;
  }
};

template <std::integral T>
struct Codec<T> {
  static constexpr std::int64_t least =
      std::is_signed_v<T> ? static_cast<std::int64_t>(std::numeric_limits<T>::min()) : 0;
  static constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
  static std::string schema(T, Use) { return detail::integer_schema(least, most); }
  static void pack(Packer& packer, T value) {
    if constexpr (std::is_signed_v<T>)
      packer.pack_int64(value);
    else
      packer.pack_uint64(value);
  }
  static void unpack(const Object& object, T& value, Findings& findings) {
    std::uint64_t bits = 0;
    if (detail::read_integer(object, least, most, bits, findings)) value = static_cast<T>(bits);
  }
};

template <std::floating_point T>
struct Codec<T> {
  static std::string schema(T, Use) { return R"("type":"number")"; }
  static void pack(Packer& packer, T value) { packer.pack_double(value); }
  static void unpack(const Object& object, T& value, Findings& findings) {
    switch (object.type) {
      case msgpack::type::FLOAT32:
      case msgpack::type::FLOAT64: value = static_cast<T>(object.via.f64); return;
      case msgpack::type::POSITIVE_INTEGER: value = static_cast<T>(object.via.u64); return;
      case msgpack::type::NEGATIVE_INTEGER: value = static_cast<T>(object.via.i64); return;
      default: findings.expected("number", object);
    }
  }
};

template <>
struct Codec<std::string> {
  static std::string schema(const std::string&, Use) { return R"("type":"string")"; }
  static void pack(Packer& packer, const std::string& value) { pack_text(packer, value); }
  static void unpack(const Object& object, std::string& value, Findings& findings) {
    detail::read_text(object, value, findings);
  }
};

template <class T>
struct Codec<std::optional<T>> {
  static std::string schema(const std::optional<T>& initial, Use use) {
    return Codec<T>::schema(initial ? *initial : T{}, use);
  }
  static void pack(Packer& packer, const std::optional<T>& value) {
    if (value)
      Codec<T>::pack(packer, *value);
    else
      packer.pack_nil();
  }
  static void unpack(const Object& object, std::optional<T>& value, Findings& findings) {
    if (detail::is_nil(object)) return value.reset();
    Codec<T>::unpack(object, value.emplace(), findings);
  }
};

template <class T>
struct Codec<std::vector<T>> {
  static std::string schema(const std::vector<T>&, Use use) {
    return R"("type":"array","items":{)" + Codec<T>::schema(T{}, use) + "}";
  }
  static void pack(Packer& packer, const std::vector<T>& value) {
    packer.pack_array(static_cast<std::uint32_t>(value.size()));
    for (const auto& item : value) Codec<T>::pack(packer, item);
  }
  static void unpack(const Object& object, std::vector<T>& value, Findings& findings) {
    if (object.type != msgpack::type::ARRAY) return findings.expected("array", object);
    value.clear();
    for (std::uint32_t i = 0; i < object.via.array.size; ++i) {
      const auto member = findings.enter(std::size_t{i});
      T item{};
      Codec<T>::unpack(object.via.array.ptr[i], item, findings);
      value.push_back(std::move(item));
    }
  }
};

template <class T>
struct Codec<std::map<std::string, T>> {
  static std::string schema(const std::map<std::string, T>&, Use use) {
    return R"("type":"object","additionalProperties":{)" + Codec<T>::schema(T{}, use) + "}";
  }
  static void pack(Packer& packer, const std::map<std::string, T>& value) {
    packer.pack_map(static_cast<std::uint32_t>(value.size()));
    for (const auto& [key, item] : value) {
      pack_text(packer, key);
      Codec<T>::pack(packer, item);
    }
  }
  static void unpack(const Object& object, std::map<std::string, T>& value, Findings& findings) {
    if (object.type != msgpack::type::MAP) return findings.expected("object", object);
    value.clear();
    for (std::uint32_t i = 0; i < object.via.map.size; ++i) {
      const auto& entry = object.via.map.ptr[i];
      std::string key;
      if (!detail::read_text(entry.key, key, findings)) continue;
      const auto member = findings.enter(key);
      Codec<T>::unpack(entry.val, value[key], findings);
    }
  }
};

}  // namespace jackfield

#include <jackfield/structure.hpp>
