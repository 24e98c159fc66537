#include "point.hpp"

#include <algorithm>

namespace statistics {
namespace {

/// A tag's value: comma, equals sign and space are escaped; a backslash too where it would escape what follows. A line
/// break cannot be said and becomes a space; a tag without a value cannot be written and becomes "-".
std::string tag(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    if (c == '\\') c = '/';
    if (c == ',' || c == '=' || c == ' ') escaped += '\\';
    escaped += c;
  }
  return escaped.empty() ? "-" : escaped;
}

/// A text field's value, in its quotes.
std::string quoted(std::string_view text) {
  std::string escaped = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return escaped + '"';
}

}  // namespace

std::uint32_t nanoseconds_of(std::string_view order) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : order) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdu;
  hash ^= hash >> 33;
  return static_cast<std::uint32_t>(hash % 1'000'000);
}

std::string line(const Point& point) {
  const std::int64_t duration_ms =
      point.started_at_ms > 0 ? std::max<std::int64_t>(0, point.ended_at_ms - point.started_at_ms) : 0;
  const std::int64_t timestamp_ns = point.ended_at_ms * 1'000'000 + nanoseconds_of(point.order);
  return "orders,service=" + tag(point.service) + ",channel=" + tag(point.channel) + ",outcome=" + tag(point.outcome) +
         " count=1i,fee_fen=" + std::to_string(point.fee_fen) + "i,duration_ms=" + std::to_string(duration_ms) +
         "i,order=" + quoted(point.order) + " " + std::to_string(timestamp_ns);
}

}  // namespace statistics
