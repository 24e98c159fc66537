// A mobile number of this operator: eleven digits with a prefix of its table (GB numbering, 1XX XXXX XXXX).
//
// Why: a type that cannot be invalid, so that a number is judged once, where it comes in. A leading +86 or 86 is
// dropped. Immutable value, any thread. Errors: parse() gives nothing where the text is no such number.
#pragma once

#include "jackfield/telecom/prefixes.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::telecom {

class Msisdn {
 public:
  // The prefixes of a settings table that says nothing else.
  static std::vector<std::string> default_prefixes() {
    return {"134[0-8]", "135-139", "147", "150-152", "157-159", "172",
            "178",      "182-184", "187", "188",     "195",     "197", "198"};
  }

  static std::optional<Msisdn> parse(std::string_view text, const Prefixes& prefixes) {
    auto digits = national(text);
    if (digits.size() != 11 || digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    if (!prefixes.match(digits)) return std::nullopt;
    return Msisdn{std::move(digits)};
  }

  // The text without a leading +86, or 86 before eleven digits; not judged otherwise.
  static std::string national(std::string_view text) {
    if (text.substr(0, 3) == "+86") return std::string{text.substr(3)};
    if (text.size() == 13 && text.substr(0, 2) == "86") return std::string{text.substr(2)};
    return std::string{text};
  }

  [[nodiscard]] const std::string& str() const { return digits_; }
  friend bool operator==(const Msisdn&, const Msisdn&) = default;

 private:
  explicit Msisdn(std::string digits) : digits_(std::move(digits)) {}
  std::string digits_;
};

}  // namespace jackfield::telecom
