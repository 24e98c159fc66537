#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <jackfield/testing.hpp>
#include <jackfield/folder.hpp>

namespace {

using jackfield::testing::FakeHost;
using jackfield::testing::Folder;
using nlohmann::json;
using testing::HasSubstr;

constexpr const char* catalog = R"yaml(products:
  - {id: gotone, name: 全球通, category: business, open_fee_fen: 5000, monthly_fee_fen: 8800, template: 7,
     needs: [number, card], card_types: [SIM, USIM], recommend_when: "channel == 'hall'", reason: 贵宾}
  - {id: mzone, name: 动感地带, category: young, monthly_fee_fen: 5800, card_types: [SIM, STK],
     recommend_when: "channel == 'web' or has(interests, 'mzone')"}
  - {id: easyown, name: 神州行, category: plain, monthly_fee_fen: 1800}
tariffs:
  - {id: gotone-58, product: gotone, name: 畅享58, monthly_fee_fen: 5800}
  - {id: mzone-net, product: mzone, name: 上网, monthly_fee_fen: 6800}
services: {change-number: {fee_fen: 2000}}
discounts: [{id: d, name: 优惠, amount_fen: 100}]
)yaml";

struct ProductTest : testing::Test {
  ProductTest() { folder.write("data/catalog.yaml", catalog); }

  jackfield::testing::Answer select(json wanted) {
    wanted["service"] = "open-account";
    auto plugin = host.load(jackfield_plugin_v1);
    return plugin.call("product.select", wanted.dump());
  }
  static std::vector<std::string> ids(const json& offers) {
    std::vector<std::string> all;
    for (const auto& offer : offers) all.push_back(offer["id"]);
    return all;
  }

  Folder folder;
  FakeHost host{{.data_dir = folder.str(), .config_dir = folder.str(), .zone = "Asia/Shanghai"}};
};

TEST_F(ProductTest, TakesTheProductAndTariffNamed) {
  auto selected = select({{"product", "gotone"}, {"tariff", "gotone-58"}, {"named", true}}).json();
  EXPECT_EQ(selected["product"], "gotone");
  EXPECT_EQ(selected["product_name"], "全球通");
  EXPECT_EQ(selected["tariff"], "gotone-58");
  EXPECT_EQ(selected["tariff_name"], "畅享58");
  EXPECT_EQ(selected["monthly_fee_fen"], 5800);
  EXPECT_EQ(selected["open_fee_fen"], 5000);
  EXPECT_EQ(selected["template"], 7);
  EXPECT_EQ(selected["needs"], (json{"number", "card"}));
  EXPECT_EQ(selected["card_types"], (json{"SIM", "USIM"}));
  EXPECT_TRUE(selected["offers"]["products"].empty());
  EXPECT_TRUE(selected["offers"]["tariffs"].empty());
}

TEST_F(ProductTest, WithoutATariffTheProductsOwnFeeHoldsAndItsTariffsAreOffered) {
  auto selected = select({{"product", "gotone"}}).json();
  EXPECT_EQ(selected["tariff"], "");
  EXPECT_EQ(selected["monthly_fee_fen"], 8800);
  EXPECT_EQ(ids(selected["offers"]["tariffs"]), std::vector<std::string>{"gotone-58"});
}

TEST_F(ProductTest, RejectsAnUnknownProductAndATariffOfAnotherProduct) {
  auto unknown = select({{"product", "none"}});
  EXPECT_EQ(unknown.status, JF_REJECT);
  EXPECT_EQ(unknown.code, "PRODUCT_UNKNOWN");
  auto foreign = select({{"product", "gotone"}, {"tariff", "mzone-net"}});
  EXPECT_EQ(foreign.code, "PRODUCT_UNKNOWN");
  EXPECT_THAT(foreign.text, HasSubstr("mzone-net"));
}

TEST_F(ProductTest, OffersWhatIsRecommendedAndLeavesTheProductOut) {
  auto selected = select({{"channel", "hall"}, {"product", nullptr}}).json();
  EXPECT_FALSE(selected.contains("product"));
  EXPECT_FALSE(selected.contains("template"));
  EXPECT_EQ(ids(selected["offers"]["products"]), (std::vector<std::string>{"gotone", "easyown"}));
  EXPECT_EQ(selected["offers"]["products"][0]["reason"], "贵宾");
  EXPECT_EQ(selected["offers"]["products"][0]["name"], "全球通");
  EXPECT_EQ(ids(selected["offers"]["tariffs"]), std::vector<std::string>{"gotone-58"});
}

TEST_F(ProductTest, WhatTheCustomerIsInterestedInComesFirst) {
  auto selected = select({{"channel", "hall"}, {"interests", {"mzone", "plain"}}}).json();
  EXPECT_EQ(ids(selected["offers"]["products"]), (std::vector<std::string>{"mzone", "easyown", "gotone"}));
  EXPECT_THAT(selected["offers"]["products"][0]["reason"].get<std::string>(), HasSubstr("动感地带"));
}

TEST_F(ProductTest, OffersOnlyProductsTheCardFits) {
  auto selected = select({{"channel", "web"}, {"card_type", "USIM"}}).json();
  EXPECT_EQ(ids(selected["offers"]["products"]), std::vector<std::string>{"easyown"});
}

TEST_F(ProductTest, OffersEverythingWhereNothingIsRecommended) {
  folder.write("data/catalog.yaml", "products:\n  - {id: a, name: A, recommend_when: 'false'}\n  - {id: b, name: B, "
                                    "recommend_when: \"channel == 'x'\"}\n");
  EXPECT_EQ(ids(select({}).json()["offers"]["products"]), (std::vector<std::string>{"a", "b"}));
}

TEST_F(ProductTest, AConditionThatFailsIsToldAndCountsAsNo) {
  folder.write("data/catalog.yaml", "products:\n  - {id: a, name: A, recommend_when: \"card_type < 'Z'\"}\n"
                                    "  - {id: b, name: B}\n");
  EXPECT_EQ(ids(select({}).json()["offers"]["products"]), std::vector<std::string>{"b"});
  ASSERT_FALSE(host.logs().empty());
  EXPECT_THAT(host.logs().back().text, HasSubstr("product a"));
}

TEST_F(ProductTest, MistakesInTheCatalogueAreRefusedWithTheirPlace) {
  struct {
    const char* yaml;
    const char* found;
  } mistakes[] = {
      {"products:\n  - {id: a, name: A, recomend: x}\n", "catalog.yaml:2:22: unknown key 'recomend'"},
      {"products:\n  - {id: a, name: A, recommend_when: \"chanel == 'web'\"}\n", "unknown name 'chanel'"},
      {"products:\n  - {id: a, name: A, recommend_when: \"os.exit()\"}\n", "unknown name 'os'"},
      {"products:\n  - {id: a, name: A, recommend_when: \"(function() while true do end end)()\"}\n", "runs too long"},
      {"products:\n  - {id: a, name: A, recommend_when: \"channel ==\"}\n", "recommend_when"},
      {"products:\n  - {id: a, name: A, open_fee_fen: 12.5}\n", "expected an integer"},
      {"products:\n  - {id: a, name: A, open_fee_fen: -1}\n", "expected an integer from 0"},
      {"products:\n  - {id: a, name: A, card_types: [NANO]}\n", "found 'NANO'"},
      {"products:\n  - {id: a, name: A}\n  - {id: a, name: B}\n", "twice"},
      {"products:\n  - {id: a, name: A}\ntariffs:\n  - {id: t, product: b, name: T, monthly_fee_fen: 1}\n",
       "no product 'b'"},
  };
  for (const auto& mistake : mistakes) {
    folder.write("data/catalog.yaml", mistake.yaml);
    try {
      host.load(jackfield_plugin_v1);
      ADD_FAILURE() << "accepted: " << mistake.yaml;
    } catch (const std::runtime_error& refused) {
      EXPECT_THAT(refused.what(), HasSubstr(mistake.found));
    }
  }
}

TEST(DemoCatalogue, RecommendsSomethingOnEveryChannel) {
  Folder folder;
  FakeHost host{{.data_dir = folder.str(), .config_dir = JACKFIELD_TEST_DIR "/../../config", .zone = "Asia/Shanghai"}};
  auto plugin = host.load(jackfield_plugin_v1);
  for (const char* channel : {"hall", "web", "customer-service"}) {
    json wanted{{"service", "open-account"}, {"channel", channel}, {"card_type", "USIM"}};
    auto offers = plugin.call("product.select", wanted.dump()).json()["offers"];
    EXPECT_FALSE(offers["products"].empty());
    EXPECT_FALSE(offers["tariffs"].empty());
  }
}

}  // namespace
