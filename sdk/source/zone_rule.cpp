#include "zone_rule.hpp"

#include <chrono>
#include <stdexcept>

namespace jackfield {

namespace {

using Text = const std::string&;

[[noreturn]] void refuse(Text text) { throw std::runtime_error("its rule '" + text + "' cannot be read"); }

bool is_digit(Text text, std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; }

int number(Text text, std::size_t& at) {
  if (!is_digit(text, at)) refuse(text);
  int value = 0;
  while (is_digit(text, at) && value < 100'000) value = value * 10 + (text[at++] - '0');
  return value;
}

// [+-]hh[:mm[:ss]]
std::int32_t clock_s(Text text, std::size_t& at) {
  const bool is_negative = at < text.size() && text[at] == '-';
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  std::int32_t value_s = number(text, at) * 3600;
  for (std::int32_t unit = 60; unit >= 1 && at < text.size() && text[at] == ':'; unit /= 60) {
    ++at;
    value_s += number(text, at) * unit;
  }
  return is_negative ? -value_s : value_s;
}

// "CST" or "<+0330>"
void skip_name(Text text, std::size_t& at) {
  const std::size_t begin = at;
  if (at < text.size() && text[at] == '<') {
    at = text.find('>', at);
    if (at == std::string::npos) refuse(text);
    ++at;
    return;
  }
  while (at < text.size() && ((text[at] | 32) >= 'a') && ((text[at] | 32) <= 'z')) ++at;
  if (at == begin) refuse(text);
}

void expect(Text text, std::size_t& at, char sign) {
  if (at >= text.size() || text[at] != sign) refuse(text);
  ++at;
}

bool is_leap(int year) { return std::chrono::year(year).is_leap(); }

}  // namespace

std::int64_t local_seconds(int year, int month, int day) {
  const std::chrono::year_month_day first(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                          std::chrono::day(1));
  const auto days = std::chrono::sys_days(first) + std::chrono::days(day - 1);
  return std::chrono::sys_seconds(days).time_since_epoch().count();
}

ZoneRule::Change ZoneRule::parse_change(Text text, std::size_t& at) {
  Change change;
  expect(text, at, ',');
  change.kind = '0';
  if (at < text.size() && (text[at] == 'M' || text[at] == 'J')) change.kind = text[at++];
  (change.kind == 'M' ? change.month : change.day) = number(text, at);
  if (change.kind == 'M') {
    expect(text, at, '.');
    change.week = number(text, at);
    expect(text, at, '.');
    change.day = number(text, at);
    if (change.month < 1 || change.month > 12 || change.week < 1 || change.week > 5 || change.day > 6) refuse(text);
  }
  if (at < text.size() && text[at] == '/') {
    ++at;
    change.time_s = clock_s(text, at);
  }
  return change;
}

ZoneRule ZoneRule::parse(Text text) {
  ZoneRule rule;
  if (text.empty()) return rule;
  std::size_t at = 0;
  rule.is_given_ = true;
  skip_name(text, at);
  rule.standard_s_ = -clock_s(text, at);  // POSIX counts west
  if (at == text.size()) return rule;
  rule.has_summer_ = true;
  skip_name(text, at);
  rule.summer_s_ = at < text.size() && text[at] != ',' ? -clock_s(text, at) : rule.standard_s_ + 3600;
  rule.begin_ = parse_change(text, at);
  rule.end_ = parse_change(text, at);
  if (at != text.size()) refuse(text);
  return rule;
}

std::int64_t ZoneRule::Change::local_s(int year) const {
  if (kind == 'J') return local_seconds(year, 1, day + (is_leap(year) && day >= 60 ? 1 : 0)) + time_s;
  if (kind == '0') return local_seconds(year, 1, day + 1) + time_s;
  const std::chrono::year_month in(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)));
  const std::chrono::weekday on(static_cast<unsigned>(day));
  const auto days = week == 5 ? std::chrono::sys_days(in / on[std::chrono::last])
                              : std::chrono::sys_days(in / on[static_cast<unsigned>(week)]);
  return std::chrono::sys_seconds(days).time_since_epoch().count() + time_s;
}

std::int32_t ZoneRule::offset_s(std::int64_t utc_s) const {
  if (!has_summer_) return standard_s_;
  const std::chrono::sys_seconds local{std::chrono::seconds(utc_s + standard_s_)};
  const int year = static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(local)).year());
  const std::int64_t begin_s = begin_.local_s(year) - standard_s_, end_s = end_.local_s(year) - summer_s_;
  const bool is_summer = begin_s < end_s ? utc_s >= begin_s && utc_s < end_s : utc_s >= begin_s || utc_s < end_s;
  return is_summer ? summer_s_ : standard_s_;
}

}  // namespace jackfield
