// The archive of accounts: which there are, which lines are on them, and which items go to another account (分帐).
//
// Tables: `accounts` (one row each), `account_lines` (one for each order that put a line on one), `splits` (the items
// of such an order that other accounts pay). Whether an account exists is judged where it is charged; the archive takes
// what was charged, in the order in which receipts come.
//
// Thread rule: the plugin's one thread, inside its transaction. Errors: soci's, and jackfield::Fail ACCOUNT_LINE.
#pragma once

#include <jackfield/database.hpp>
#include <jackfield/fields.hpp>

#include <string>
#include <vector>

namespace account {

struct Split {
  std::string item;
  std::string account;
};

struct Line {
  std::string order;
  std::string account;
  std::string customer;
  std::string msisdn;
  std::string mode;
  std::string product;
  std::string tariff;
  std::vector<Split> splits;
};

class Archive {
 public:
  Archive(const jackfield::NoSettings& settings, jackfield::Host& host);

  jackfield::Database database;

  /// Files the account where it is new, and puts the line on it; again by the same order changes nothing.
  void file(const Line& line, jackfield::TimePoint now);
  /// Takes the order's line off, and every account that is then without lines and was filed by the order.
  void remove(const std::string& order);
  [[nodiscard]] long long count_lines(const std::string& account);

 private:
  void add_account(const std::string& account, const Line& line, jackfield::TimePoint now);
};

}  // namespace account
