#include "opening_hours.hpp"

#include <stdexcept>

namespace {

// "08:30" at `at` → 510; -1 where it is no time of day.
int minutes(const std::string& text, std::size_t at) {
  auto digit = [&](std::size_t i) { return text[at + i] >= '0' && text[at + i] <= '9' ? text[at + i] - '0' : -100; };
  if (text[at + 2] != ':') return -1;
  int hour = digit(0) * 10 + digit(1);
  int minute = digit(3) * 10 + digit(4);
  if (hour < 0 || minute < 0 || minute > 59 || hour * 60 + minute > 24 * 60) return -1;
  return hour * 60 + minute;
}

}  // namespace

void OpeningHours::add(const std::string& text) {
  if (!text_.empty()) text_ += ", ";
  text_ += text;
  if (text == "always") {
    always_ = true;
    return;
  }
  int from = -1, until = -1;
  if (text.size() == 11 && text[5] == '-') {
    from = minutes(text, 0);
    until = minutes(text, 6);
  }
  if (from < 0 || until < 0 || from == until)
    throw std::runtime_error("expected hours like \"08:30-18:00\", \"22:00-06:00\" or \"always\", found '" + text +
                             "'");
  spans_.emplace_back(from, until);
}

bool OpeningHours::open_at(int minute_of_day) const {
  if (always_) return true;
  for (auto [from, until] : spans_) {
    bool inside = from < until ? minute_of_day >= from && minute_of_day < until
                               : minute_of_day >= from || minute_of_day < until;
    if (inside) return true;
  }
  return false;
}

std::string OpeningHours::text() const { return text_; }
