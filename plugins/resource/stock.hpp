// The stock of an operator: its numbers and its cards, imported at start and moved by orders.
//
// Why one object: a reservation is of both kinds at once, in one transaction. Every access first sweeps what has ended
// by the host's clock. A delivery that is imported again changes nothing but the price of what is still free.
//
// Thread rule: the plugin's one thread. Errors: std::runtime_error from the constructor names file and line.
#pragma once

#include "card.hpp"
#include "number.hpp"
#include "settings.hpp"

#include <jackfield/database.hpp>

#include <string>
#include <vector>

namespace resource {

enum class Kind { number, card };

class Stock {
 public:
  Stock(const Settings& settings, jackfield::Host& host);

  jackfield::Database database;
  Numbers numbers;
  Cards cards;

  /// Frees what has ended by now, of both kinds.
  void sweep(jackfield::TimePoint now);
  [[nodiscard]] jackfield::Duration hold(const std::string& channel, Kind kind) const;

  /// The number as the stock writes it, or a Reject NUMBER_UNKNOWN.
  [[nodiscard]] std::string msisdn(const std::string& text) const;
  /// The card's serial where it is one, or a Reject CARD_UNKNOWN.
  [[nodiscard]] std::string iccid(const std::string& text) const;

  /// A choice of free numbers, a good spread over the grades; those of `wanted` grades come twice as often.
  [[nodiscard]] std::vector<Number> offer(const std::vector<std::string>& wanted, const std::string& order, int count);

 private:
  void check_holds() const;
  [[nodiscard]] std::string wrong_type(const std::string& type) const;  // what is wrong with it, or ""
  void import_numbers();
  void import_cards();

  const Settings& settings_;
  jackfield::telecom::Prefixes msisdn_prefixes_;
  jackfield::telecom::Prefixes iccid_prefixes_;
  jackfield::telecom::Prefixes imsi_prefixes_;
  std::vector<std::string> grades_;
};

}  // namespace resource
