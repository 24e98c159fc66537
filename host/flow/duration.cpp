#include "flow/duration.hpp"

#include <array>
#include <charconv>
#include <string>
#include <utility>

namespace jackfield::flow {
namespace {

constexpr std::int64_t most_ms = 10'000LL * 24 * 3'600'000;
constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> units{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

}  // namespace

std::optional<Millis> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, count);
  if (read.ec != std::errc{} || count < 0) return std::nullopt;
  const std::string_view unit(read.ptr, static_cast<std::size_t>(end - read.ptr));
  for (const auto& [name, ms] : units) {
    if (name == unit && count <= most_ms / ms) return Millis{count * ms};
  }
  return std::nullopt;
}

std::optional<Millis> duration_of(const Value& value) {
  if (value.is_string()) return parse_duration(std::string_view(value.get_ref<const std::string&>()));
  if (!value.is_number_integer()) return std::nullopt;
  const auto count = value.get<std::int64_t>();
  if (count < 0 || count > most_ms) return std::nullopt;
  return Millis{count};
}

}  // namespace jackfield::flow
