#include <jackfield/duration.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace jackfield {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t ms;
};
constexpr std::array<Unit, 5> units{{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::int64_t most_ms = 10'000 * units[0].ms;
constexpr auto wanted = R"(duration such as "500ms", "5s", "30m", "24h" or "90d")";
constexpr auto wanted_backoff = R"(backoff such as "100ms..30s", its first wait no longer than its longest)";

}  // namespace

std::optional<Duration> Duration::parse(std::string_view text) {
  std::int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc{} || count < 0) return {};
  const std::string_view name(rest, static_cast<std::size_t>(end - rest));
  for (const auto& unit : units) {
    if (unit.name == name && count <= most_ms / unit.ms) return Duration(std::chrono::milliseconds(count * unit.ms));
  }
  return {};
}

std::string Duration::text() const {
  const std::int64_t count_ms = count();
  if (count_ms == 0) return "0s";
  for (const auto& unit : units) {
    if (count_ms % unit.ms == 0) return std::to_string(count_ms / unit.ms) + std::string(unit.name);
  }
  return std::to_string(count_ms) + "ms";
}

std::optional<Backoff> Backoff::parse(std::string_view text) {
  const auto dots = text.find("..");
  if (dots == std::string_view::npos) return {};
  const auto first = Duration::parse(text.substr(0, dots)), most = Duration::parse(text.substr(dots + 2));
  if (!first || !most || *first > *most) return {};
  return Backoff(*first, *most);
}

Backoff::Backoff(std::string_view text) {
  const auto parsed = parse(text);
  if (!parsed) throw std::invalid_argument("found '" + std::string(text) + "', expected a " + wanted_backoff);
  *this = *parsed;
}

Duration Backoff::after(std::uint32_t attempt) const {
  std::chrono::milliseconds wait = first;
  for (std::uint32_t i = 1; i < attempt && wait < most; ++i) wait *= 2;
  return std::min<std::chrono::milliseconds>(wait, most);
}

std::string Codec<Duration>::schema(const Duration&, Use) {
  return R"("type":["string","integer"],"pattern":"^[0-9]+(ms|s|m|h|d)$","minimum":0)";
}

void Codec<Duration>::unpack(const Object& object, Duration& value, Findings& findings) {
  if (object.type == msgpack::type::POSITIVE_INTEGER && object.via.u64 <= static_cast<std::uint64_t>(most_ms)) {
    value = std::chrono::milliseconds(object.via.u64);
    return;
  }
  if (object.type != msgpack::type::STR) return findings.expected(wanted, object);
  const std::string_view text(object.via.str.ptr, object.via.str.size);
  if (const auto parsed = Duration::parse(text))
    value = *parsed;
  else
    findings.add("expected " + std::string(wanted) + ", found '" + std::string(text.substr(0, 32)) + "'");
}

std::string Codec<Backoff>::schema(const Backoff&, Use) {
  return R"("type":"string","pattern":"^[0-9]+(ms|s|m|h|d)\\.\\.[0-9]+(ms|s|m|h|d)$")";
}

void Codec<Backoff>::unpack(const Object& object, Backoff& value, Findings& findings) {
  if (object.type != msgpack::type::STR) return findings.expected(wanted_backoff, object);
  const std::string_view text(object.via.str.ptr, object.via.str.size);
  if (const auto parsed = Backoff::parse(text))
    value = *parsed;
  else
    findings.add("expected " + std::string(wanted_backoff) + ", found '" + std::string(text.substr(0, 32)) + "'");
}

}  // namespace jackfield
