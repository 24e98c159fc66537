// The books: day files that grow, and an index of every entry id ever written, so that none is written twice.
//
// Order of things, which is what makes a crash harmless: lines are on disk first, then their ids in the index, then the
// step is done. At start, and before a day is closed, the ids of every day that is not closed are put into the index
// again. So an id that is in a file is in the index before anything else is written.
//
// A day is closed when it is over, by close_days(), which somebody must call now and then (closing.hpp). From the first
// file on every day has one, a quiet day the header alone: who waits for the .ok of a day can tell that there was
// nothing from that it is not closed yet.
//
// Thread rule: any thread; a mutex lets them in one by one, since the step's thread and the closing one share the files
// and the index. Other writers of the same directory are kept out by its lock.
// Errors: post() throws Retry where nothing was written, Broken where that is not certain (the instance made anew
// reconciles).
#pragma once

#include "day_file.hpp"

#include <jackfield/database.hpp>
#include <jackfield/plugin.hpp>

#include <mutex>
#include <string>
#include <vector>

namespace finance {

class Books {
 public:
  Books(const std::string& directory, jackfield::Host& host);

  /// Returns once every posting is on disk; those that are there already are left out. Also closes the days gone by.
  void post(const std::vector<Posting>& postings);
  /// Closes the days gone by. A day that cannot be closed stays open, and is tried again a minute later.
  void close_days();

 private:
  [[nodiscard]] std::string day_of(jackfield::TimePoint time) const;
  [[nodiscard]] std::string clock_text(jackfield::TimePoint time) const;
  void reconcile(const std::string& day);
  [[nodiscard]] bool has_days_to_close(jackfield::TimePoint now) const;
  void close_days_before(const std::string& day);
  void close(const std::string& day);
  [[nodiscard]] std::vector<Posting> without_the_written(const std::vector<Posting>& postings);
  void write(const std::vector<Posting>& postings, jackfield::TimePoint now);
  void remember(const std::vector<std::string>& entry_ids);

  jackfield::Host& host_;
  const std::string zone_;
  Directory directory_;
  std::mutex one_at_a_time_;
  std::string day_;                    // the day at the last look for days to close
  jackfield::TimePoint try_again_at_;  // the least time of the next look where one could not be closed
  jackfield::Database index_;          // not named `database`: its transactions come after the disk's, not around the step
};

}  // namespace finance
