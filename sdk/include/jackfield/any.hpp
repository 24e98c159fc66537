// A value of any shape, owned: what a step passes through without looking, or looks into by as<T>().
//
// Thread rule: a value like std::string.
#pragma once

#include <string>
#include <string_view>

#include <jackfield/codec.hpp>

namespace jackfield {

class Any {
 public:
  Any() = default;
  /// Takes the msgpack bytes of one value.
  explicit Any(std::string packed) : packed_(std::move(packed)) {}
  template <class T>
  [[nodiscard]] static Any of(const T& value) {
    Buffer buffer;
    pack_value(buffer, value);
    return Any(std::string(view(buffer)));
  }

  [[nodiscard]] bool is_nil() const { return packed_.empty() || packed_ == "\xc0"; }
  [[nodiscard]] const std::string& packed() const { return packed_; }
  [[nodiscard]] std::string json() const { return is_nil() ? "null" : json_text(unpack(packed_).get()); }
  /// The value as a T; throws std::invalid_argument with every finding where it is none.
  template <class T>
  [[nodiscard]] T as() const {
    T value{};
    Findings findings;
    unpack_value(is_nil() ? std::string_view("\xc0") : packed_, value, findings);
    if (!findings.empty()) throw std::invalid_argument(findings.text());
    return value;
  }
  bool operator==(const Any& other) const { return (is_nil() && other.is_nil()) || packed_ == other.packed_; }

 private:
  std::string packed_;
};

template <>
struct Codec<Any> {
  static bool has_initial(const Any& initial) { return !initial.is_nil(); }
  static std::string schema(const Any&, Use) { return {}; }
  static void pack(Packer& packer, const Any& value) {
    if (value.is_nil())
      packer.pack_nil();
    else
      pack_object(packer, jackfield::unpack(value.packed()).get());
  }
  static void unpack(const Object& object, Any& value, Findings&) {
    Buffer buffer;
    Packer packer(buffer);
    pack_object(packer, object);
    value = Any(std::string(view(buffer)));
  }
};

}  // namespace jackfield
