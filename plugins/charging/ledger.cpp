#include "ledger.hpp"

#include <jackfield/digest.hpp>

#include <soci/soci.h>

#include <cstdio>
#include <utility>

const char* const Ledger::tables = R"(
  CREATE TABLE IF NOT EXISTS salts (name TEXT PRIMARY KEY, salt TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS numbers (name TEXT PRIMARY KEY, last BIGINT NOT NULL);
  CREATE TABLE IF NOT EXISTS accounts (account TEXT PRIMARY KEY, opened_at_ms BIGINT NOT NULL, opened_by TEXT NOT NULL,
    customer TEXT NOT NULL, state TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS accounts_opened_by ON accounts (opened_by);
  CREATE TABLE IF NOT EXISTS charges (charge TEXT PRIMARY KEY, instance TEXT NOT NULL, account TEXT NOT NULL,
    customer TEXT NOT NULL, total_fen BIGINT NOT NULL, method TEXT NOT NULL, reference TEXT NOT NULL,
    charged_at_ms BIGINT NOT NULL, refunded_at_ms BIGINT NOT NULL, refund TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS charges_instance ON charges (instance);
  CREATE TABLE IF NOT EXISTS entries (charge TEXT NOT NULL, line BIGINT NOT NULL, account TEXT NOT NULL,
    item TEXT NOT NULL, ledger TEXT NOT NULL, debit_fen BIGINT NOT NULL, credit_fen BIGINT NOT NULL,
    PRIMARY KEY (charge, line));
  CREATE INDEX IF NOT EXISTS entries_account ON entries (account))";

Ledger::Ledger(soci::session& sql) {
  auto fresh = jackfield::digest_salt();
  sql << "INSERT INTO salts (name, salt) VALUES ('reference', :salt) ON CONFLICT (name) DO NOTHING", soci::use(fresh);
  sql << "SELECT salt FROM salts WHERE name = 'reference'", soci::into(salt_);
}

std::string Ledger::open_account(soci::session& sql, const std::string& opened_by, const std::string& customer,
                                 std::int64_t at_ms) const {
  long long number = 0, at = at_ms;
  sql << "INSERT INTO numbers (name, last) VALUES ('account', 1) "
         "ON CONFLICT (name) DO UPDATE SET last = numbers.last + 1";
  sql << "SELECT last FROM numbers WHERE name = 'account'", soci::into(number);
  char account[24];
  std::snprintf(account, sizeof account, "A%012lld", number);
  std::string made = account;
  sql << "INSERT INTO accounts (account, opened_at_ms, opened_by, customer, state) "
         "VALUES (:account, :at, :opened_by, :customer, 'open')",
      soci::use(made), soci::use(at), soci::use(opened_by), soci::use(customer);
  return made;
}

bool Ledger::is_open(soci::session& sql, const std::string& account, const std::string& customer) const {
  int found = 0;
  sql << "SELECT COUNT(*) FROM accounts WHERE account = :account AND customer = :customer AND state = 'open'",
      soci::use(account), soci::use(customer), soci::into(found);
  return found == 1;
}

void Ledger::write(soci::session& sql, const Charge& charge, const std::vector<Posting>& entries) const {
  long long total = charge.total_fen, at = charge.charged_at_ms;
  auto reference = charge.reference.empty() ? "" : jackfield::keyed_sha256(salt_, charge.reference);
  sql << "INSERT INTO charges (charge, instance, account, customer, total_fen, method, reference, charged_at_ms, "
         "refunded_at_ms, refund) VALUES (:charge, :instance, :account, :customer, :total, :method, :reference, :at, "
         "0, '')",
      soci::use(charge.key), soci::use(charge.instance), soci::use(charge.account), soci::use(charge.customer),
      soci::use(total), soci::use(charge.method), soci::use(reference), soci::use(at);
  write_entries(sql, charge.key, entries, 1);
}

void Ledger::write_entries(soci::session& sql, const std::string& charge, const std::vector<Posting>& entries,
                           int first_line) {
  for (const auto& entry : entries) {
    long long line = first_line++, debit = entry.debit_fen, credit = entry.credit_fen;
    sql << "INSERT INTO entries (charge, line, account, item, ledger, debit_fen, credit_fen) "
           "VALUES (:charge, :line, :account, :item, :ledger, :debit, :credit)",
        soci::use(charge), soci::use(line), soci::use(entry.account), soci::use(entry.item), soci::use(entry.ledger),
        soci::use(debit), soci::use(credit);
  }
}

std::vector<std::string> Ledger::unrefunded(soci::session& sql, const std::string& instance) const {
  std::vector<std::string> keys;
  soci::rowset<std::string> rows = (sql.prepare << "SELECT charge FROM charges WHERE instance = :instance AND "
                                                   "refunded_at_ms = 0 ORDER BY charged_at_ms, charge",
                                    soci::use(instance));
  for (const auto& key : rows) keys.push_back(key);
  return keys;
}

Reversal Ledger::refund(soci::session& sql, const std::string& charge, const std::string& refund,
                        std::int64_t at_ms) const {
  long long total = 0, refunded_at = 0, at = at_ms;
  sql << "SELECT total_fen, refunded_at_ms FROM charges WHERE charge = :charge", soci::use(charge), soci::into(total),
      soci::into(refunded_at);
  if (!sql.got_data() || refunded_at != 0) return {};
  sql << "UPDATE charges SET refunded_at_ms = :at, refund = :refund WHERE charge = :charge AND refunded_at_ms = 0",
      soci::use(at), soci::use(refund), soci::use(charge);
  Reversal reversal{total, reverse_entries(sql, charge)};
  release_accounts(sql, charge);
  return reversal;
}

std::vector<Posting> Ledger::reverse_entries(soci::session& sql, const std::string& charge) const {
  std::vector<Posting> reversed;
  soci::rowset<soci::row> rows = (sql.prepare << "SELECT account, item, ledger, debit_fen, credit_fen FROM entries "
                                                 "WHERE charge = :charge ORDER BY line",
                                  soci::use(charge));
  for (const auto& row : rows)
    reversed.push_back({row.get<std::string>(0), row.get<std::string>(1), row.get<std::string>(2),
                        row.get<long long>(4), row.get<long long>(3)});
  write_entries(sql, charge, reversed, static_cast<int>(reversed.size()) + 1);
  return reversed;
}

void Ledger::release_accounts(soci::session& sql, const std::string& charge) const {
  sql << "UPDATE accounts SET state = 'released' WHERE opened_by = :charge AND state = 'open' AND NOT EXISTS ("
         "SELECT 1 FROM entries e JOIN charges c ON c.charge = e.charge WHERE e.account = accounts.account "
         "AND c.refunded_at_ms = 0) AND NOT EXISTS ("
         "SELECT 1 FROM charges d WHERE d.account = accounts.account AND d.refunded_at_ms = 0)",
      soci::use(charge);
}
