// The products a customer may choose from, their tariffs, and when each is recommended: catalog.yaml.
//
// This plugin reads the parts `products` and `tariffs` and checks every key in them; the prices of services and the
// discounts belong to the tariff plugin. Read once when the plugin is made. The conditions hold a Lua state, so one
// thread at a time. A mistake in the file is a std::runtime_error with file:line:col.
#pragma once

#include <jackfield/condition.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

struct Tariff {
  std::string id;
  std::string product;
  std::string name;
  std::int64_t monthly_fee_fen = 0;
};

struct Product {
  std::string id;
  std::string name;
  std::string category;
  std::string reason;  // why it is recommended, for the customer
  std::int64_t open_fee_fen = 0;
  std::int64_t monthly_fee_fen = 0;
  std::vector<std::string> needs;
  std::vector<std::string> card_types;
  std::int64_t network_template = 0;
  std::optional<jackfield::Condition> recommend_when;
};

// What is known of the customer when a product is recommended.
struct Occasion {
  std::string channel;
  std::string service;
  std::string card_type;
  std::vector<std::string> interests;
};

class Catalogue {
 public:
  explicit Catalogue(const std::string& path);

  const Product* product(const std::string& id) const;
  // The tariff of that id where it belongs to the product, else null.
  const Tariff* tariff(const std::string& product, const std::string& id) const;
  std::vector<const Tariff*> tariffs(const std::string& product) const;

  // What fits, what the customer is interested in first; everything the card allows where nothing is recommended.
  // A condition that fails is told to `complain` and counts as false.
  template <class Complain>
  std::vector<const Product*> recommended(const Occasion& occasion, Complain&& complain) {
    std::vector<const Product*> fitting;
    for (auto& product : products_) {
      if (!takes(product, occasion.card_type)) continue;
      try {
        if (!product.recommend_when || product.recommend_when->holds(facts(occasion))) fitting.push_back(&product);
      } catch (const std::runtime_error& wrong) {
        complain("recommend_when of product " + product.id + ": " + wrong.what());
      }
    }
    return ordered(std::move(fitting), occasion);
  }

 private:
  static bool takes(const Product& product, const std::string& card_type);
  static jackfield::Facts facts(const Occasion& occasion);
  std::vector<const Product*> ordered(std::vector<const Product*> fitting, const Occasion& occasion) const;

  std::vector<Product> products_;
  std::vector<Tariff> tariffs_;
};
