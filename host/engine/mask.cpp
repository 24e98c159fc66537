#include "engine/mask.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace jackfield::engine {
namespace {

constexpr std::array<std::string_view, 16> hidden{
    "ki",    "kivalue",   "id_number", "reference", "payment_reference", "authorisation", "address",
    "phone", "password",  "secret",    "token",     "authorization",     "pin",           "puk",
    "email", "birth_date"};

void hide(flow::Value& value) {
  if (value.is_structured()) {
    for (auto& each : value) hide(each);
  } else if (!value.is_null()) {
    value = "***";
  }
}

void mask(flow::Value& value) {
  if (value.is_array()) {
    for (auto& each : value) mask(each);
  } else if (value.is_object()) {
    for (auto& [name, member] : value.items()) is_masked(name) ? hide(member) : mask(member);
  }
}

}  // namespace

bool is_masked(std::string_view member) { return std::find(hidden.begin(), hidden.end(), member) != hidden.end(); }

flow::Value masked(flow::Value value) {
  mask(value);
  return value;
}

}  // namespace jackfield::engine
