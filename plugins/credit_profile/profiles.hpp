// Credit files of customers: how each order found a customer's credit, and the deposit it took.
//
// One table, `assessments`, one row for each order that opened a line. A customer's file is all rows of that customer:
// the grade is the latest one's, the deposit the sum. So taking an order back is taking its row away.
//
// Thread rule: the plugin's one thread, inside its transaction. Errors: soci's.
#pragma once

#include <jackfield/database.hpp>
#include <jackfield/fields.hpp>

#include <string>

namespace credit_profile {

struct Assessment {
  std::string order;
  std::string customer;
  std::string msisdn;
  std::string grade;
  long long deposit_fen = 0;
};

struct Profile {
  std::string grade;  // empty: no file
  long long deposit_fen = 0;
};

class Profiles {
 public:
  Profiles(const jackfield::NoSettings& settings, jackfield::Host& host);

  jackfield::Database database;

  /// Adds the order's assessment; again changes nothing.
  void add(const Assessment& assessment, jackfield::TimePoint now);
  void remove(const std::string& order);
  [[nodiscard]] Profile of(const std::string& customer);
};

}  // namespace credit_profile
