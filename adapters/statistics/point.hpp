// One order as one point of the statistics system, in InfluxDB 1.x line protocol.
//
//   orders,service=open-account,channel=hall,outcome=completed count=1i,fee_fen=5000i,duration_ms=812i,order="01J…"
//   <ns>
//
// The timestamp is the order's end; its nanoseconds below the millisecond are made of the order's id. The same order
// always gives the same line, and two orders that end in one millisecond do not overwrite each other.
// Thread rule: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace statistics {

struct Point {
  std::string_view order, service, channel, outcome;
  std::int64_t fee_fen = 0, started_at_ms = 0, ended_at_ms = 0;
};

[[nodiscard]] std::string line(const Point& point);

/// 0 to 999,999, evenly spread and the same for ever: FNV-1a of the id, finished by a mixer.
[[nodiscard]] std::uint32_t nanoseconds_of(std::string_view order);

}  // namespace statistics
