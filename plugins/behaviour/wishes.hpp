// What customers asked for: a short history per customer, and what each asks for most.
//
// A customer is known here by a keyed digest of the identity alone: the number itself is never stored, and the salt is
// this installation's own. Tables: salts(name, salt), customers(customer, visits, last_at_ms),
// requests(customer, visit, at_ms, channel, service, product, tariff, card_type). A customer keeps the last `history`
// requests; one not seen for `keep` is forgotten. One thread at a time (the plugin's); errors: soci's exceptions.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace soci {
class session;
}

struct Wish {
  std::string channel;
  std::string service;
  std::string product;
  std::string tariff;
  std::string card_type;
};

class Wishes {
 public:
  static constexpr const char* tables = R"(
    CREATE TABLE IF NOT EXISTS salts (name TEXT PRIMARY KEY, salt TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS customers (customer TEXT PRIMARY KEY, visits BIGINT NOT NULL,
      last_at_ms BIGINT NOT NULL);
    CREATE TABLE IF NOT EXISTS requests (customer TEXT NOT NULL, visit BIGINT NOT NULL, at_ms BIGINT NOT NULL,
      channel TEXT NOT NULL, service TEXT NOT NULL, product TEXT NOT NULL, tariff TEXT NOT NULL,
      card_type TEXT NOT NULL,
      PRIMARY KEY (customer, visit)))";

  // Makes the salt the first time and forgets who was not seen since `forget_before_ms`.
  Wishes(soci::session& sql, int history, std::int64_t forget_before_ms);

  std::string customer(const std::string& id_type, const std::string& id_number) const;

  // Writes one visit down and returns how many there were, this one included.
  std::int64_t record(soci::session& sql, const std::string& customer, const Wish& wish, std::int64_t at_ms) const;

  // Products, tariffs and card types of the kept history: asked for most first, of equals the latest first.
  std::vector<std::string> interests(soci::session& sql, const std::string& customer, std::size_t most) const;

 private:
  int history_;
  std::string salt_;
};
