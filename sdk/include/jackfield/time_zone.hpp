// What a clock on the wall shows, in a zone of the IANA database ("Asia/Shanghai").
//
// Reads the system's compiled zones (RFC 8536, /usr/share/zoneinfo, or the folder $TZDIR names), each once.
// Thread rule: any thread. Errors: std::runtime_error for a zone that is not there or not readable.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include <jackfield/host.hpp>

namespace jackfield {

struct LocalTime {
  int year = 1970;
  int month = 1;  // 1–12
  int day = 1;    // 1–31
  int hour = 0, minute = 0, second = 0;
  int weekday = 4;  // 0: Sunday … 6: Saturday

  auto operator<=>(const LocalTime&) const = default;
};

[[nodiscard]] LocalTime local_time(TimePoint time, const std::string& zone);

/// The moment at which that clock shows year … second (weekday is not looked at). Of a time shown twice the first; of
/// one that is skipped the moment after the gap.
[[nodiscard]] TimePoint utc_time(const LocalTime& local, const std::string& zone);

/// Seconds to add to UTC.
[[nodiscard]] std::int32_t utc_offset_s(TimePoint time, const std::string& zone);

[[nodiscard]] int days_in_month(int year, int month);

}  // namespace jackfield
