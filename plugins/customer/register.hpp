// The customer files, and the drafts that become files only once the fee is paid.
//
// Tables: `customers` (one for each identity), `drafts` (one for each order under way that opens a line; dropped or
// made real), `lines` (one for each line opened: which order, whose). A draft decides the customer's id at once, so
// that two orders of a new customer at the same time end in one file. A file that exists is never overwritten.
// Identity numbers lie here in clear: this is the customer's file. They are never logged.
//
// Thread rule: the plugin's one thread, inside its transaction. Errors: jackfield::Fail DRAFT_MISSING.
#pragma once

#include "person.hpp"

#include <jackfield/database.hpp>

#include <optional>
#include <string>

namespace customer {

class Register {
 public:
  explicit Register(jackfield::Database& database) : database_(database) {}
  static const char* schema();

  /// The customer's id, where the identity has a file. `id_number` is plain, here and below.
  [[nodiscard]] std::optional<std::string> find(const std::string& id_type, const std::string& id_number);
  /// Fills what an order leaves out from the file: name, address and phone.
  void complete(Person& person, const std::string& customer);
  [[nodiscard]] std::string phone(const std::string& customer);

  /// Lines of the identity, real and drafted, without those of `order`.
  [[nodiscard]] long long count_lines(const std::string& id_type, const std::string& id_number,
                                      const std::string& order);

  /// Enters the draft of the order; again replaces it. Gives the customer's id.
  std::string draft(const Person& person, const std::string& type, const std::string& msisdn,
                    const std::string& order, jackfield::TimePoint now);
  void drop(const std::string& order);
  /// The order's draft becomes real: a file for a new customer, and one more line.
  std::string commit(const std::string& order, jackfield::TimePoint now);
  /// Takes the order's line back, and the file where the order made it and nothing else is on it.
  void withdraw(const std::string& order);

 private:
  std::string customer_of(const std::string& id_type, const std::string& id_number, const std::string& order);

  jackfield::Database& database_;
};

}  // namespace customer
