#include "catalogue.hpp"

#include <jackfield/yaml_file.hpp>

#include <algorithm>

namespace {

using jackfield::YamlValue;

constexpr std::int64_t most_fen = 1'000'000'000;  // ten million yuan: a slip of the hand, not a price

std::int64_t fen(const YamlValue& value, const char* key) {
  auto fee = value.find(key);
  return fee ? fee->integer(0, most_fen) : 0;
}

std::vector<std::string> words(const YamlValue& value, const char* key, std::initializer_list<const char*> allowed) {
  std::vector<std::string> all;
  auto list = value.find(key);
  if (!list) return {allowed.begin(), allowed.end()};
  for (const auto& item : list->list()) {
    auto word = item.id();
    std::string expected;
    bool known = false;
    for (const char* good : allowed) {
      known = known || word == good;
      expected.append(expected.empty() ? "" : ", ").append(good);
    }
    if (!known) item.refuse("expected one of " + expected + ", found '" + word + "'");
    all.push_back(word);
  }
  return all;
}

Product product(const YamlValue& value, const jackfield::Facts& trial) {
  value.only({"id", "name", "category", "open_fee_fen", "monthly_fee_fen", "needs", "card_types", "template",
              "recommend_when", "reason"});
  Product made;
  made.id = value.at("id").id();
  made.name = value.at("name").text();
  if (auto category = value.find("category")) made.category = category->text();
  if (auto reason = value.find("reason")) made.reason = reason->text();
  made.open_fee_fen = fen(value, "open_fee_fen");
  made.monthly_fee_fen = fen(value, "monthly_fee_fen");
  made.needs = words(value, "needs", {"number", "card"});
  made.card_types = words(value, "card_types", {"SIM", "STK", "USIM"});
  if (auto network = value.find("template")) made.network_template = network->integer(0, 65'535);
  if (auto when = value.find("recommend_when")) {
    try {
      made.recommend_when.emplace(when->text(), trial);
    } catch (const std::runtime_error& wrong) {
      when->refuse("recommend_when: " + std::string(wrong.what()));
    }
  }
  return made;
}

Tariff tariff(const YamlValue& value) {
  value.only({"id", "product", "name", "monthly_fee_fen"});
  Tariff made;
  made.id = value.at("id").id();
  made.product = value.at("product").id();
  made.name = value.at("name").text();
  made.monthly_fee_fen = value.at("monthly_fee_fen").integer(0, most_fen);
  return made;
}

// The place of the product among the interests; past the last where it is none of them.
std::size_t place(const Product& product, const std::vector<std::string>& interests) {
  auto found = std::find_if(interests.begin(), interests.end(), [&](const std::string& interest) {
    return interest == product.id || interest == product.category;
  });
  return static_cast<std::size_t>(found - interests.begin());
}

}  // namespace

Catalogue::Catalogue(const std::string& path) {
  auto file = jackfield::read_yaml(path);
  file.only({"products", "tariffs", "services", "discounts"});
  auto trial = facts({"hall", "open-account", "SIM", {"none"}});
  for (const auto& value : file.at("products").list()) {
    auto made = ::product(value, trial);
    if (product(made.id)) value.refuse("product '" + made.id + "' is in the catalogue twice");
    products_.push_back(std::move(made));
  }
  auto listed = file.find("tariffs");
  if (!listed) return;
  for (const auto& value : listed->list()) {
    auto made = ::tariff(value);
    if (!product(made.product)) value.at("product").refuse("no product '" + made.product + "' in this catalogue");
    if (tariff(made.product, made.id)) value.refuse("tariff '" + made.id + "' is in the catalogue twice");
    tariffs_.push_back(std::move(made));
  }
}

const Product* Catalogue::product(const std::string& id) const {
  auto found = std::find_if(products_.begin(), products_.end(), [&](const Product& known) { return known.id == id; });
  return found == products_.end() ? nullptr : &*found;
}

const Tariff* Catalogue::tariff(const std::string& product, const std::string& id) const {
  auto found = std::find_if(tariffs_.begin(), tariffs_.end(),
                            [&](const Tariff& known) { return known.product == product && known.id == id; });
  return found == tariffs_.end() ? nullptr : &*found;
}

std::vector<const Tariff*> Catalogue::tariffs(const std::string& product) const {
  std::vector<const Tariff*> all;
  for (const auto& known : tariffs_)
    if (known.product == product) all.push_back(&known);
  return all;
}

bool Catalogue::takes(const Product& product, const std::string& card_type) {
  const auto& types = product.card_types;
  return card_type.empty() || std::find(types.begin(), types.end(), card_type) != types.end();
}

jackfield::Facts Catalogue::facts(const Occasion& occasion) {
  jackfield::Facts known{{"channel", occasion.channel}, {"service", occasion.service},
                         {"interests", occasion.interests}};
  known["card_type"] = occasion.card_type.empty() ? jackfield::Fact{} : jackfield::Fact{occasion.card_type};
  return known;
}

std::vector<const Product*> Catalogue::ordered(std::vector<const Product*> fitting, const Occasion& occasion) const {
  if (fitting.empty())
    for (const auto& known : products_)
      if (takes(known, occasion.card_type)) fitting.push_back(&known);
  std::stable_sort(fitting.begin(), fitting.end(), [&](const Product* left, const Product* right) {
    return place(*left, occasion.interests) < place(*right, occasion.interests);
  });
  return fitting;
}
