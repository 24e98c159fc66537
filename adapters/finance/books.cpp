#include "books.hpp"

#include <jackfield/time_zone.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <system_error>

namespace finance {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t quiet_days_most = 366;
constexpr auto try_again_after = 1min;

std::chrono::sys_days date_of(const std::string& day) {
  const int number = std::stoi(day);
  return std::chrono::year(number / 10000) / std::chrono::month(static_cast<unsigned>(number / 100 % 100)) /
         std::chrono::day(static_cast<unsigned>(number % 100));
}

std::string text_of(std::chrono::year_month_day date) {
  char text[32];
  std::snprintf(text, sizeof text, "%04d%02u%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return text;
}

/// From the first to before the last; no more than tell that there are too many.
std::vector<std::string> days_between(const std::string& first, const std::string& last) {
  std::vector<std::string> days;
  for (auto date = date_of(first); date < date_of(last) && days.size() <= quiet_days_most; date += std::chrono::days(1)) {
    days.push_back(text_of(date));
  }
  return days;
}

}  // namespace

Books::Books(const std::string& directory, jackfield::Host& host)
    : host_(host),
      zone_(host.zone()),
      directory_(directory.empty() ? host.data_dir() + "/finance" : directory),
      index_(host, "CREATE TABLE IF NOT EXISTS entries (entry_id TEXT PRIMARY KEY)") {
  const Directory::Lock lock(directory_);
  for (const std::string& day : directory_.open_days()) reconcile(day);
  const std::string today = day_of(host.now());
  const auto days = directory_.days();
  day_ = days.empty() ? today : std::min(days.back(), today);
  close_days_before(today);
}

void Books::reconcile(const std::string& day) {
  const DayFile file(directory_, day);
  file.repair();
  std::vector<std::string> entry_ids;
  for (auto& line : file.read()) entry_ids.push_back(std::move(line.entry_id));
  remember(entry_ids);
}

void Books::close_days() {
  const std::lock_guard turn(one_at_a_time_);
  const auto now = host_.now();
  if (!has_days_to_close(now)) return;
  try {
    const Directory::Lock lock(directory_);
    close_days_before(day_of(now));
  } catch (const std::exception& error) {
    host_.error(std::string("the books cannot be reached: ") + error.what());
    try_again_at_ = now + try_again_after;
  }
}

bool Books::has_days_to_close(jackfield::TimePoint now) const {
  const bool must_wait = now < try_again_at_ && now >= try_again_at_ - try_again_after;
  return !must_wait && day_of(now) != day_;
}

void Books::post(const std::vector<Posting>& postings) {
  const std::lock_guard turn(one_at_a_time_);
  try {
    const Directory::Lock lock(directory_);
    const auto now = host_.now();
    const std::string day = day_of(now);
    if (directory_.is_closed(day)) {
      throw jackfield::Retry{
          "the books of " + day + " are closed and the clock says it is that day: set the clock right", 60'000};
    }
    if (has_days_to_close(now)) close_days_before(day);
    const auto missing = without_the_written(postings);
    if (!missing.empty()) write(missing, now);
  } catch (const std::system_error& error) {
    throw jackfield::Retry{std::string("the books cannot be reached: ") + error.what()};
  }
}

std::vector<Posting> Books::without_the_written(const std::vector<Posting>& postings) {
  std::vector<Posting> missing;
  try {
    index_.transaction([&](soci::session& sql) {
      std::set<std::string_view> seen;
      std::string entry_id;
      int found = 0;
      soci::statement look =
          (sql.prepare << "SELECT COUNT(*) FROM entries WHERE entry_id = :id", soci::use(entry_id), soci::into(found));
      for (const Posting& posting : postings) {
        if (!seen.insert(posting.entry_id).second) continue;
        entry_id = posting.entry_id;
        look.execute(true);
        if (found == 0) missing.push_back(posting);
      }
    });
  } catch (const soci::soci_error& error) {
    throw jackfield::Retry{std::string("the index of the books cannot be read: ") + error.what()};
  }
  return missing;
}

void Books::write(const std::vector<Posting>& postings, jackfield::TimePoint now) {
  const std::string at = clock_text(now);
  std::string lines;
  std::vector<std::string> entry_ids;
  for (const Posting& posting : postings) {
    lines += csv_line(posting, at);
    entry_ids.push_back(posting.entry_id);
  }
  try {
    DayFile(directory_, day_of(now)).append(lines);
    remember(entry_ids);
  } catch (const std::exception& error) {
    throw jackfield::Broken{std::string("the books could not be written whole: ") + error.what()};
  }
}

/// A day that cannot be closed keeps nobody from booking today.
void Books::close_days_before(const std::string& day) {
  std::vector<std::string> over = days_between(day_, day);
  if (over.size() > quiet_days_most) over.clear();  // the clock jumped: these were no days
  for (const std::string& open : directory_.open_days()) over.push_back(open);
  std::sort(over.begin(), over.end());
  over.erase(std::unique(over.begin(), over.end()), over.end());
  for (const std::string& one : over) {
    if (one >= day || directory_.is_closed(one)) continue;
    try {
      close(one);
    } catch (const std::exception& error) {
      host_.error("the books of " + one + " cannot be closed: " + error.what());
      try_again_at_ = host_.now() + try_again_after;
      return;
    }
  }
  day_ = day;
}

void Books::close(const std::string& day) {
  const DayFile file(directory_, day);
  file.begin();
  reconcile(day);
  file.close();
  host_.info("closed the books of " + day);
}

void Books::remember(const std::vector<std::string>& entry_ids) {
  if (entry_ids.empty()) return;
  index_.transaction([&](soci::session& sql) {
    std::string entry_id;
    soci::statement insert =
        (sql.prepare << "INSERT INTO entries (entry_id) VALUES (:id) ON CONFLICT (entry_id) DO NOTHING",
         soci::use(entry_id));
    for (const std::string& one : entry_ids) {
      entry_id = one;
      insert.execute(true);
    }
  });
}

std::string Books::day_of(jackfield::TimePoint time) const {
  const auto local = jackfield::local_time(time, zone_);
  return text_of(std::chrono::year(local.year) / std::chrono::month(static_cast<unsigned>(local.month)) /
                 std::chrono::day(static_cast<unsigned>(local.day)));
}

/// RFC 3339 with the zone's offset: the day it shows is the day of its file.
std::string Books::clock_text(jackfield::TimePoint now) const {
  const auto local = jackfield::local_time(now, zone_);
  const auto offset_min = jackfield::utc_offset_s(now, zone_) / 60;
  const auto ms = static_cast<int>((now.time_since_epoch().count() % 1000 + 1000) % 1000);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03d%c%02d:%02d", local.year, local.month, local.day,
                local.hour, local.minute, local.second, ms, offset_min < 0 ? '-' : '+', std::abs(offset_min) / 60,
                std::abs(offset_min) % 60);
  return text;
}

}  // namespace finance
