// The accounts that exist and what was charged to them.
//
// Tables: numbers(name, last) the sequence of account numbers; accounts(account, opened_at_ms, opened_by, customer,
// state: open | released); charges(charge, instance, account, customer, total_fen, method, reference, charged_at_ms,
// refunded_at_ms, refund); entries(charge, line, account, item, ledger, debit_fen, credit_fen); salts(name, salt).
// `charge` is the idempotency key of the step that charged. `reference` is a keyed digest: a payment reference is never
// stored. A refund never removes rows: it adds reversing entries and marks the charge.
// One thread at a time (the plugin's); every call is inside the plugin's transaction. Errors: soci's exceptions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "posting.hpp"

namespace soci {
class session;
}

struct Charge {
  std::string key;
  std::string instance;
  std::string account;
  std::string customer;
  std::string method;
  std::string reference;  // in clear: only its digest is written
  std::int64_t total_fen = 0;
  std::int64_t charged_at_ms = 0;
};

// What a refund gave back; nothing where it had been given back before.
struct Reversal {
  std::int64_t refunded_fen = 0;
  std::vector<Posting> entries;
};

class Ledger {
 public:
  static const char* const tables;

  explicit Ledger(soci::session& sql);

  // A new account, "A" and twelve digits, never used before.
  std::string open_account(soci::session& sql, const std::string& opened_by, const std::string& customer,
                           std::int64_t at_ms) const;
  // Whether there is such an account, of this customer, and it was not released.
  bool is_open(soci::session& sql, const std::string& account, const std::string& customer) const;

  void write(soci::session& sql, const Charge& charge, const std::vector<Posting>& entries) const;

  // Keys of the instance's charges that were not refunded.
  std::vector<std::string> unrefunded(soci::session& sql, const std::string& instance) const;

  // Reverses a charge once and releases the accounts it opened, unless another order is charged to them meanwhile.
  Reversal refund(soci::session& sql, const std::string& charge, const std::string& refund, std::int64_t at_ms) const;

 private:
  std::vector<Posting> reverse_entries(soci::session& sql, const std::string& charge) const;
  void release_accounts(soci::session& sql, const std::string& charge) const;
  static void write_entries(soci::session& sql, const std::string& charge, const std::vector<Posting>& entries,
                            int first_line);

  std::string salt_;
};
