#include "journal.hpp"

#include <jackfield/time_zone.hpp>

#include <fcntl.h>
#include <soci/soci.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace {

constexpr std::size_t most_remembered = 8192;  // more than the host ever has under way with one plugin

// A column: no TAB, no line break, never empty.
std::string column(const std::string& text) {
  if (text.empty()) return "-";
  std::string plain;
  for (unsigned char letter : text) plain.push_back(letter < 0x20 || letter == 0x7F ? ' ' : static_cast<char>(letter));
  return plain;
}

jackfield::TimePoint time_point(std::int64_t at_ms) { return jackfield::TimePoint(std::chrono::milliseconds(at_ms)); }

WorkLine line_of(const soci::row& row) {
  return {row.get<std::string>(0), row.get<long long>(1),   row.get<std::string>(2), row.get<std::string>(3),
          row.get<std::string>(4), row.get<std::string>(5), row.get<std::string>(6), row.get<std::string>(7),
          row.get<long long>(8),   row.get<std::string>(9)};
}

}  // namespace

const char* const Journal::tables = R"(
  CREATE TABLE IF NOT EXISTS lines (line_key TEXT PRIMARY KEY, day BIGINT NOT NULL, at_ms BIGINT NOT NULL,
    operator TEXT NOT NULL, channel TEXT NOT NULL, service TEXT NOT NULL, order_id TEXT NOT NULL, outcome TEXT NOT NULL,
    msisdn TEXT NOT NULL, fee_fen BIGINT NOT NULL, rejection TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS lines_day ON lines (day);
  CREATE INDEX IF NOT EXISTS lines_operator ON lines (operator, at_ms))";

Journal::Journal(soci::session& sql, std::string folder, std::string zone, std::int64_t now_ms,
                 std::int64_t forget_before_ms)
    : folder_(std::move(folder)), zone_(std::move(zone)) {
  std::filesystem::create_directories(folder_);
  long long before = forget_before_ms;
  sql << "DELETE FROM lines WHERE at_ms < :before", soci::use(before);
  std::set<int> days{day_of(now_ms), day_of(now_ms - 24 * 3600 * 1000)};
  soci::rowset<long long> latest = (sql.prepare << "SELECT DISTINCT day FROM lines ORDER BY day DESC LIMIT 2");
  for (auto day : latest) days.insert(static_cast<int>(day));
  for (int day : days) mend(sql, day);
}

Journal::~Journal() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

int Journal::write(soci::session& sql, const WorkLine& line) {
  long long day = day_of(line.at_ms), at = line.at_ms, fee = line.fee_fen;
  auto known = written_.find(line.key);
  if (known != written_.end()) day = known->second;
  sql << "INSERT INTO lines (line_key, day, at_ms, operator, channel, service, order_id, outcome, msisdn, fee_fen, "
         "rejection) VALUES (:key, :day, :at, :operator, :channel, :service, :order, :outcome, :msisdn, :fee, "
         ":rejection) ON CONFLICT (line_key) DO NOTHING",
      soci::use(line.key), soci::use(day), soci::use(at), soci::use(line.op), soci::use(line.channel),
      soci::use(line.service), soci::use(line.order), soci::use(line.outcome), soci::use(line.msisdn), soci::use(fee),
      soci::use(line.rejection);
  if (known == written_.end()) {
    append(static_cast<int>(day), text_of(line));
    remember(line.key, static_cast<int>(day));
  }
  return static_cast<int>(day);
}

int Journal::day_of(std::int64_t at_ms) const {
  auto local = jackfield::local_time(time_point(at_ms), zone_);
  return local.year * 10'000 + local.month * 100 + local.day;
}

std::string Journal::file_of(int day) const { return folder_ + "/" + std::to_string(day) + ".log"; }

std::string Journal::text_of(const WorkLine& line) const {
  auto local = jackfield::local_time(time_point(line.at_ms), zone_);
  auto offset_min = jackfield::utc_offset_s(time_point(line.at_ms), zone_) / 60;
  char time[64];
  std::snprintf(time, sizeof time, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", local.year, local.month, local.day,
                local.hour, local.minute, local.second, offset_min < 0 ? '-' : '+', std::abs(offset_min) / 60,
                std::abs(offset_min) % 60);
  std::string text = time;
  for (const auto& word : {line.op, line.channel, line.service, line.order, line.outcome, line.msisdn,
                           std::to_string(line.fee_fen), line.rejection, line.key})
    text += "\t" + column(word);
  return text + "\n";
}

// One write() a line: O_APPEND keeps lines whole. The table makes it durable; mend() brings back what power took.
void Journal::append(int day, const std::string& text) {
  if (day != open_day_) {
    if (descriptor_ >= 0) ::close(descriptor_);
    open_day_ = 0;
    descriptor_ = ::open(file_of(day).c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "cannot open " + file_of(day));
    open_day_ = day;
  }
  auto before = ::lseek(descriptor_, 0, SEEK_END);
  auto written = ::write(descriptor_, text.data(), text.size());
  if (written == static_cast<ssize_t>(text.size())) return;
  const int cause = written < 0 ? errno : ENOSPC;
  std::string what = "cannot write " + file_of(day);
  if (written > 0 && ::ftruncate(descriptor_, before) != 0) what += ", of which half a line is left";
  throw std::system_error(cause, std::generic_category(), what);  // a Retry: it may come back
}

void Journal::remember(const std::string& key, int day) {
  if (!written_.emplace(key, day).second) return;
  written_order_.push_back(key);
  if (written_order_.size() <= most_remembered) return;
  written_.erase(written_order_.front());
  written_order_.pop_front();
}

std::set<std::string> Journal::keys_in_file(int day) const {
  std::set<std::string> keys;
  std::ifstream file(file_of(day), std::ios::binary);
  std::string text;
  std::uintmax_t whole = 0;
  while (std::getline(file, text)) {
    if (file.eof()) break;  // the last line has no end: a crash tore it
    whole += text.size() + 1;
    auto tab = text.rfind('\t');
    if (tab != std::string::npos) keys.insert(text.substr(tab + 1));
  }
  if (std::filesystem::exists(file_of(day)) && std::filesystem::file_size(file_of(day)) > whole)
    std::filesystem::resize_file(file_of(day), whole);
  return keys;
}

void Journal::mend(soci::session& sql, int day) {
  auto in_file = keys_in_file(day);
  long long wanted = day;
  soci::rowset<soci::row> rows =
      (sql.prepare << "SELECT line_key, at_ms, operator, channel, service, order_id, outcome, msisdn, fee_fen, "
                      "rejection FROM lines WHERE day = :day ORDER BY at_ms, line_key",
       soci::use(wanted));
  for (const auto& row : rows) {
    auto line = line_of(row);
    if (in_file.erase(column(line.key)) == 0) append(day, text_of(line));
  }
  for (const auto& key : in_file) remember(key, day);
}
