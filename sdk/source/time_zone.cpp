#include <jackfield/time_zone.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "zone_rule.hpp"

namespace jackfield {

namespace {

constexpr std::size_t zone_bytes_most = 256 * 1024;

/// One zone of the database: when its offset changed, and the rule from the last change on.
struct Zone {
  std::vector<std::int64_t> changes_s;  // UTC, rising
  std::vector<std::int32_t> offsets_s;  // from that change on
  std::int32_t first_offset_s = 0;      // before the first change
  ZoneRule rule;

  [[nodiscard]] std::int32_t offset_s(std::int64_t utc_s) const {
    const auto next = std::upper_bound(changes_s.begin(), changes_s.end(), utc_s);
    if (next == changes_s.end() && rule.is_given()) return rule.offset_s(utc_s);
    if (next == changes_s.begin()) return first_offset_s;
    return offsets_s[static_cast<std::size_t>(next - changes_s.begin()) - 1];
  }
};

/// Big-endian numbers out of a TZif file; throws past its end.
class Bytes {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  std::int64_t number(std::size_t width) {
    need(width);
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < width; ++i) bits = bits << 8 | static_cast<unsigned char>(bytes_[at_ + i]);
    at_ += width;
    return width == 4 ? static_cast<std::int32_t>(bits) : static_cast<std::int64_t>(bits);
  }
  void skip(std::size_t width) {
    need(width);
    at_ += width;
  }
  [[nodiscard]] bool at_magic() const { return bytes_.compare(at_, 4, "TZif") == 0; }
  [[nodiscard]] std::string footer() const {
    const auto end = bytes_.find('\n', at_ + 1);
    if (at_ >= bytes_.size() || bytes_[at_] != '\n' || end == std::string::npos) throw std::runtime_error("no footer");
    return bytes_.substr(at_ + 1, end - at_ - 1);
  }

 private:
  void need(std::size_t width) const {
    if (width > bytes_.size() - at_) throw std::runtime_error("it ends too early");
  }
  std::string bytes_;
  std::size_t at_ = 0;
};

struct Counts {
  std::size_t utc, standard, leaps, changes, types, letters;
};

Counts read_counts(Bytes& bytes) {
  if (!bytes.at_magic()) throw std::runtime_error("it is no TZif file");
  bytes.skip(4 + 1 + 15);
  std::array<std::size_t, 6> counts{};
  for (auto& count : counts) count = static_cast<std::size_t>(bytes.number(4));
  if (std::any_of(counts.begin(), counts.end(), [](auto count) { return count > zone_bytes_most; })) {
    throw std::runtime_error("its counts are out of bounds");
  }
  return {counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
}

Zone parse_zone(Bytes bytes) {
  const Counts old = read_counts(bytes);  // the block of 32-bit times, for readers of version 1
  bytes.skip(old.changes * 5 + old.types * 6 + old.letters + old.leaps * 8 + old.standard + old.utc);
  const Counts counts = read_counts(bytes);
  Zone zone;
  for (std::size_t i = 0; i < counts.changes; ++i) zone.changes_s.push_back(bytes.number(8));
  std::vector<std::size_t> types;
  for (std::size_t i = 0; i < counts.changes; ++i) types.push_back(static_cast<std::size_t>(bytes.number(1)));
  std::vector<std::int32_t> offsets_s;
  for (std::size_t i = 0; i < counts.types; ++i) {
    offsets_s.push_back(static_cast<std::int32_t>(bytes.number(4)));
    bytes.skip(2);
  }
  if (offsets_s.empty()) throw std::runtime_error("it has no offset");
  zone.first_offset_s = offsets_s.front();
  for (const auto type : types) zone.offsets_s.push_back(offsets_s.at(type));
  bytes.skip(counts.letters + counts.leaps * 12 + counts.standard + counts.utc);
  zone.rule = ZoneRule::parse(bytes.footer());
  return zone;
}

std::shared_ptr<const Zone> load_zone(const std::string& name) {
  const char* const folder = std::getenv("TZDIR");
  const auto file = std::filesystem::path(folder ? folder : "/usr/share/zoneinfo") / name;
  const auto refuse = [&](const std::string& why) {
    return std::runtime_error("found zone '" + name + "', expected one of the IANA database such as 'Asia/Shanghai' (" +
                              file.string() + ": " + why + ")");
  };
  if (name.empty() || name.front() == '/' || name.find("..") != std::string::npos) throw refuse("no zone's name");
  std::error_code code;
  if (!std::filesystem::is_regular_file(file, code)) throw refuse("not there: is tzdata installed?");
  if (std::filesystem::file_size(file, code) > zone_bytes_most) throw refuse("too long");
  std::ifstream in(file, std::ios::binary);
  try {
    return std::make_shared<Zone>(parse_zone(Bytes({std::istreambuf_iterator<char>(in), {}})));
  } catch (const std::exception& error) {
    throw refuse(error.what());
  }
}

// A mutex: zones are read once and then shared by every thread that asks. There are a few hundred zones at most.
std::shared_ptr<const Zone> zone_named(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const Zone>> zones;
  const std::lock_guard lock(mutex);
  auto& zone = zones[name];
  try {
    if (!zone) zone = load_zone(name);
  } catch (...) {
    zones.erase(name);
    throw;
  }
  return zone;
}

std::int64_t seconds(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace

std::int32_t utc_offset_s(TimePoint time, const std::string& zone) { return zone_named(zone)->offset_s(seconds(time)); }

LocalTime local_time(TimePoint time, const std::string& zone) {
  const std::int64_t local_s = seconds(time) + utc_offset_s(time, zone);
  const std::chrono::sys_seconds shown{std::chrono::seconds(local_s)};
  const auto day = std::chrono::floor<std::chrono::days>(shown);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(shown - day);
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          static_cast<int>(std::chrono::weekday(day).c_encoding())};
}

TimePoint utc_time(const LocalTime& local, const std::string& name) {
  const auto zone = zone_named(name);
  const std::int64_t shown_s =
      local_seconds(local.year, local.month, local.day) + local.hour * 3600 + local.minute * 60 + local.second;
  // The offsets a day before and after are those on either side of a change between them.
  const std::int32_t before_s = zone->offset_s(shown_s - 86'400), after_s = zone->offset_s(shown_s + 86'400);
  for (const std::int32_t offset_s : {std::max(before_s, after_s), std::min(before_s, after_s)}) {
    if (zone->offset_s(shown_s - offset_s) == offset_s) return TimePoint(std::chrono::seconds(shown_s - offset_s));
  }
  return TimePoint(std::chrono::seconds(shown_s - before_s));
}

int days_in_month(int year, int month) {
  const std::chrono::year_month_day_last last(
      std::chrono::year(year), std::chrono::month_day_last(std::chrono::month(static_cast<unsigned>(month))));
  if (!last.ok()) throw std::invalid_argument("found month " + std::to_string(month) + ", expected 1 to 12");
  return static_cast<int>(static_cast<unsigned>(last.day()));
}

}  // namespace jackfield
