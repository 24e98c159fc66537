// The file of one day: YYYYMMDD.csv, and YYYYMMDD.ok once the day is over.
//
// On disk, never changed in meaning: the CSV is a header line and one line an entry, each ended by a line feed; lines
// are only ever added. The .ok is "rows,total_fen,sha256" and one line of the three: the entries, the sum of their
// debits, and the SHA-256 of the whole CSV. A day with an .ok is closed: nothing is added to it.
//
// A line that a crash cut short is taken off again by repair(): its step was not done, and comes again.
// Thread rule: one at a time, with the directory locked. Errors: std::system_error naming the file.
#pragma once

#include "posting.hpp"

#include <string>
#include <vector>

namespace finance {

/// A directory held open, for locks and for making new names durable.
class Directory {
 public:
  /// Makes it where it is not there.
  explicit Directory(std::string path);
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  /// Held by one writer at a time, also between processes.
  class Lock {
   public:
    explicit Lock(const Directory& directory);
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

   private:
    int file_;
  };

  void sync() const;
  [[nodiscard]] const std::string& path() const { return path_; }
  /// "20261122" for every YYYYMMDD.csv, oldest first.
  [[nodiscard]] std::vector<std::string> days() const;
  /// Those without their .ok.
  [[nodiscard]] std::vector<std::string> open_days() const;
  [[nodiscard]] bool is_closed(const std::string& day) const;

 private:
  std::string path_;
  int file_;
};

class DayFile {
 public:
  static constexpr std::string_view header =
      "entry_id,order_id,posted_at,account,item,debit_fen,credit_fen,channel,operator\n";

  DayFile(const Directory& directory, std::string day) : directory_(directory), day_(std::move(day)) {}

  /// Makes the file, of the header alone, where it is not there.
  void begin() const;
  /// Cuts off a last line that is not whole.
  void repair() const;
  /// Adds the lines and returns once they are on disk; adds nothing where it throws.
  void append(const std::string& lines) const;
  /// Its entries; throws std::runtime_error where a line is none of ours.
  [[nodiscard]] std::vector<PostedLine> read() const;
  /// Writes the .ok, whole or not at all.
  void close() const;

 private:
  [[nodiscard]] std::string name(const char* extension) const;
  [[nodiscard]] std::string text() const;
  const Directory& directory_;
  std::string day_;
};

}  // namespace finance
