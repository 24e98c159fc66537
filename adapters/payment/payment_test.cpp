// The payment adapter: money is taken once, given back once, and never asked for again on a guess.
#include <jackfield/testing.hpp>

#include "../../sdk/testing/simulator/simulator.hpp"

#include <gtest/gtest.h>

namespace {

using jackfield::testing::Answer;
using jackfield::testing::FakeHost;
using jackfield::testing::Simulator;
using Json = nlohmann::json;

const Json paid = {{"amount_fen", 5000}, {"method", "card"}, {"reference", "R-0001-5555"}};

class Payment : public ::testing::Test {
 protected:
  Answer call(const std::string& step, const Json& input, std::uint32_t attempt = 1, const std::string& key = "") {
    return plugin.call(step, input.dump(),
                       {.key = key.empty() ? "i1/" + step : key, .instance = "i1", .attempt = attempt});
  }
  Answer capture(std::uint32_t attempt = 1, const Json& input = paid) {
    return call("payment.capture", input, attempt);
  }
  Answer refund(const Json& output) { return call("payment.refund", {{"input", paid}, {"output", output}}); }
  Answer verify() { return call("payment.verify", paid, 2, "i1/payment.capture"); }
  std::size_t posts() {
    std::size_t count = 0;
    for (const auto& entry : system.ledger()) count += entry["request"]["do"] == "capture";
    return count;
  }

  Simulator system{JACKFIELD_TEST_DIR "/simulator.py"};
  FakeHost host;
  jackfield::testing::Plugin plugin =
      host.load(jackfield_plugin_v1, Json{{"url", system.address("url")}, {"timeout", "5s"}}.dump());
};

TEST_F(Payment, TakesTheMoneyOfACard) {
  const auto answer = capture();
  ASSERT_EQ(answer.status, JF_OK) << answer.text;
  EXPECT_EQ(answer.json(),
            (Json{{"captured", true}, {"id", "P000001"}, {"state", "captured"}, {"key", "i1/payment.capture"}}));
}

TEST_F(Payment, NeedsNoGatewayForCash) {
  const auto answer = capture(1, {{"amount_fen", 5000}, {"method", "cash"}, {"reference", nullptr}});
  EXPECT_FALSE(answer.json()["captured"].get<bool>());
  EXPECT_TRUE(system.ledger().empty());
}

TEST_F(Payment, RejectsWhatTheGatewayDeclines) {
  system.tell({{"do", "refuse"}, {"times", 1}});
  const auto answer = capture();
  EXPECT_EQ(answer.status, JF_REJECT);
  EXPECT_EQ(answer.code, "PAYMENT_DECLINED");
  EXPECT_EQ(capture(2).code, "PAYMENT_DECLINED");
}

TEST_F(Payment, AsksByKeyAfterNoAnswerAndTakesWhatItFinds) {
  system.tell({{"do", "break"}, {"times", 1}});
  EXPECT_EQ(capture().status, JF_OK);
  EXPECT_EQ(posts(), 1u);
  EXPECT_EQ(system.count("applied"), 1u);
}

TEST_F(Payment, KeepsTimeToAskWithinTheTasksDeadline) {
  system.tell({{"do", "hang"}, {"apply", true}, {"times", 1}});
  const auto answer = plugin.call("payment.capture", paid.dump(),
                                  {.key = "i1/payment.capture", .timeout = std::chrono::milliseconds(2000)});
  ASSERT_EQ(answer.status, JF_OK) << answer.text;
  EXPECT_EQ(posts(), 1u);
}

TEST_F(Payment, SendsAgainWhatNeverArrived) {
  system.tell({{"do", "drop"}, {"times", 1}});
  EXPECT_EQ(capture().status, JF_OK);
  EXPECT_EQ(posts(), 2u);
  EXPECT_EQ(system.count("applied"), 1u);
}

TEST_F(Payment, AsksFirstOnALaterAttempt) {
  EXPECT_EQ(capture().status, JF_OK);
  EXPECT_EQ(capture(2).status, JF_OK);
  EXPECT_EQ(posts(), 1u);
}

TEST_F(Payment, IsUnknownWhereEvenTheQuestionIsNotAnswered) {
  system.tell({{{"do", "hang"}, {"apply", true}, {"times", 1}}, {{"do", "hang"}, {"times", 1}}});
  const auto answer = plugin.call("payment.capture", paid.dump(),
                                  {.key = "i1/payment.capture", .timeout = std::chrono::milliseconds(2000)});
  EXPECT_EQ(answer.status, JF_UNKNOWN);
  EXPECT_EQ(answer.code, "PAYMENT_UNKNOWN");
  const auto verified = verify();
  ASSERT_EQ(verified.status, JF_OK) << verified.text;
  EXPECT_TRUE(verified.json()["applied"].get<bool>());
  EXPECT_EQ(verified.json()["output"]["id"], "P000001");
  EXPECT_EQ(posts(), 1u);
}

TEST_F(Payment, VerifySaysWhatNeverArrived) { EXPECT_FALSE(verify().json()["applied"].get<bool>()); }

TEST_F(Payment, IsAskedAboutBeforeItIsGivenUpWhereTheGatewayIsGone) {
  system.tell({{"do", "down"}});
  EXPECT_EQ(capture().status, JF_UNKNOWN);
  EXPECT_EQ(verify().status, JF_RETRY);
  EXPECT_EQ(capture(2).status, JF_RETRY);
  system.tell({{"do", "up"}});
  EXPECT_FALSE(verify().json()["applied"].get<bool>());
  EXPECT_EQ(capture(3).status, JF_OK);
  EXPECT_EQ(posts(), 1u);
}

TEST_F(Payment, NothingHappenedWhereTheGatewayOnlyEverSaysThatItIsBusy) {
  for (std::uint32_t attempt = 1; attempt < 4; ++attempt) {
    system.tell({{"do", "busy"}, {"status", attempt < 3 ? 429 : 503}, {"times", 1}});
    EXPECT_EQ(capture(attempt).status, JF_RETRY) << attempt;  // the third one's question is not answered
  }
  EXPECT_EQ(system.count("applied"), 0u);
}

TEST_F(Payment, GivesTheMoneyBackOnce) {
  const Json output = capture().json();
  EXPECT_EQ(refund(output).status, JF_OK);
  EXPECT_EQ(refund(output).status, JF_OK);
  EXPECT_EQ(system.state()["i1/payment.capture"]["state"], "refunded");
  EXPECT_EQ(system.count("applied"), 2u);
}

TEST_F(Payment, AnUndoThatKnowsNothingAsksByTheKey) {
  EXPECT_EQ(refund(nullptr).status, JF_OK);  // never arrived: nothing to give back
  EXPECT_EQ(system.count("applied"), 0u);
  EXPECT_EQ(capture().status, JF_OK);
  EXPECT_EQ(refund(nullptr).status, JF_OK);
  EXPECT_EQ(system.state()["i1/payment.capture"]["state"], "refunded");
}

TEST_F(Payment, NeverSaysAReference) {
  system.tell({{"do", "refuse"}, {"status", 400}});
  EXPECT_EQ(capture().text.find("R-0001"), std::string::npos);
}

TEST(PaymentWithoutAGateway, TakesCashAndDeclinesCards) {
  FakeHost host;
  auto plugin = host.load(jackfield_plugin_v1);
  EXPECT_EQ(plugin.call("payment.capture", paid.dump()).code, "PAYMENT_DECLINED");
  EXPECT_EQ(plugin.call("payment.capture", R"({"amount_fen":1,"method":"account"})").status, JF_OK);
  EXPECT_EQ(plugin.call("payment.capture", R"({"amount_fen":1,"method":"barter"})").code, "METHOD_UNKNOWN");
}

}  // namespace
