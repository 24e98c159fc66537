// 资费优惠推介, 费用计算: what could be cheaper for this customer, and what the order costs.
#include <jackfield/plugin.hpp>
#include <jackfield/time_zone.hpp>

#include <algorithm>

#include "bill.hpp"
#include "money.hpp"
#include "price_list.hpp"

namespace {

constexpr std::int64_t most_fen = 1'000'000'000;

struct Settings {
  jackfield::Path catalog{"data/catalog.yaml"};
  JF_FIELDS((catalog, "fees of products, tariffs and services, and discounts"))
};

struct Interest {
  std::string service;
  std::string channel;
  std::string product;
  std::string tariff;
  std::vector<std::string> interests;
  JF_FIELDS((service, "the flow asked for", jackfield::required), (channel, "where the order came from, if known"),
            (product, "the product chosen, if any"), (tariff, "the tariff chosen, if any"),
            (interests, "what behaviour.record answered"))
};

struct RecommendedTariff {
  std::string id;
  std::string product;
  std::string name;
  std::int64_t monthly_fee_fen = 0;
  std::string reason;
  JF_FIELDS(id, product, name, monthly_fee_fen, reason)
};

struct RecommendedDiscount {
  std::string id;
  std::string name;
  JF_FIELDS(id, name)
};

struct Recommendation {
  std::vector<RecommendedTariff> tariffs;
  std::vector<RecommendedDiscount> discounts;
  JF_FIELDS((tariffs, "other tariffs of this product, the cheapest first"), (discounts, "discounts this order gets"))
};

struct Also {
  std::string service, name;
  JF_FIELDS((service, "as the catalogue has it", jackfield::required), (name, "for the customer"))
};

struct Order {
  std::string service;
  std::string channel;
  std::string product;
  std::string tariff;
  std::vector<std::string> interests;
  std::int64_t number_fee_fen = 0;
  std::int64_t deposit_fen = 0;
  std::vector<Also> also;
  JF_FIELDS((service, "the flow asked for", jackfield::required), (channel, "where the order came from, if known"),
            (product, "the product opened"), (tariff, "its tariff; left out: the product's own monthly fee"),
            (interests, "what behaviour.record answered"), (number_fee_fen, "the number's own fee"),
            (deposit_fen, "what the credit check asks for"), (also, "services done in the same order, each with its fee"))
};

struct Item {
  std::string item;
  std::int64_t amount_fen = 0;
  std::string text;
  JF_FIELDS((item, "open_fee, monthly_fee, service_fee, service_fee:<id> of another, number_fee, deposit, discount:<id>"),
            (amount_fen, "negative where it is taken off"), (text, "for the customer"))
};

struct Price {
  std::vector<Item> items;
  std::int64_t total_fen = 0;
  std::int64_t discount_fen = 0;
  JF_FIELDS((items, "the lines of the bill"), (total_fen, "their sum"), (discount_fen, "what the discounts take off"))
};

struct Prices {
  Prices(const Settings& settings, jackfield::Host& host) : list(settings.catalog.str()), zone(host.zone()) {}

  PriceList list;
  const std::string zone;
};

int day_number(const jackfield::LocalTime& local) { return local.year * 10'000 + local.month * 100 + local.day; }

struct Recommend : jackfield::Step<Settings, Interest, Recommendation, Prices> {
  static constexpr auto info =
      jackfield::step("tariff.recommend", "Names other tariffs and the discounts that hold for this order")
          .idempotent();

  Recommendation run(const Interest& interest, jackfield::Context& ctx) {
    Recommendation recommendation;
    for (const auto& tariff : shared.list.tariffs()) {
      if (interest.product.empty() || tariff.product != interest.product || tariff.id == interest.tariff) continue;
      recommendation.tariffs.push_back(
          {tariff.id, tariff.product, tariff.name, tariff.monthly_fee_fen, reason(tariff, interest)});
    }
    std::stable_sort(recommendation.tariffs.begin(), recommendation.tariffs.end(),
                     [](const auto& left, const auto& right) { return left.monthly_fee_fen < right.monthly_fee_fen; });
    auto today = day_number(jackfield::local_time(ctx.now(), shared.zone));
    Bargain bargain{interest.service, interest.channel, interest.product, interest.tariff, interest.interests, today};
    for (auto& discount : shared.list.discounts())
      if (discount.applies(bargain)) recommendation.discounts.push_back({discount.id, discount.name});
    return recommendation;
  }

  std::string reason(const TariffPrice& tariff, const Interest& interest) const {
    const auto& words = interest.interests;
    if (std::find(words.begin(), words.end(), tariff.id) != words.end()) return "您曾经关注过此资费";
    const auto* now = shared.list.tariff(interest.product, interest.tariff);
    const auto* product = shared.list.product(interest.product);
    if (!now && !product) return "同一产品的其他资费";
    auto monthly_fee_fen = now ? now->monthly_fee_fen : product->monthly_fee_fen;
    return tariff.monthly_fee_fen < monthly_fee_fen ? "月费更低" : "包含更多内容";
  }
};

struct Calculate : jackfield::Step<Settings, Order, Price, Prices> {
  static constexpr auto info =
      jackfield::step("tariff.price", "Fees, the first month by days, number fee and deposit, less discounts")
          .idempotent();

  Price run(const Order& order, jackfield::Context& ctx) {
    bounded("number_fee_fen", order.number_fee_fen);
    bounded("deposit_fen", order.deposit_fen);
    const auto* service = priced(order.service);
    auto local = jackfield::local_time(ctx.now(), shared.zone);
    Bill bill;
    if (service->opens) open(order, local, bill);
    bill.fee("service_fee", service->fee_fen, "服务费");
    for (const auto& one : order.also)
      bill.fee("service_fee:" + one.service, priced(one.service)->fee_fen,
               "服务费(" + (one.name.empty() ? one.service : one.name) + ")");
    bill.fee("number_fee", order.number_fee_fen, "选号费");
    bill.deposit(order.deposit_fen);
    Bargain bargain{order.service, order.channel, order.product, order.tariff, order.interests, day_number(local)};
    auto fees_fen = bill.fees_fen();
    for (auto& discount : shared.list.discounts())
      if (discount.applies(bargain)) bill.discount(discount.id, discount.of(fees_fen), discount.name);
    Price price{{}, bill.total_fen(), bill.discount_fen()};
    for (const auto& line : bill.lines()) price.items.push_back({line.item, line.amount_fen, line.text});
    return price;
  }

  const ServicePrice* priced(const std::string& id) const {
    if (const auto* service = shared.list.service(id)) return service;
    throw jackfield::Fail{"SERVICE_NOT_PRICED", "the catalogue has no price for service '" + id +
                                                    "': add it under services in " + settings.catalog.str()};
  }

  void open(const Order& order, const jackfield::LocalTime& local, Bill& bill) const {
    const auto* product = shared.list.product(order.product);
    if (!product) throw jackfield::Reject{"PRODUCT_UNKNOWN", "没有产品“" + order.product + "”"};
    auto monthly_fee_fen = product->monthly_fee_fen;
    if (!order.tariff.empty()) {
      const auto* tariff = shared.list.tariff(order.product, order.tariff);
      if (!tariff)
        throw jackfield::Reject{"PRODUCT_UNKNOWN", "产品“" + product->name + "”没有资费“" + order.tariff + "”"};
      monthly_fee_fen = tariff->monthly_fee_fen;
    }
    auto days = jackfield::days_in_month(local.year, local.month);
    auto left = days - local.day + 1;
    bill.fee("open_fee", product->open_fee_fen, "开户费");
    bill.fee("monthly_fee", share(monthly_fee_fen, left, days),
             "首月月租(" + std::to_string(left) + "/" + std::to_string(days) + "天)");
  }

  static void bounded(const char* name, std::int64_t fen) {
    if (fen < 0 || fen > most_fen)
      throw jackfield::Fail{"INPUT_INVALID", std::string(name) + ": expected 0 to " + std::to_string(most_fen) +
                                                 " fen, found " + std::to_string(fen)};
  }
};

}  // namespace

JACKFIELD_PLUGIN("tariff", "1.0.0", Recommend, Calculate)
