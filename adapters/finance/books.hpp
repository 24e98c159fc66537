// The books: day files that grow, and an index of every entry id ever written, so that none is written twice.
//
// Order of things, which is what makes a crash harmless: lines are on disk first, then their ids in the index, then the
// step is done. At start the ids of every day that is not closed are put into the index again; a day is closed only
// after that. So an id that is in a file is in the index before anything else is written.
//
// Thread rule: one thread; other writers of the same directory are kept out by its lock.
// Errors: post() throws Retry where nothing was written, Broken where that is not certain (the instance made anew
// reconciles).
#pragma once

#include "day_file.hpp"

#include <jackfield/database.hpp>
#include <jackfield/plugin.hpp>

#include <string>
#include <vector>

namespace finance {

class Books {
 public:
  Books(const std::string& directory, jackfield::Host& host);

  /// Returns once every posting is on disk; those that are there already are left out. Also closes the days gone by.
  void post(const std::vector<Posting>& postings);

 private:
  [[nodiscard]] std::string day_of(jackfield::TimePoint time) const;
  [[nodiscard]] std::string clock_text(jackfield::TimePoint time) const;
  void reconcile();
  void close_days_before(const std::string& day);
  [[nodiscard]] std::vector<Posting> without_the_written(const std::vector<Posting>& postings);
  void write(const std::vector<Posting>& postings, jackfield::TimePoint now);
  void remember(const std::vector<std::string>& entry_ids);

  jackfield::Host& host_;
  const std::string zone_;
  Directory directory_;
  std::string day_;            // the day at the last look for days to close; empty: look again
  jackfield::Database index_;  // not named `database`: its transactions come after the disk's, not around the step
};

}  // namespace finance
