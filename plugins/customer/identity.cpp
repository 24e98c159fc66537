#include "identity.hpp"

#include <algorithm>
#include <array>

namespace customer {
namespace {

using std::string_view;

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return c >= 'A' && c <= 'Z'; }
bool digits(string_view text) { return std::all_of(text.begin(), text.end(), digit); }
int number(string_view text) {
  int value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return value;
}

// GB 11643-1999: ISO 7064 MOD 11-2 over the first seventeen digits.
bool resident_id(string_view id, const jackfield::LocalTime& today) {
  constexpr std::array weights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  constexpr string_view check = "10X98765432";
  if (id.size() != 18 || !digits(id.substr(0, 17))) return false;
  int sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) sum += (id[i] - '0') * weights[i];
  if (id[17] != check[static_cast<std::size_t>(sum % 11)]) return false;

  const int year = number(id.substr(6, 4));
  const int month = number(id.substr(10, 2));
  const int day = number(id.substr(12, 2));
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > jackfield::days_in_month(year, month)) return false;
  return year * 10000 + month * 100 + day <= today.year * 10000 + today.month * 100 + today.day;
}

// GB 32100-2015: weights are powers of 3 modulo 31, over digits and letters without I O S V Z.
bool credit_code(string_view code) {
  constexpr string_view alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  if (code.size() != 18) return false;
  std::size_t sum = 0;
  std::size_t weight = 1;
  for (std::size_t i = 0; i < 17; ++i) {
    const auto value = alphabet.find(code[i]);
    if (value == string_view::npos) return false;
    sum += value * weight;
    weight = weight * 3 % 31;
  }
  return code[17] == alphabet[(31 - sum % 31) % 31];
}

bool passport(string_view text) {
  return text.size() >= 5 && text.size() <= 17 &&
         std::all_of(text.begin(), text.end(), [](char c) { return digit(c) || letter(c); });
}

bool hk_macau_permit(string_view text) {
  return text.size() == 9 && (text[0] == 'H' || text[0] == 'M') && digits(text.substr(1));
}

bool military_id(string_view text) {
  const auto count = characters(text);
  return count && *count >= 7 && *count <= 18;
}

}  // namespace

std::string plain_id(string_view id_type, string_view id_number) {
  const auto first = id_number.find_first_not_of(" \t\r\n");
  if (first == string_view::npos) return {};
  std::string plain{id_number.substr(first, id_number.find_last_not_of(" \t\r\n") - first + 1)};
  if (id_type == "resident-id" && plain.back() == 'x') plain.back() = 'X';
  return plain;
}

std::optional<std::string> customer_type(string_view id_type) {
  if (id_type == "resident-id") return "resident";
  if (id_type == "military-id") return "military";
  if (id_type == "passport") return "foreigner";
  if (id_type == "hk-macau-permit" || id_type == "taiwan-permit") return "hk-macau-taiwan";
  if (id_type == "business-licence") return "enterprise";
  return std::nullopt;
}

bool valid_id(string_view id_type, string_view id_number, const jackfield::LocalTime& today) {
  if (id_type == "resident-id") return resident_id(id_number, today);
  if (id_type == "business-licence") return credit_code(id_number);
  if (id_type == "passport") return passport(id_number);
  if (id_type == "hk-macau-permit") return hk_macau_permit(id_number);
  if (id_type == "taiwan-permit") return id_number.size() == 8 && digits(id_number);
  if (id_type == "military-id") return military_id(id_number);
  return false;
}

std::optional<std::size_t> characters(string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++count) {
    const auto head = static_cast<unsigned char>(text[i]);
    if (head < 0x20 || head == 0x7f) return std::nullopt;
    const std::size_t length = head < 0x80 ? 1 : head >> 5 == 6 ? 2 : head >> 4 == 14 ? 3 : head >> 3 == 30 ? 4 : 0;
    if (length == 0 || i + length > text.size()) return std::nullopt;
    for (std::size_t j = 1; j < length; ++j) {
      if (static_cast<unsigned char>(text[i + j]) >> 6 != 2) return std::nullopt;
    }
    i += length;
  }
  return count;
}

}  // namespace customer
