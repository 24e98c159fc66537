#include "wishes.hpp"

#include <jackfield/digest.hpp>

#include <soci/soci.h>

#include <algorithm>
#include <cctype>

namespace {

struct Interest {
  std::string word;
  int times = 0;
  int age = 0;  // 0: of the latest visit
};

void count(std::vector<Interest>& all, const std::string& word, int age) {
  if (word.empty()) return;
  auto found = std::find_if(all.begin(), all.end(), [&](const Interest& known) { return known.word == word; });
  if (found == all.end()) {
    all.push_back({word, 1, age});
  } else {
    ++found->times;
  }
}

// One person's number however it is typed: no blanks, letters large.
std::string normal(const std::string& id_number) {
  std::string plain;
  for (unsigned char letter : id_number)
    if (!std::isspace(letter)) plain.push_back(static_cast<char>(std::toupper(letter)));
  return plain;
}

}  // namespace

Wishes::Wishes(soci::session& sql, int history, std::int64_t forget_before_ms) : history_(history) {
  auto fresh = jackfield::digest_salt();
  sql << "INSERT INTO salts (name, salt) VALUES ('customer', :salt) ON CONFLICT (name) DO NOTHING", soci::use(fresh);
  sql << "SELECT salt FROM salts WHERE name = 'customer'", soci::into(salt_);
  long long before = forget_before_ms;
  sql << "DELETE FROM requests WHERE customer IN (SELECT customer FROM customers WHERE last_at_ms < :before)",
      soci::use(before);
  sql << "DELETE FROM customers WHERE last_at_ms < :before", soci::use(before);
}

std::string Wishes::customer(const std::string& id_type, const std::string& id_number) const {
  return jackfield::keyed_sha256(salt_, id_type + ":" + normal(id_number));
}

std::int64_t Wishes::record(soci::session& sql, const std::string& customer, const Wish& wish,
                            std::int64_t at_ms) const {
  long long at = at_ms, visits = 0;
  sql << "INSERT INTO customers (customer, visits, last_at_ms) VALUES (:customer, 1, :at) "
         "ON CONFLICT (customer) DO UPDATE SET visits = customers.visits + 1, last_at_ms = excluded.last_at_ms",
      soci::use(customer), soci::use(at);
  sql << "SELECT visits FROM customers WHERE customer = :customer", soci::use(customer), soci::into(visits);
  sql << "INSERT INTO requests (customer, visit, at_ms, channel, service, product, tariff, card_type) "
         "VALUES (:customer, :visit, :at, :channel, :service, :product, :tariff, :card)",
      soci::use(customer), soci::use(visits), soci::use(at), soci::use(wish.channel), soci::use(wish.service),
      soci::use(wish.product), soci::use(wish.tariff), soci::use(wish.card_type);
  long long oldest = visits - history_;
  sql << "DELETE FROM requests WHERE customer = :customer AND visit <= :oldest", soci::use(customer),
      soci::use(oldest);
  return visits;
}

std::vector<std::string> Wishes::interests(soci::session& sql, const std::string& customer, std::size_t most) const {
  std::vector<Interest> all;
  soci::rowset<soci::row> rows = (sql.prepare << "SELECT product, tariff, card_type FROM requests "
                                                 "WHERE customer = :customer ORDER BY visit DESC",
                                  soci::use(customer));
  int age = 0;
  for (const auto& row : rows) {
    for (std::size_t column = 0; column < 3; ++column) count(all, row.get<std::string>(column), age);
    ++age;
  }
  std::stable_sort(all.begin(), all.end(), [](const Interest& left, const Interest& right) {
    return left.times != right.times ? left.times > right.times : left.age < right.age;
  });
  std::vector<std::string> words;
  for (std::size_t i = 0; i < all.size() && i < most; ++i) words.push_back(all[i].word);
  return words;
}
