// Cards: stocked → reserved (until) → bound → active → retired, or lost, and never on two lines.
//
// Owns the table `cards`; a row is never deleted. A reserved card that is secured is bound: to its order and number,
// without an end. The Ki lies here in clear, as it must reach the network; it leaves only in the reservation's answer.
// Every move compares the state it saw and sets the next, as with numbers.
//
// Thread rule: the plugin's one thread, inside its transaction. Errors: jackfield::Reject for the customer,
// jackfield::Fail where an order acts on what is not its own, jackfield::Retry where another host was quicker.
#pragma once

#include <jackfield/database.hpp>
#include <jackfield/host.hpp>

#include <optional>
#include <string>

namespace resource {

struct Card {
  std::string iccid;
  std::string imsi;
  std::string ki;
  std::string type;
  std::string state;
  std::string order;
  std::string msisdn;
  long long until_ms = 0;
};

class Cards {
 public:
  static constexpr const char* schema = R"(
    CREATE TABLE IF NOT EXISTS cards (
      iccid TEXT PRIMARY KEY, imsi TEXT NOT NULL UNIQUE, ki TEXT NOT NULL, type TEXT NOT NULL, state TEXT NOT NULL,
      order_id TEXT NOT NULL, msisdn TEXT NOT NULL, until_ms BIGINT NOT NULL);
    CREATE INDEX IF NOT EXISTS cards_stock ON cards (state, type, iccid);
    CREATE INDEX IF NOT EXISTS cards_order ON cards (order_id) WHERE order_id <> '';
    CREATE INDEX IF NOT EXISTS cards_msisdn ON cards (msisdn) WHERE msisdn <> '';
    CREATE INDEX IF NOT EXISTS cards_due ON cards (until_ms) WHERE until_ms > 0;)";

  explicit Cards(jackfield::Database& database) : database_(database) {}

  /// One row of a delivery: new ones are stocked, a stocked one takes what is new, any other stays as it is.
  /// Throws std::runtime_error where another card has this IMSI.
  void deliver(const Card& card);
  /// Puts reservations that have ended by now back into stock.
  void sweep(jackfield::TimePoint now);

  [[nodiscard]] std::optional<Card> find(const std::string& iccid);

  /// Takes a card for the order until then, and lets go of any other it had reserved. `iccid` empty: any of the type,
  /// highest serial first, or the one the order has.
  Card reserve(const std::string& iccid, const std::string& type, const std::string& order,
               jackfield::TimePoint until);
  /// Puts back what the order has reserved or bound.
  void release(const std::string& order);
  /// Binds the order's card to its number until it is committed or released; takes a stocked one again.
  void secure(const std::string& iccid, const std::string& msisdn, const std::string& order);

  void commit(const std::string& iccid, const std::string& msisdn, const std::string& order);
  void withdraw(const std::string& iccid, const std::string& order);
  /// The new one becomes active and the old one `ended` ("retired" or "lost"), in one go.
  void swap(const std::string& old_iccid, const std::string& iccid, const std::string& msisdn,
            const std::string& ended, const std::string& order);
  void swap_back(const std::string& old_iccid, const std::string& iccid, const std::string& order);
  /// The active card of a line goes with its number.
  void renumber(const std::string& old_msisdn, const std::string& msisdn);

 private:
  std::optional<Card> first(const std::string& where, const std::string& one, const std::string& two);
  std::optional<Card> any(const std::string& type, const std::string& order);
  void move(const Card& seen, const std::string& state, const std::string& order, const std::string& msisdn,
            long long until_ms);
  void release_others(const std::string& order, const std::string& kept);
  Card get(const std::string& iccid);

  jackfield::Database& database_;
};

}  // namespace resource
