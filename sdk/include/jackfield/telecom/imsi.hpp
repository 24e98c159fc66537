// The identity of a subscriber in the network (E.212): fifteen digits, the first five of a table of networks.
//
// Immutable value, any thread. Errors: parse() gives nothing where the text is none.
#pragma once

#include "jackfield/telecom/prefixes.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::telecom {

class Imsi {
 public:
  static std::vector<std::string> default_prefixes() { return {"46000", "46002", "46004", "46007", "46008"}; }

  static std::optional<Imsi> parse(std::string_view text, const Prefixes& prefixes) {
    if (text.size() != 15 || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    if (!prefixes.match(text)) return std::nullopt;
    return Imsi{std::string{text}};
  }

  [[nodiscard]] const std::string& str() const { return digits_; }
  friend bool operator==(const Imsi&, const Imsi&) = default;

 private:
  explicit Imsi(std::string digits) : digits_(std::move(digits)) {}
  std::string digits_;
};

}  // namespace jackfield::telecom
