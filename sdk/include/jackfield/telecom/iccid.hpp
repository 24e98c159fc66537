// The serial number of a card (E.118): twenty characters, an issuer's prefix of a table, a Luhn digit at the end.
//
// The 13th character may be the letter A or B (cards numbered past their digits); such a number has no Luhn digit.
// Immutable value, any thread. Errors: parse() gives nothing where the text is none.
#pragma once

#include "jackfield/telecom/prefixes.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::telecom {

class Iccid {
 public:
  static constexpr std::size_t letter_at = 12;  // counted from 0

  static std::vector<std::string> default_prefixes() { return {"898600", "898602", "898604", "898607", "898608"}; }

  static std::optional<Iccid> parse(std::string_view text, const Prefixes& prefixes) {
    if (text.size() != 20 || !prefixes.match(text)) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool letter = i == letter_at && (text[i] == 'A' || text[i] == 'B');
      if (!letter && (text[i] < '0' || text[i] > '9')) return std::nullopt;
    }
    const bool decimal = text[letter_at] <= '9';
    if (decimal && !luhn(text)) return std::nullopt;
    return Iccid{std::string{text}};
  }

  // ISO/IEC 7812-1 annex B: true where the last digit checks the others. Digits only.
  static bool luhn(std::string_view digits) {
    int sum = 0;
    bool twice = false;
    for (auto at = digits.rbegin(); at != digits.rend(); ++at, twice = !twice) {
      const int digit = (*at - '0') * (twice ? 2 : 1);
      sum += digit > 9 ? digit - 9 : digit;
    }
    return sum % 10 == 0;
  }

  [[nodiscard]] const std::string& str() const { return text_; }
  friend bool operator==(const Iccid&, const Iccid&) = default;

 private:
  explicit Iccid(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace jackfield::telecom
