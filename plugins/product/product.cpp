// 产品选择与交互: takes the product and tariff a customer named, or offers those that fit.
#include <jackfield/plugin.hpp>

#include <algorithm>
#include <stdexcept>

#include "catalogue.hpp"

namespace {

struct Settings {
  jackfield::Path catalog{"data/catalog.yaml"};
  int offers = 10;
  JF_FIELDS((catalog, "products and tariffs"), (offers, "how many products are offered at most"))
};

struct Wanted {
  std::string service;
  std::string channel;
  std::string product;
  std::string tariff;
  std::string card_type;
  bool named = false;
  std::vector<std::string> interests;
  JF_FIELDS((service, "the flow asked for", jackfield::required), (channel, "where the order came from"),
            (product, "the product's id; left out: products are offered"),
            (tariff, "the tariff's id; left out: the product's own monthly fee"), (card_type, "SIM, STK or USIM"),
            (named, "the order itself named the product; else it was chosen from an offer"),
            (interests, "what behaviour.record answered"))
};

struct OfferedProduct {
  std::string id;
  std::string name;
  std::string category;
  std::string reason;
  std::int64_t open_fee_fen = 0;
  std::int64_t monthly_fee_fen = 0;
  std::vector<std::string> card_types;
  JF_FIELDS(id, name, category, (reason, "why it is recommended"), open_fee_fen, monthly_fee_fen, card_types)
};

struct OfferedTariff {
  std::string id;
  std::string product;
  std::string name;
  std::int64_t monthly_fee_fen = 0;
  JF_FIELDS(id, product, name, monthly_fee_fen)
};

struct Offers {
  std::vector<OfferedProduct> products;
  std::vector<OfferedTariff> tariffs;
  JF_FIELDS((products, "filled where no product was named"), (tariffs, "filled where no tariff was named"))
};

struct Selected {
  std::optional<std::string> product;
  std::optional<std::string> product_name;
  std::optional<std::string> tariff;
  std::optional<std::string> tariff_name;
  std::vector<std::string> needs;
  std::vector<std::string> card_types;
  std::optional<std::int64_t> network_template;
  std::optional<std::int64_t> open_fee_fen;
  std::optional<std::int64_t> monthly_fee_fen;
  Offers offers;
  JF_FIELDS((product, "left out while none is chosen"), product_name,
            (tariff, "empty: the product's own monthly fee"), tariff_name, (needs, "number, card"), card_types,
            (network_template, "the network's TPLID", jackfield::named("template")), open_fee_fen, monthly_fee_fen,
            (offers, "what the customer may choose from"))
};

struct Shelf {
  Shelf(const Settings& settings, jackfield::Host&) : catalogue(settings.catalog.str()) {
    if (settings.offers < 1 || settings.offers > 100)
      throw std::runtime_error("offers: expected 1 to 100, found " + std::to_string(settings.offers));
  }
  Catalogue catalogue;
};

struct Select : jackfield::Step<Settings, Wanted, Selected, Shelf> {
  static constexpr auto info =
      jackfield::step("product.select", "Takes the product and tariff asked for, or offers those that fit")
          .idempotent();

  Selected run(const Wanted& wanted, jackfield::Context& ctx) {
    return wanted.product.empty() ? recommend(wanted, ctx) : take(wanted);
  }

  Selected take(const Wanted& wanted) const {
    const auto* product = shared.catalogue.product(wanted.product);
    if (!product) throw jackfield::Reject{"PRODUCT_UNKNOWN", "没有产品“" + wanted.product + "”"};
    Selected selected;
    selected.product = product->id;
    selected.product_name = product->name;
    selected.tariff = wanted.tariff;
    selected.tariff_name = product->name + "标准资费";
    selected.needs = product->needs;
    selected.card_types = product->card_types;
    selected.network_template = product->network_template;
    selected.open_fee_fen = product->open_fee_fen;
    selected.monthly_fee_fen = product->monthly_fee_fen;
    if (wanted.tariff.empty()) {
      offer_tariffs(*product, selected.offers);
    } else {
      const auto* tariff = shared.catalogue.tariff(product->id, wanted.tariff);
      if (!tariff)
        throw jackfield::Reject{"PRODUCT_UNKNOWN", "产品“" + product->name + "”没有资费“" + wanted.tariff + "”"};
      selected.tariff_name = tariff->name;
      selected.monthly_fee_fen = tariff->monthly_fee_fen;
    }
    return selected;
  }

  Selected recommend(const Wanted& wanted, jackfield::Context& ctx) {
    Occasion occasion{wanted.channel, wanted.service, wanted.card_type, wanted.interests};
    Selected selected;
    auto fitting = shared.catalogue.recommended(occasion, [&](const std::string& text) { ctx.warn(text); });
    fitting.resize(std::min(fitting.size(), static_cast<std::size_t>(settings.offers)));
    for (const auto* product : fitting) {
      selected.offers.products.push_back({product->id, product->name, product->category, reason(*product, occasion),
                                          product->open_fee_fen, product->monthly_fee_fen, product->card_types});
      offer_tariffs(*product, selected.offers);
    }
    return selected;
  }

  static std::string reason(const Product& product, const Occasion& occasion) {
    for (const auto& interest : occasion.interests)
      if (interest == product.id || interest == product.category) return "您曾经关注过" + product.name;
    if (!product.reason.empty()) return product.reason;
    return occasion.card_type.empty() ? "为您推荐" : "适合您选择的" + occasion.card_type + "卡";
  }

  void offer_tariffs(const Product& product, Offers& offers) const {
    for (const auto* tariff : shared.catalogue.tariffs(product.id))
      offers.tariffs.push_back({tariff->id, tariff->product, tariff->name, tariff->monthly_fee_fen});
  }
};

}  // namespace

JACKFIELD_PLUGIN("product", "1.0.0", Select)
