// Texts that must not be seen: a Secret of the settings, and Sensitive data of a person in a message.
//
// Both show as *** wherever they are printed. A Secret is never written at all; Sensitive travels in messages as it is,
// and its schema says "x-sensitive": true, so that logs and taps mask it.
#pragma once

#include <ostream>
#include <string>
#include <utility>

#include <jackfield/codec.hpp>

namespace jackfield {

template <class Tag>
class Veiled {
 public:
  Veiled() = default;
  Veiled(std::string text) : text_(std::move(text)) {}  // NOLINT: a text becomes one without a word
  Veiled(const char* text) : text_(text) {}             // NOLINT

  [[nodiscard]] const std::string& reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  bool operator==(const Veiled&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const Veiled&) { return out << "***"; }

 private:
  std::string text_;
};

using Secret = Veiled<struct SecretTag>;
using Sensitive = Veiled<struct SensitiveTag>;

template <>
struct Codec<Secret> {
  static bool has_initial(const Secret&) { return false; }
  static std::string schema(const Secret&, Use) { return R"("type":"string","x-secret":true)"; }
  static void pack(Packer& packer, const Secret&) { pack_text(packer, "***"); }
  static void unpack(const Object& object, Secret& value, Findings& findings) {
    std::string text;
    if (detail::read_text(object, text, findings, false)) value = Secret(std::move(text));
  }
};

template <>
struct Codec<Sensitive> {
  static bool has_initial(const Sensitive&) { return false; }
  static std::string schema(const Sensitive&, Use) { return R"("type":"string","x-sensitive":true)"; }
  static void pack(Packer& packer, const Sensitive& value) { pack_text(packer, value.reveal()); }
  static void unpack(const Object& object, Sensitive& value, Findings& findings) {
    std::string text;
    if (detail::read_text(object, text, findings, false)) value = Sensitive(std::move(text));
  }
};

}  // namespace jackfield
