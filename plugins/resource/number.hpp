// Numbers: free → reserved (until) → in use ⇄ changing → cooling (until) → free, and never two owners.
//
// Owns the table `numbers`; a row is never deleted. `order_id` is the order that moved the row last, `until_ms` when
// the state ends by itself: 0 is never. A reservation that was secured (its order goes on to be paid) has until 0.
// Every move compares the state it saw and sets the next, so that a second host on the same database loses, not wins.
//
// Thread rule: the plugin's one thread, inside its transaction. Errors: jackfield::Reject for the customer,
// jackfield::Fail where an order acts on what is not its own, jackfield::Retry where another host was quicker.
#pragma once

#include <jackfield/database.hpp>
#include <jackfield/host.hpp>

#include <optional>
#include <string>
#include <vector>

namespace resource {

struct Number {
  std::string msisdn;
  std::string grade;
  long long fee_fen = 0;
  std::string state;
  std::string order;
  long long until_ms = 0;
};

class Numbers {
 public:
  static constexpr const char* schema = R"(
    CREATE TABLE IF NOT EXISTS numbers (
      msisdn TEXT PRIMARY KEY, grade TEXT NOT NULL, fee_fen BIGINT NOT NULL, lot BIGINT NOT NULL,
      state TEXT NOT NULL, order_id TEXT NOT NULL, until_ms BIGINT NOT NULL);
    CREATE INDEX IF NOT EXISTS numbers_offer ON numbers (state, grade, lot);
    CREATE INDEX IF NOT EXISTS numbers_order ON numbers (order_id) WHERE order_id <> '';
    CREATE INDEX IF NOT EXISTS numbers_due ON numbers (until_ms) WHERE until_ms > 0;)";

  explicit Numbers(jackfield::Database& database) : database_(database) {}

  /// One row of a delivery: new ones are free, a free one takes the grade and fee, any other stays as it is.
  void deliver(const std::string& msisdn, const std::string& grade, long long fee_fen);
  /// Frees what has ended by now: reservations not secured, and cooling.
  void sweep(jackfield::TimePoint now);

  [[nodiscard]] std::optional<Number> find(const std::string& msisdn);
  /// Free ones of a grade, at most `most`, from a place in the stock that `spread` picks.
  [[nodiscard]] std::vector<Number> free_of(const std::string& grade, long long spread, int most);
  [[nodiscard]] std::vector<std::string> grades();

  /// Takes it for the order until then, and lets go of any other number the order had reserved.
  Number reserve(const std::string& msisdn, const std::string& order, jackfield::TimePoint until);
  /// Gives back what the order has reserved, and what it has marked as changing.
  void release(const std::string& order);
  /// Makes the order's reservation last until it is committed or released; takes a free number again.
  void secure(const std::string& msisdn, const std::string& order);
  void change(const std::string& msisdn, const std::string& order);

  void commit(const std::string& msisdn, const std::string& order);
  void withdraw(const std::string& msisdn, const std::string& order);
  /// The new one comes into use and the old one cools, in one go.
  void swap(const std::string& old_msisdn, const std::string& msisdn, const std::string& order,
            jackfield::TimePoint cool_until);
  /// False where there was nothing to undo.
  bool swap_back(const std::string& old_msisdn, const std::string& msisdn, const std::string& order);

 private:
  void move(const Number& seen, const std::string& state, const std::string& order, long long until_ms);
  void release_others(const std::string& order, const std::string& kept);
  Number get(const std::string& msisdn);

  jackfield::Database& database_;
};

}  // namespace resource
