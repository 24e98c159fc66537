// The rule at the end of a TZif file, by which a zone goes on after its last listed change (POSIX TZ, RFC 8536 §3.3):
// "CST-8", "CET-1CEST,M3.5.0,M10.5.0/3".
#pragma once

#include <cstdint>
#include <string>

namespace jackfield {

/// Seconds from 1970 to midnight of that date, as if the clock were UTC's.
std::int64_t local_seconds(int year, int month, int day);

class ZoneRule {
 public:
  /// An empty text is a rule that is not given. Throws std::runtime_error for one that cannot be read.
  static ZoneRule parse(const std::string& text);
  [[nodiscard]] bool is_given() const { return is_given_; }
  [[nodiscard]] std::int32_t offset_s(std::int64_t utc_s) const;

 private:
  /// A day of the year and a time of that day, by the wall clock before the change.
  struct Change {
    char kind = 0;  // 'M' month.week.weekday, 'J' day 1–365 without leap days, '0' day 0–365
    int month = 0, week = 0, day = 0;
    std::int32_t time_s = 7200;
    [[nodiscard]] std::int64_t local_s(int year) const;
  };
  static Change parse_change(const std::string& text, std::size_t& at);

  bool is_given_ = false, has_summer_ = false;
  std::int32_t standard_s_ = 0, summer_s_ = 0;
  Change begin_, end_;
};

}  // namespace jackfield
