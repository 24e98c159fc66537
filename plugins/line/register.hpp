// The register of lines: which number has which card, and who owns it.
//
// A line is a row of the table `lines`. Its owner is a digest of identity type and number, keyed with a salt made with
// the database (table `salts`) and the setting digest_key: it tells whether a customer is the owner, and not who the
// owner is. `busy_by` is the order that works on the line; one at a time. `opened_by` is the order that opened it.
//
// Thread rule: the plugin's one thread, inside its transaction. Errors: jackfield::Reject for the customer,
// jackfield::Fail where an order acts on what is not so; std::runtime_error from the constructor for another digest_key
// than the one the owners were digested with.
#pragma once

#include "settings.hpp"

#include <jackfield/database.hpp>

#include <optional>
#include <string>

namespace line {

struct Line {
  std::string msisdn;
  std::string owner;
  std::string customer;
  std::string imsi;
  std::string iccid;
  std::string account;
  std::string product;
  std::string tariff;
  std::string busy_by;
  std::string opened_by;
  long long last_swap_ms = 0;  // Unix time of the last change of card; 0: never
};

class Register {
 public:
  Register(const Settings& settings, jackfield::Host& host);

  jackfield::Database database;

  [[nodiscard]] std::string owner(const std::string& id_type, const std::string& id_number) const;

  [[nodiscard]] std::optional<Line> find(const std::string& msisdn);
  /// Adds a line; again by the same order changes nothing. Never two lines on one number or card.
  void open(const Line& line);
  void close(const std::string& msisdn, const std::string& order);

  /// Marks the line as the order's. Reject LINE_UNKNOWN, IDENTITY_MISMATCH, LINE_BUSY.
  Line take(const std::string& msisdn, const std::string& owner, const std::string& order);
  /// Lets go of every line the order works on.
  void release(const std::string& order);

  /// Moves the line to another number. Fail where another order works on it or the number has a line.
  void renumber(const std::string& msisdn, const std::string& new_msisdn, const std::string& order);
  /// Puts another card into the line; gives back how it was. Fail as above.
  Line recard(const std::string& msisdn, const std::string& iccid, const std::string& imsi, long long swap_ms,
              const std::string& order);
  /// Puts the card of `was` back where the line has the card `iccid`.
  void restore_card(const Line& was, const std::string& iccid);

  [[nodiscard]] long long count_of_owner(const std::string& owner);
  [[nodiscard]] long long count_of_customer(const std::string& customer);

 private:
  std::string salt(const Settings& settings);
  Line workable(const std::string& msisdn, const std::string& order);
  void refuse_second(const Line& line);

  std::string salt_;
};

}  // namespace line
