// 用户行为分析管理: remembers what a customer asked for, so that the next steps can recommend what fits.
#include <jackfield/database.hpp>
#include <jackfield/plugin.hpp>

#include <chrono>
#include <stdexcept>

#include "wishes.hpp"

namespace {

struct Settings {
  int history = 20;
  int interests = 8;
  jackfield::Duration keep = std::chrono::hours(24 * 400);
  JF_FIELDS((history, "how many requests of one customer are kept"),
            (interests, "how many interests are answered at most"),
            (keep, "how long a customer who does not come back is remembered"))
};

struct Customer {
  std::string id_type;
  jackfield::Sensitive id_number;
  JF_FIELDS((id_type, "resident-id, passport, …", jackfield::required),
            (id_number, "never stored, only its digest", jackfield::required))
};

struct Request {
  Customer customer;
  std::string channel;
  std::string service;
  std::string product;
  std::string tariff;
  std::string card_type;
  JF_FIELDS((customer, "who asks", jackfield::required), (channel, "where", jackfield::required),
            (service, "for what", jackfield::required), (product, "the product named, if any"),
            (tariff, "the tariff named, if any"), (card_type, "the card wanted, if any"))
};

struct Habit {
  std::int64_t visits = 0;
  std::vector<std::string> interests;
  JF_FIELDS((visits, "how often this customer came, this time included"),
            (interests, "products, tariffs and card types asked for most, of equals the latest first"))
};

struct Memory {
  Memory(const Settings& settings, jackfield::Host& host) : database(host, Wishes::tables) {
    if (settings.history < 1 || settings.history > 1000)
      throw std::runtime_error("history: expected 1 to 1000 requests, found " + std::to_string(settings.history));
    if (settings.interests < 0 || settings.interests > 100)
      throw std::runtime_error("interests: expected 0 to 100, found " + std::to_string(settings.interests));
    auto forget = (host.now() - settings.keep).time_since_epoch();
    auto forget_before_ms = std::chrono::duration_cast<std::chrono::milliseconds>(forget).count();
    database.transaction([&](soci::session& sql) { wishes.emplace(sql, settings.history, forget_before_ms); });
  }

  jackfield::Database database;
  std::optional<Wishes> wishes;
};

struct Record : jackfield::Step<Settings, Request, Habit, Memory> {
  static constexpr auto info =
      jackfield::step("behaviour.record", "Writes down what the customer asked for, answers what they usually want")
          .keyed();

  Habit run(const Request& request, jackfield::Context& ctx) {
    auto& sql = shared.database.sql();
    const auto& wishes = *shared.wishes;
    auto customer = wishes.customer(request.customer.id_type, request.customer.id_number.reveal());
    Wish wish{request.channel, request.service, request.product, request.tariff, request.card_type};
    auto at_ms = ctx.now().time_since_epoch().count();
    Habit habit;
    habit.visits = wishes.record(sql, customer, wish, at_ms);
    habit.interests = wishes.interests(sql, customer, static_cast<std::size_t>(settings.interests));
    return habit;
  }
};

}  // namespace

JACKFIELD_PLUGIN("behaviour", "1.0.0", Record)
