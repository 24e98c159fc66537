#include "books.hpp"

#include <jackfield/time_zone.hpp>

#include <cstdio>
#include <cstdlib>
#include <set>
#include <system_error>

namespace finance {

Books::Books(const std::string& directory, jackfield::Host& host)
    : host_(host),
      zone_(host.zone()),
      directory_(directory.empty() ? host.data_dir() + "/finance" : directory),
      index_(host, "CREATE TABLE IF NOT EXISTS entries (entry_id TEXT PRIMARY KEY)") {
  const Directory::Lock lock(directory_);
  reconcile();
  close_days_before(day_of(host.now()));
}

void Books::reconcile() {
  for (const std::string& day : directory_.open_days()) {
    const DayFile file(directory_, day);
    file.repair();
    std::vector<std::string> entry_ids;
    for (auto& line : file.read()) entry_ids.push_back(std::move(line.entry_id));
    remember(entry_ids);
  }
}

void Books::post(const std::vector<Posting>& postings) {
  try {
    const Directory::Lock lock(directory_);
    const auto now = host_.now();
    const std::string day = day_of(now);
    if (directory_.is_closed(day)) {
      throw jackfield::Retry{
          "the books of " + day + " are closed and the clock says it is that day: set the clock right", 60'000};
    }
    if (day != day_) close_days_before(day);
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

/// A day that cannot be closed stays open and is tried again with the next step; it keeps nobody from booking today.
void Books::close_days_before(const std::string& day) {
  day_ = day;
  for (const std::string& open : directory_.open_days()) {
    if (open >= day) continue;
    try {
      DayFile(directory_, open).close();
      host_.info("closed the books of " + open);
    } catch (const std::exception& error) {
      host_.error("the books of " + open + " cannot be closed: " + error.what());
      day_.clear();
    }
  }
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
  char text[32];
  std::snprintf(text, sizeof text, "%04d%02d%02d", local.year, local.month, local.day);
  return text;
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
