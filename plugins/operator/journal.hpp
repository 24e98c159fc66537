// 操作人员工作日志: a line a finished order, in a file a day and in a table.
//
// File: {data_dir}/operators/YYYYMMDD.log (the operator's zone), UTF-8, one line an order, columns parted by TAB:
//   time (2026-11-22T16:00:00+08:00), operator, channel, service, order, outcome, msisdn, fee_fen, rejection, key
// A column with nothing is "-". Columns may be appended, never moved. Table: lines, the same with `day` (yyyymmdd).
//
// A key writes one line, whatever happens between file and table: the line carries its key. The table is the truth:
// when the journal is opened, lines of the last days that the file lacks are appended and a torn last line is cut; a
// line the table lacks (its order will be told again) is remembered and not written a second time.
// One thread at a time (the plugin's). Errors: std::runtime_error naming the file; soci's exceptions.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>

namespace soci {
class session;
}

struct WorkLine {
  std::string key;
  std::int64_t at_ms = 0;
  std::string op;
  std::string channel;
  std::string service;
  std::string order;
  std::string outcome;
  std::string msisdn;
  std::int64_t fee_fen = 0;
  std::string rejection;
};

class Journal {
 public:
  static const char* const tables;

  // Opens it and mends what a crash left; drops lines of the table older than `forget_before_ms`.
  Journal(soci::session& sql, std::string folder, std::string zone, std::int64_t now_ms, std::int64_t forget_before_ms);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Returns the day (yyyymmdd) whose file has the line.
  int write(soci::session& sql, const WorkLine& line);

 private:
  int day_of(std::int64_t at_ms) const;
  std::string file_of(int day) const;
  std::string text_of(const WorkLine& line) const;
  void append(int day, const std::string& text);
  void remember(const std::string& key, int day);
  void mend(soci::session& sql, int day);
  std::set<std::string> keys_in_file(int day) const;

  std::string folder_;
  std::string zone_;
  std::map<std::string, int> written_;  // keys whose line is in a file, perhaps not yet in the table; bounded
  std::deque<std::string> written_order_;
  int open_day_ = 0;
  int descriptor_ = -1;
};
