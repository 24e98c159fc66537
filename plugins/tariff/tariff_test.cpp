#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <jackfield/testing.hpp>
#include <jackfield/folder.hpp>

namespace {

using jackfield::testing::FakeHost;
using jackfield::testing::Folder;
using nlohmann::json;
using std::chrono::sys_days;
using testing::HasSubstr;
using namespace std::chrono_literals;

const std::string products = R"(products:
  - {id: mzone, name: 动感地带, open_fee_fen: 3000, monthly_fee_fen: 5800, recommend_when: "true"}
  - {id: easyown, name: 神州行, monthly_fee_fen: 0}
tariffs:
  - {id: mzone-net, product: mzone, name: 上网, monthly_fee_fen: 6800}
  - {id: mzone-text, product: mzone, name: 短信, monthly_fee_fen: 3800}
services: {change-number: {fee_fen: 2000}, replace-card: {fee_fen: 1500}}
)";

struct TariffTest : testing::Test {
  TariffTest() { catalogue(""); }

  void catalogue(const std::string& discounts) { folder.write("data/catalog.yaml", products + discounts); }
  // Noon of that day in Shanghai.
  void today(std::chrono::year_month_day day) { host.now = sys_days{day} + 4h; }

  jackfield::testing::Answer price(const json& order) {
    auto plugin = host.load(jackfield_plugin_v1);
    return plugin.call("tariff.price", order.dump());
  }
  static json amounts(const json& price) {
    json all = json::object();
    for (const auto& item : price["items"]) all[item["item"].get<std::string>()] = item["amount_fen"];
    return all;
  }

  Folder folder;
  FakeHost host{{.data_dir = folder.str(), .config_dir = folder.str(), .zone = "Asia/Shanghai"}};
};

TEST_F(TariffTest, ChargesTheFirstMonthByTheDaysLeftTodayIncluded) {
  today(2026y / 11 / 16);  // 15 of 30 days
  EXPECT_EQ(amounts(price({{"service", "open-account"}, {"product", "mzone"}}).json())["monthly_fee"], 2900);
  today(2026y / 12 / 20);  // 12 of 31 days: 2245.16
  EXPECT_EQ(amounts(price({{"service", "open-account"}, {"product", "mzone"}}).json())["monthly_fee"], 2245);
  today(2026y / 12 / 1);
  EXPECT_EQ(amounts(price({{"service", "open-account"}, {"product", "mzone"}}).json())["monthly_fee"], 5800);
}

TEST_F(TariffTest, TheDayIsTheOperatorsNotUtcs) {
  host.now = sys_days{2026y / 11 / 30} + 15h + 59min;
  EXPECT_EQ(amounts(price({{"service", "open-account"}, {"product", "mzone"}}).json())["monthly_fee"], 193);
  host.advance(1min);  // midnight in Shanghai: December has begun
  EXPECT_EQ(amounts(price({{"service", "open-account"}, {"product", "mzone"}}).json())["monthly_fee"], 5800);
}

TEST_F(TariffTest, OpeningCostsOpeningFeeMonthNumberAndDeposit) {
  today(2026y / 11 / 16);
  auto bill = price({{"service", "open-account"}, {"product", "mzone"}, {"tariff", "mzone-net"},
                     {"number_fee_fen", 10000}, {"deposit_fen", 20000}}).json();
  EXPECT_EQ(amounts(bill), (json{{"open_fee", 3000},
                                 {"monthly_fee", 3400}, {"number_fee", 10000}, {"deposit", 20000}}));
  EXPECT_EQ(bill["total_fen"], 36400);
  EXPECT_EQ(bill["discount_fen"], 0);
}

TEST_F(TariffTest, OtherServicesCostTheirFeeAndTheNewNumber) {
  auto change = price({{"service", "change-number"}, {"number_fee_fen", 8800}}).json();
  EXPECT_EQ(amounts(change), (json{{"service_fee", 2000}, {"number_fee", 8800}}));
  EXPECT_EQ(change["total_fen"], 10800);
  auto card = price({{"service", "replace-card"}, {"product", "mzone"}, {"tariff", "mzone-net"}}).json();
  EXPECT_EQ(amounts(card), (json{{"service_fee", 1500}}));
}

TEST_F(TariffTest, AChangeWithACardCostsTheFeesOfBoth) {
  auto both = price({{"service", "change-number"}, {"number_fee_fen", 8800},
                     {"also", {{{"service", "replace-card"}, {"name", "换卡"}}}}}).json();
  EXPECT_EQ(amounts(both), (json{{"service_fee", 2000}, {"service_fee:replace-card", 1500}, {"number_fee", 8800}}));
  EXPECT_EQ(both["total_fen"], 12300);
  EXPECT_EQ(both["items"][1]["text"], "服务费(换卡)");
  EXPECT_EQ(price({{"service", "change-number"}, {"also", {{{"service", "repair"}}}}}).code, "SERVICE_NOT_PRICED");
}

TEST_F(TariffTest, NothingToPayIsAnEmptyBill) {
  auto bill = price({{"service", "open-account"}, {"product", "easyown"}}).json();
  EXPECT_TRUE(bill["items"].empty());
  EXPECT_EQ(bill["total_fen"], 0);
}

TEST_F(TariffTest, RefusesWhatItCannotPrice) {
  EXPECT_EQ(price({{"service", "open-account"}, {"product", "none"}}).code, "PRODUCT_UNKNOWN");
  EXPECT_EQ(price({{"service", "open-account"}, {"product", "easyown"}, {"tariff", "mzone-net"}}).code,
            "PRODUCT_UNKNOWN");
  EXPECT_EQ(price({{"service", "teleport"}}).code, "SERVICE_NOT_PRICED");
  EXPECT_EQ(price({{"service", "replace-card"}, {"deposit_fen", -1}}).code, "INPUT_INVALID");
}

TEST_F(TariffTest, DiscountsAreNegativeLinesRoundedHalfUp) {
  catalogue("discounts:\n  - {id: a, name: 减免, amount_fen: 500}\n  - {id: p, name: 折扣, percent: 12.5}\n");
  today(2026y / 11 / 16);
  auto bill = price({{"service", "open-account"}, {"product", "mzone"}, {"deposit_fen", 1000}}).json();
  // Fees are 3000 + 2900; 12.5 % of 5900 is 737.5.
  EXPECT_EQ(amounts(bill)["discount:a"], -500);
  EXPECT_EQ(amounts(bill)["discount:p"], -738);
  EXPECT_EQ(bill["total_fen"], 5900 + 1000 - 1238);
  EXPECT_EQ(bill["discount_fen"], 1238);
}

TEST_F(TariffTest, DiscountsNeverGoBelowNothingNorTouchTheDeposit) {
  catalogue("discounts:\n  - {id: a, name: 减免, amount_fen: 1000}\n  - {id: b, name: 减免, amount_fen: 9000}\n");
  auto bill = price({{"service", "replace-card"}, {"deposit_fen", 300}}).json();
  EXPECT_EQ(amounts(bill), (json{{"service_fee", 1500},
                                 {"deposit", 300}, {"discount:a", -1000}, {"discount:b", -500}}));
  EXPECT_EQ(bill["total_fen"], 300);
}

TEST_F(TariffTest, ADiscountHoldsForItsServicesProductsChannelsDaysAndCondition) {
  catalogue(R"yaml(discounts:
  - {id: d, name: 优惠, services: [open-account], products: [mzone], channels: [web], from: 2026-11-01,
     until: 2026-11-11, when: "has(interests, 'mzone')", amount_fen: 100}
)yaml");
  json order{{"service", "open-account"}, {"product", "mzone"}, {"channel", "web"}, {"interests", {"mzone"}}};
  auto given = [&](const char* member, const json& value) {
    auto other = order;
    if (*member) other[member] = value;
    return price(other).json()["discount_fen"] == 100;
  };
  today(2026y / 11 / 11);
  EXPECT_TRUE(given("", {}));
  EXPECT_FALSE(given("channel", "hall"));
  EXPECT_FALSE(given("channel", nullptr)) << "a channel that is not known is not the web";
  EXPECT_FALSE(given("product", "easyown"));
  EXPECT_FALSE(given("service", "replace-card"));
  EXPECT_FALSE(given("interests", json::array()));
  today(2026y / 11 / 12);
  EXPECT_FALSE(given("", {}));
  today(2026y / 10 / 31);
  EXPECT_FALSE(given("", {}));
}

TEST_F(TariffTest, RecommendsOtherTariffsOfTheProductCheapestFirstAndDiscountsThatHold) {
  catalogue("discounts:\n  - {id: d, name: 优惠, services: [open-account], amount_fen: 100}\n"
            "  - {id: e, name: 别的, services: [replace-card], amount_fen: 100}\n");
  auto plugin = host.load(jackfield_plugin_v1);
  json wanted{{"service", "open-account"}, {"product", "mzone"}, {"tariff", ""}, {"interests", nullptr}};
  auto answer = plugin.call("tariff.recommend", wanted.dump()).json();
  ASSERT_EQ(answer["tariffs"].size(), 2u);
  EXPECT_EQ(answer["tariffs"][0]["id"], "mzone-text");
  EXPECT_EQ(answer["tariffs"][0]["reason"], "月费更低");
  EXPECT_EQ(answer["tariffs"][1]["id"], "mzone-net");
  ASSERT_EQ(answer["discounts"].size(), 1u);
  EXPECT_EQ(answer["discounts"][0]["id"], "d");
}

TEST_F(TariffTest, MistakesInTheCatalogueAreRefusedWithTheirPlace) {
  struct {
    const char* discounts;
    const char* found;
  } mistakes[] = {
      {"discounts:\n  - {id: d, name: D}\n", "expected either amount_fen or percent"},
      {"discounts:\n  - {id: d, name: D, amount_fen: 1, percent: 2}\n", "expected either amount_fen or percent"},
      {"discounts:\n  - {id: d, name: D, percent: 101}\n", "found '101'"},
      {"discounts:\n  - {id: d, name: D, amount_fen: 1, from: today}\n", "catalog.yaml:9:43: expected a day"},
      {"discounts:\n  - {id: d, name: D, amount_fen: 1, when: 'chanel'}\n", "unknown name 'chanel'"},
      {"discounts:\n  - {id: d, name: D, amount_fen: 1, untill: 2026-01-01}\n", "unknown key 'untill'"},
      {"prices: []\n", "unknown key 'prices'"},
  };
  for (const auto& mistake : mistakes) {
    catalogue(mistake.discounts);
    try {
      host.load(jackfield_plugin_v1);
      ADD_FAILURE() << "accepted: " << mistake.discounts;
    } catch (const std::runtime_error& refused) {
      EXPECT_THAT(refused.what(), HasSubstr(mistake.found));
    }
  }
}

TEST(DemoCatalogue, PricesEveryService) {
  Folder folder;
  FakeHost host{{.data_dir = folder.str(), .config_dir = JACKFIELD_TEST_DIR "/../../config", .zone = "Asia/Shanghai"}};
  auto plugin = host.load(jackfield_plugin_v1);
  EXPECT_EQ(plugin.call("tariff.price", R"({"service":"open-account","product":"gotone-88"})").status, JF_OK);
  EXPECT_EQ(plugin.call("tariff.price", R"({"service":"change-number"})").json()["total_fen"], 2000);
  EXPECT_EQ(plugin.call("tariff.price", R"({"service":"replace-card"})").json()["total_fen"], 1500);
}

}  // namespace
