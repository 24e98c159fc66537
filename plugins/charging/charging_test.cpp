#include <gtest/gtest.h>
#include <jackfield/testing.hpp>
#include <jackfield/folder.hpp>

#include <filesystem>
#include <map>

#include "posting.hpp"

namespace {

using jackfield::testing::FakeHost;
using jackfield::testing::Folder;
using nlohmann::json;
using namespace std::chrono_literals;

json bill() {
  return {{"service", "open-account"}, {"channel", "hall"}, {"operator", "op1"}, {"customer", "C1"},
          {"msisdn", "13800138000"},
          {"items", {{{"item", "open_fee"}, {"amount_fen", 5000}, {"text", "开户费"}},
                     {{"item", "monthly_fee"}, {"amount_fen", 2900}, {"text", "首月月租"}},
                     {{"item", "number_fee"}, {"amount_fen", 0}, {"text", "选号费"}},
                     {{"item", "deposit"}, {"amount_fen", 1000}, {"text", "押金"}},
                     {{"item", "discount:d"}, {"amount_fen", -500}, {"text", "优惠"}}}},
          {"total_fen", 8400}, {"payment", {{"method", "cash"}}}};
}

struct ChargingTest : testing::Test {
  jackfield::testing::Answer charge(const std::string& instance, const json& order) {
    return plugin.call("charging.charge", order.dump(), {.key = instance + "/charge", .instance = instance});
  }
  jackfield::testing::Answer refund(const std::string& instance, const json& charged) {
    json undone{{"input", bill()}, {"output", charged}};
    return plugin.call("charging.refund", undone.dump(), {.key = instance + "/refund", .instance = instance});
  }
  std::string open_account(const std::string& instance) { return charge(instance, bill()).json()["account"]; }

  // Per account: what it is debited less what it is credited.
  static std::map<std::string, int> balances(const json& entries) {
    std::map<std::string, int> all;
    for (const auto& entry : entries)
      all[entry["account"]] += entry["debit_fen"].get<int>() - entry["credit_fen"].get<int>();
    return all;
  }
  static json of(const json& entries, const std::string& item) {
    for (const auto& entry : entries)
      if (entry["item"] == item) return entry;
    return nullptr;
  }

  Folder folder;
  FakeHost host{{.data_dir = folder.str(), .config_dir = folder.str(), .zone = "Asia/Shanghai"}};
  jackfield::testing::Plugin plugin = host.load(jackfield_plugin_v1);
};

TEST_F(ChargingTest, BooksEveryLineDoubleAndLeavesNothingOut) {
  host.now = jackfield::testing::TimePoint(1'700'000'000'123ms);
  auto answer = charge("i1", bill());
  ASSERT_EQ(answer.status, JF_OK) << answer.text;
  auto charged = answer.json();
  EXPECT_EQ(charged["account"], "A000000000001");
  EXPECT_EQ(charged["total_fen"], 8400);
  EXPECT_EQ(charged["charged_at"], 1'700'000'000'123);
  EXPECT_EQ(charged["method"], "cash");
  const auto& entries = charged["entries"];
  EXPECT_EQ(entries.size(), 5u) << "a line of nothing makes no entry: " << entries;
  EXPECT_EQ(of(entries, "cash")["debit_fen"], 8400);
  EXPECT_EQ(of(entries, "open_fee")["credit_fen"], 5000);
  EXPECT_EQ(of(entries, "open_fee")["ledger"], "income");
  EXPECT_EQ(of(entries, "deposit")["ledger"], "liability") << "a deposit is the customer's money";
  EXPECT_EQ(of(entries, "discount:d")["debit_fen"], 500);
  EXPECT_EQ(balances(entries), (std::map<std::string, int>{{"A000000000001", 0}}));
}

TEST_F(ChargingTest, ARepeatedKeyChargesOnceAndOpensOneAccount) {
  auto first = charge("i1", bill()).json();
  host.advance(5s);
  EXPECT_EQ(charge("i1", bill()).json(), first);
  EXPECT_EQ(charge("i2", bill()).json()["account"], "A000000000002");
}

TEST_F(ChargingTest, AccountNumbersGoOnAfterARestart) {
  open_account("i1");
  plugin.stop();
  auto again = host.load(jackfield_plugin_v1);
  auto answer = again.call("charging.charge", bill().dump(), {.key = "i2/charge", .instance = "i2"});
  EXPECT_EQ(answer.json()["account"], "A000000000002");
}

TEST_F(ChargingTest, JoinChargesTheAccountThatExists) {
  auto known = open_account("i1");
  auto order = bill();
  order["account"] = {{"mode", "join"}, {"join", known}};
  auto charged = charge("i2", order).json();
  EXPECT_EQ(charged["account"], known);
  EXPECT_EQ(balances(charged["entries"]), (std::map<std::string, int>{{known, 0}}));
}

TEST_F(ChargingTest, AnothersAccountIsAsUnknownAsNone) {
  auto others = open_account("i1");
  auto order = bill();
  order["customer"] = "C2";
  order["account"] = {{"mode", "join"}, {"join", others}};
  EXPECT_EQ(charge("i2", order).code, "ACCOUNT_UNKNOWN");
  order["account"] = {{"mode", "split"}, {"split", {{{"item", "open_fee"}, {"account", others}}}}};
  EXPECT_EQ(charge("i3", order).code, "ACCOUNT_UNKNOWN");
  order["account"] = {{"mode", "split"}, {"join", others}, {"split", {{{"item", "open_fee"}, {"account", "new"}}}}};
  EXPECT_EQ(charge("i4", order).code, "ACCOUNT_UNKNOWN");
  EXPECT_EQ(open_account("i5"), "A000000000002") << "the rejected ones opened no account";
}

TEST_F(ChargingTest, AnItemToSplitIsOneOfABillsAndIsSplitOnce) {
  auto order = bill();
  const auto split = [&](const std::string& instance, const json& parts) {
    order["account"] = {{"mode", "split"}, {"split", parts}};
    return charge(instance, order);
  };
  EXPECT_EQ(split("i1", {{{"item", "nonsense"}, {"account", "new"}}}).code, "ITEM_UNKNOWN");
  EXPECT_EQ(split("i2", {{{"item", "deposit"}, {"account", "new"}}, {{"item", "押金"}, {"account", "new"}}}).code,
            "ITEM_TWICE");
  EXPECT_EQ(split("i3", {{{"item", "service_fee"}, {"account", "new"}}}).status, JF_OK) << "not on this bill";
  for (const std::string word : {"monthly_fee", "monthly", "monthly_fee_fen", "月租", "首月月租"}) {
    auto charged = split(word, {{{"item", word}, {"account", "new"}}}).json();
    EXPECT_NE(of(charged["entries"], "monthly_fee")["account"], charged["account"]) << word;
  }
}

TEST_F(ChargingTest, AnUnknownAccountIsRejectedAndNothingIsCharged) {
  auto order = bill();
  order["account"] = {{"mode", "join"}, {"join", "A000000000009"}};
  auto answer = charge("i1", order);
  EXPECT_EQ(answer.status, JF_REJECT);
  EXPECT_EQ(answer.code, "ACCOUNT_UNKNOWN");
  order["account"] = {{"mode", "split"}, {"split", {{{"item", "open_fee"}, {"account", "A7"}}}}};
  EXPECT_EQ(charge("i2", order).code, "ACCOUNT_UNKNOWN");
  EXPECT_EQ(open_account("i3"), "A000000000001") << "the rejected split opened no account";
}

TEST_F(ChargingTest, SplitPutsItemsOnSeveralAccountsEachBalanced) {
  auto company = open_account("i1");
  auto order = bill();
  order["account"] = {{"mode", "split"},
                      {"split", {{{"item", "open_fee"}, {"account", company}},
                                 {{"item", "首月月租"}, {"account", "new"}}}}};
  auto charged = charge("i2", order).json();
  auto own = charged["account"].get<std::string>();
  const auto& entries = charged["entries"];
  EXPECT_EQ(of(entries, "open_fee")["account"], company);
  EXPECT_EQ(of(entries, "deposit")["account"], own);
  auto extra = of(entries, "monthly_fee")["account"].get<std::string>();
  EXPECT_NE(extra, own);
  EXPECT_NE(extra, company);
  EXPECT_EQ(balances(entries), (std::map<std::string, int>{{company, 0}, {own, 0}, {extra, 0}}));
}

TEST_F(ChargingTest, TakesCashAndAccountButCardAndWalletOnlyWhenCaptured) {
  auto order = bill();
  order["payment"]["method"] = "account";
  auto onto = charge("i1", order).json();
  EXPECT_EQ(of(onto["entries"], "receivable")["debit_fen"], 8400);
  for (const char* method : {"card", "wallet"}) {
    order["payment"]["method"] = method;
    order["captured"] = nullptr;
    auto refused = charge(std::string("no-") + method, order);
    EXPECT_EQ(refused.status, JF_REJECT);
    EXPECT_EQ(refused.code, "PAYMENT_DECLINED");
    order["captured"] = true;
    auto taken = charge(std::string("yes-") + method, order);
    ASSERT_EQ(taken.status, JF_OK) << taken.text;
    EXPECT_EQ(of(taken.json()["entries"], method)["debit_fen"], 8400);
  }
  order["payment"]["method"] = "barter";
  EXPECT_EQ(charge("i5", order).code, "PAYMENT_DECLINED");
}

TEST_F(ChargingTest, RefusesATotalThatIsNotTheSum) {
  auto order = bill();
  order["total_fen"] = 8401;
  EXPECT_EQ(charge("i1", order).code, "INPUT_INVALID");
}

TEST_F(ChargingTest, RefundReversesOnceAndReleasesTheNewAccount) {
  auto charged = charge("i1", bill()).json();
  auto back = refund("i1", charged).json();
  EXPECT_EQ(back["refunded_fen"], 8400);
  ASSERT_EQ(back["entries"].size(), charged["entries"].size());
  EXPECT_EQ(of(back["entries"], "cash")["credit_fen"], 8400);
  EXPECT_EQ(of(back["entries"], "discount:d")["credit_fen"], 500);
  EXPECT_EQ(refund("i1", charged).json(), back) << "the same key: the same answer";
  json undone{{"output", charged}};
  auto other = plugin.call("charging.refund", undone.dump(), {.key = "i1/another", .instance = "i1"}).json();
  EXPECT_EQ(other["refunded_fen"], 0) << "another key: there is nothing left to give back";
  auto order = bill();
  order["account"] = {{"mode", "join"}, {"join", charged["account"]}};
  EXPECT_EQ(charge("i2", order).code, "ACCOUNT_UNKNOWN");
  EXPECT_EQ(open_account("i3"), "A000000000002") << "a released number is never given again";
}

TEST_F(ChargingTest, ARefundKeepsAnAccountOthersJoined) {
  auto charged = charge("i1", bill()).json();
  auto order = bill();
  order["account"] = {{"mode", "join"}, {"join", charged["account"]}};
  ASSERT_EQ(charge("i2", order).status, JF_OK);
  refund("i1", charged);
  EXPECT_EQ(charge("i3", order).status, JF_OK);
}

TEST_F(ChargingTest, ARefundThatWasToldNoOutputFindsTheOrdersCharge) {
  charge("i1", bill());
  charge("i2", bill());
  auto back = plugin.call("charging.refund", R"({"input":{},"output":null})", {.key = "i1/undo", .instance = "i1"});
  EXPECT_EQ(back.json()["refunded_fen"], 8400);
  auto none = plugin.call("charging.refund", "{}", {.key = "i9/undo", .instance = "i9"});
  EXPECT_EQ(none.json()["refunded_fen"], 0);
}

TEST_F(ChargingTest, ChargesInOneCallShareNothingButTheTransaction) {
  auto wrong = bill();
  wrong["total_fen"] = 1;
  auto answers = plugin.call_batch({{"charging.charge", bill().dump(), {.key = "a/charge", .instance = "a"}},
                                    {"charging.charge", wrong.dump(), {.key = "b/charge", .instance = "b"}},
                                    {"charging.charge", bill().dump(), {.key = "c/charge", .instance = "c"}}});
  EXPECT_EQ(answers[0].json()["account"], "A000000000001");
  EXPECT_EQ(answers[1].status, JF_FAIL);
  EXPECT_EQ(answers[2].json()["account"], "A000000000002");
}

TEST_F(ChargingTest, NeverStoresThePaymentReference) {
  auto order = bill();
  order["payment"] = {{"method", "card"}, {"reference", "6222020200112233445"}};
  order["captured"] = true;
  ASSERT_EQ(charge("i1", order).status, JF_OK);
  plugin.stop();
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder.str())) {
    ++files;
    EXPECT_EQ(folder.read(file.path().filename()).find("6222020200112233445"), std::string::npos) << file.path();
  }
  EXPECT_GE(files, 1);
}

TEST(PostingTest, ADiscountAloneOnAnAccountStillBalances) {
  auto entries = post({{"A1", "open_fee", 5000}, {"A2", "discount:d", -1000}}, "cash");
  std::map<std::string, std::int64_t> balance;
  std::int64_t cash_fen = 0;
  for (const auto& entry : entries) {
    balance[entry.account] += entry.debit_fen - entry.credit_fen;
    EXPECT_TRUE((entry.debit_fen == 0) != (entry.credit_fen == 0));
    if (entry.ledger == "cash") cash_fen += entry.debit_fen - entry.credit_fen;
  }
  EXPECT_EQ(balance, (std::map<std::string, std::int64_t>{{"A1", 0}, {"A2", 0}}));
  EXPECT_EQ(cash_fen, 4000);
}

}  // namespace
