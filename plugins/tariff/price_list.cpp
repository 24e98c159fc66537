#include "price_list.hpp"

#include <jackfield/yaml_file.hpp>

#include <algorithm>
#include <cmath>

#include "money.hpp"

namespace {

using jackfield::YamlValue;

constexpr std::int64_t most_fen = 1'000'000'000;  // ten million yuan: a slip of the hand, not a price
constexpr const char* opening_service = "open-account";

std::int64_t fen(const YamlValue& value, const char* key) {
  auto fee = value.find(key);
  return fee ? fee->integer(0, most_fen) : 0;
}

std::string word(const YamlValue& value, const char* key) {
  auto text = value.find(key);
  return text ? text->text() : "";
}

std::vector<std::string> words(const YamlValue& value, const char* key) {
  auto list = value.find(key);
  return list ? list->texts() : std::vector<std::string>{};
}

// "2026-11-22" → 20261122; 0 where it is left out.
int day(const YamlValue& value, const char* key) {
  auto member = value.find(key);
  if (!member) return 0;
  auto text = member->text();
  bool good = text.size() == 10 && text[4] == '-' && text[7] == '-';
  int number = 0;
  for (std::size_t i = 0; good && i < text.size(); ++i) {
    if (i == 4 || i == 7) continue;
    good = text[i] >= '0' && text[i] <= '9';
    number = number * 10 + (text[i] - '0');
  }
  if (!good) member->refuse("expected a day like 2026-11-22, found '" + text + "'");
  return number;
}

jackfield::Facts facts(const Bargain& bargain) {
  auto known = [](const std::string& text) { return text.empty() ? jackfield::Fact{} : jackfield::Fact{text}; };
  return {{"service", bargain.service},        {"channel", known(bargain.channel)},
          {"product", known(bargain.product)}, {"tariff", known(bargain.tariff)},
          {"interests", bargain.interests},    {"today", std::int64_t{bargain.today}}};
}

bool among(const std::vector<std::string>& list, const std::string& text) {
  return list.empty() || std::find(list.begin(), list.end(), text) != list.end();
}

Discount discount(const YamlValue& value) {
  value.only({"id", "name", "services", "products", "channels", "from", "until", "when", "amount_fen", "percent"});
  Discount made;
  made.id = value.at("id").id();
  made.name = value.at("name").text();
  made.services = words(value, "services");
  made.products = words(value, "products");
  made.channels = words(value, "channels");
  made.from = day(value, "from");
  made.until = day(value, "until");
  if (auto when = value.find("when")) {
    try {
      made.when.emplace(when->text(), facts({"open-account", "hall", "none", "none", {"none"}, 20000101}));
    } catch (const std::runtime_error& wrong) {
      when->refuse("when: " + std::string(wrong.what()));
    }
  }
  auto amount = value.find("amount_fen");
  auto percent = value.find("percent");
  if (amount.has_value() == percent.has_value())
    value.refuse("discount '" + made.id + "': expected either amount_fen or percent");
  if (amount) made.amount_fen = amount->integer(0, most_fen);
  if (percent) made.basis_points = std::llround(percent->number(0, 100) * 100);
  return made;
}

}  // namespace

bool Discount::applies(const Bargain& bargain) {
  if (!among(services, bargain.service) || !among(products, bargain.product) || !among(channels, bargain.channel))
    return false;
  if ((from && bargain.today < from) || (until && bargain.today > until)) return false;
  return !when || when->holds(facts(bargain));
}

std::int64_t Discount::of(std::int64_t fees_fen) const { return amount_fen + share(fees_fen, basis_points, 10'000); }

PriceList::PriceList(const std::string& path) {
  auto file = jackfield::read_yaml(path);
  file.only({"products", "tariffs", "services", "discounts"});
  for (const auto& value : file.at("products").list())
    products_.push_back({value.at("id").id(), value.at("name").text(), word(value, "category"),
                         fen(value, "open_fee_fen"), fen(value, "monthly_fee_fen")});
  if (auto listed = file.find("tariffs"))
    for (const auto& value : listed->list())
      tariffs_.push_back({value.at("id").id(), value.at("product").id(), value.at("name").text(),
                          fen(value, "monthly_fee_fen")});
  if (auto listed = file.find("services")) {
    for (const auto& [id, value] : listed->entries()) {
      value.only({"fee_fen", "opens"});
      auto opens = value.find("opens");
      services_.push_back({id, fen(value, "fee_fen"), opens ? opens->flag() : id == opening_service});
    }
  }
  if (!service(opening_service)) services_.push_back({opening_service, 0, true});
  if (auto listed = file.find("discounts")) {
    for (const auto& value : listed->list()) {
      auto made = discount(value);
      for (const auto& earlier : discounts_)
        if (earlier.id == made.id) value.refuse("discount '" + made.id + "' is in the catalogue twice");
      discounts_.push_back(std::move(made));
    }
  }
}

const ProductPrice* PriceList::product(const std::string& id) const {
  auto found = std::find_if(products_.begin(), products_.end(), [&](const auto& known) { return known.id == id; });
  return found == products_.end() ? nullptr : &*found;
}

const TariffPrice* PriceList::tariff(const std::string& product, const std::string& id) const {
  auto found = std::find_if(tariffs_.begin(), tariffs_.end(),
                            [&](const auto& known) { return known.product == product && known.id == id; });
  return found == tariffs_.end() ? nullptr : &*found;
}

const ServicePrice* PriceList::service(const std::string& id) const {
  auto found = std::find_if(services_.begin(), services_.end(), [&](const auto& known) { return known.id == id; });
  return found == services_.end() ? nullptr : &*found;
}
