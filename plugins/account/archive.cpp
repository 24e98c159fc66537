#include "archive.hpp"

#include <jackfield/error.hpp>

namespace account {
namespace {

using std::string;

constexpr const char* schema = R"(
  CREATE TABLE IF NOT EXISTS accounts (
    account TEXT PRIMARY KEY, customer TEXT NOT NULL, made_by TEXT NOT NULL, made_ms BIGINT NOT NULL);
  CREATE INDEX IF NOT EXISTS accounts_made ON accounts (made_by);
  CREATE TABLE IF NOT EXISTS account_lines (
    order_id TEXT PRIMARY KEY, account TEXT NOT NULL, msisdn TEXT NOT NULL, mode TEXT NOT NULL, product TEXT NOT NULL,
    tariff TEXT NOT NULL, since_ms BIGINT NOT NULL);
  CREATE INDEX IF NOT EXISTS account_lines_account ON account_lines (account);
  CREATE TABLE IF NOT EXISTS splits (
    order_id TEXT NOT NULL, item TEXT NOT NULL, account TEXT NOT NULL, PRIMARY KEY (order_id, item, account));
  CREATE INDEX IF NOT EXISTS splits_account ON splits (account);)";

}  // namespace

Archive::Archive(const jackfield::NoSettings&, jackfield::Host& host) : database{host, schema} {}

void Archive::add_account(const string& account, const Line& line, jackfield::TimePoint now) {
  const long long now_ms = now.time_since_epoch().count();
  database.sql() << "INSERT INTO accounts (account, customer, made_by, made_ms) VALUES (:a, :c, :o, :ms) "
                    "ON CONFLICT (account) DO NOTHING",
      soci::use(account), soci::use(line.customer), soci::use(line.order), soci::use(now_ms);
}

void Archive::file(const Line& line, jackfield::TimePoint now) {
  string filed;
  auto& sql = database.sql();
  sql << "SELECT account FROM account_lines WHERE order_id = :o", soci::into(filed), soci::use(line.order);
  if (sql.got_data()) {
    if (filed == line.account) return;
    throw jackfield::Fail{"ACCOUNT_LINE", "order " + line.order + " has a line on account " + filed + ", expected " +
                                              line.account + ": an order has one"};
  }
  add_account(line.account, line, now);
  const long long now_ms = now.time_since_epoch().count();
  sql << "INSERT INTO account_lines (order_id, account, msisdn, mode, product, tariff, since_ms) "
         "VALUES (:o, :a, :m, :mo, :p, :t, :ms)",
      soci::use(line.order), soci::use(line.account), soci::use(line.msisdn), soci::use(line.mode),
      soci::use(line.product), soci::use(line.tariff), soci::use(now_ms);
  for (const auto& split : line.splits) {
    add_account(split.account, line, now);
    sql << "INSERT INTO splits (order_id, item, account) VALUES (:o, :i, :a) ON CONFLICT (order_id, item, account) "
           "DO NOTHING",
        soci::use(line.order), soci::use(split.item), soci::use(split.account);
  }
}

void Archive::remove(const string& order) {
  auto& sql = database.sql();
  sql << "DELETE FROM splits WHERE order_id = :o", soci::use(order);
  sql << "DELETE FROM account_lines WHERE order_id = :o", soci::use(order);
  sql << "DELETE FROM accounts WHERE made_by = :o AND account NOT IN (SELECT account FROM account_lines) "
         "AND account NOT IN (SELECT account FROM splits)",
      soci::use(order);
}

long long Archive::count_lines(const string& account) {
  long long count = 0;
  database.sql() << "SELECT COUNT(*) FROM account_lines WHERE account = :a", soci::into(count), soci::use(account);
  return count;
}

}  // namespace account
