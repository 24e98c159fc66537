// What things cost: the fees of products, tariffs and services, and the discounts: catalog.yaml.
//
// This plugin reads prices and checks every key of `services` and `discounts`; what else a product has is the product
// plugin's to check. Read once when the plugin is made. The conditions hold a Lua state, so one thread at a time.
// A mistake in the file is a std::runtime_error with file:line:col.
#pragma once

#include <jackfield/condition.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

struct TariffPrice {
  std::string id;
  std::string product;
  std::string name;
  std::int64_t monthly_fee_fen = 0;
};

struct ProductPrice {
  std::string id;
  std::string name;
  std::string category;
  std::int64_t open_fee_fen = 0;
  std::int64_t monthly_fee_fen = 0;
};

struct ServicePrice {
  std::string id;
  std::int64_t fee_fen = 0;
  bool opens = false;  // the opening fee and the first month of a product are due
};

// The order a discount looks at. `channel` may be empty: not known here.
struct Bargain {
  std::string service;
  std::string channel;
  std::string product;
  std::string tariff;
  std::vector<std::string> interests;
  int today = 0;  // yyyymmdd
};

struct Discount {
  std::string id;
  std::string name;
  std::vector<std::string> services, products, channels;  // empty: all
  int from = 0, until = 0;                                // yyyymmdd, both included; 0: no bound
  std::optional<jackfield::Condition> when;
  std::int64_t amount_fen = 0;
  std::int64_t basis_points = 0;  // hundredths of a percent of the fees, deposits not counted

  // Throws std::runtime_error when its condition fails.
  bool applies(const Bargain& bargain);
  std::int64_t of(std::int64_t fees_fen) const;
};

class PriceList {
 public:
  explicit PriceList(const std::string& path);

  const ProductPrice* product(const std::string& id) const;
  const TariffPrice* tariff(const std::string& product, const std::string& id) const;
  // The service as listed; one that is not listed opens a product if it is open-account, else null.
  const ServicePrice* service(const std::string& id) const;

  const std::vector<TariffPrice>& tariffs() const { return tariffs_; }
  std::vector<Discount>& discounts() { return discounts_; }

 private:
  std::vector<ProductPrice> products_;
  std::vector<TariffPrice> tariffs_;
  std::vector<ServicePrice> services_;
  std::vector<Discount> discounts_;
};
