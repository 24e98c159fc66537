// The billing adapter: one event a type, one id an event, whatever happens on the way.
#include <jackfield/testing.hpp>

#include "../../sdk/testing/simulator/simulator.hpp"

#include <gtest/gtest.h>

namespace {

using jackfield::testing::Answer;
using jackfield::testing::FakeHost;
using jackfield::testing::Simulator;
using Json = nlohmann::json;

constexpr std::int64_t at = 1795308000123;  // 2026-11-22T00:40:00.123Z

class Billing : public ::testing::Test {
 protected:
  Answer notify(const Json& input, std::uint32_t attempt = 1, std::chrono::milliseconds timeout = {}) {
    return plugin.call(
        "billing.notify", input.dump(),
        {.key = "i1/billing.notify", .instance = "i1", .flow = "open-account", .attempt = attempt, .timeout = timeout});
  }
  static Json opened() {
    return {{"events", {{{"type", "jackfield.billing.subscriber-opened"}}}},
            {"service", "open-account"},
            {"msisdn", "13800138000"},
            {"imsi", "460001234567890"},
            {"account", "A1"},
            {"old_msisdn", nullptr},
            {"at", at}};
  }

  Simulator system{JACKFIELD_TEST_DIR "/simulator.py"};
  FakeHost host;
  jackfield::testing::Plugin plugin =
      host.load(jackfield_plugin_v1, Json{{"url", system.address("url")}, {"timeout", "5s"}}.dump());
};

TEST_F(Billing, TellsOfANewSubscriberUnderTheStepsKey) {
  const auto answer = notify(opened());
  ASSERT_EQ(answer.status, JF_OK) << answer.text;
  const Json entry = system.ledger().at(0);
  EXPECT_EQ(entry["key"], "i1/billing.notify");
  EXPECT_EQ(entry["outcome"], "applied");
  EXPECT_EQ(entry["request"]["msisdn"], "13800138000");
  EXPECT_EQ(entry["request"]["time"], "2026-11-22T00:40:00.123Z");
  EXPECT_EQ(
      entry["request"]["data"],
      (Json{{"service", "open-account"}, {"msisdn", "13800138000"}, {"imsi", "460001234567890"}, {"account", "A1"}}));
}

TEST_F(Billing, TellsOfANumberAndACardEachUnderAKeyOfItsOwn) {
  const Json input = {{"events", {"number-changed", {{"type", "card-replaced"}, {"iccid", "89860070310112094320"}}}},
                      {"msisdn", "+8613800138001"},
                      {"old_msisdn", "8613800138000"},
                      {"at", at}};
  const auto answer = notify(input);
  ASSERT_EQ(answer.status, JF_OK) << answer.text;
  const Json ledger = system.ledger();
  ASSERT_EQ(ledger.size(), 2u);
  EXPECT_EQ(ledger[0]["key"], "i1/billing.notify/number-changed");
  EXPECT_EQ(ledger[0]["request"]["msisdn"], "13800138001");
  EXPECT_EQ(ledger[0]["request"]["data"]["old_msisdn"], "13800138000");
  EXPECT_EQ(ledger[0]["request"]["data"]["new_msisdn"], "13800138001");
  EXPECT_EQ(ledger[1]["key"], "i1/billing.notify/card-replaced");
  EXPECT_EQ(ledger[1]["request"]["data"]["iccid"], "89860070310112094320");
}

TEST_F(Billing, IsDoneWhenTheSystemHasTheEventAlready) {
  EXPECT_EQ(notify(opened()).status, JF_OK);
  host.advance(std::chrono::hours(1));
  EXPECT_EQ(notify(opened(), 2).status, JF_OK);
  EXPECT_EQ(system.count("violation"), 0u) << "one id, one event: its time as well";
  EXPECT_EQ(system.count("applied"), 1u);
  EXPECT_EQ(system.count("duplicate"), 1u);
}

TEST_F(Billing, TriesAgainAfterAnyAnswerThatPasses) {
  for (const int status : {408, 425, 429, 500, 503}) {
    system.tell({{"do", "busy"}, {"status", status}, {"times", 1}});
    const auto answer = notify(opened());
    EXPECT_EQ(answer.status, status < 500 ? JF_RETRY : JF_UNKNOWN) << status;
    EXPECT_EQ(answer.code, "HTTP_" + std::to_string(status));
  }
  system.tell({{"do", "hang"}, {"apply", true}, {"times", 1}});
  EXPECT_EQ(notify(opened(), 1, std::chrono::milliseconds(200)).code, "NO_ANSWER");
  system.tell({{"do", "down"}});
  EXPECT_EQ(notify(opened()).code, "UNREACHABLE");
  system.tell({{"do", "up"}});
  EXPECT_EQ(notify(opened(), 9).status, JF_OK);
  EXPECT_EQ(system.count("applied"), 1u);
}

TEST_F(Billing, FailsForGoodOnAnyOtherNo) {
  for (const int status : {400, 401, 404, 422}) {
    system.tell({{"do", "refuse"}, {"status", status}, {"times", 1}});
    const auto answer = notify(opened());
    EXPECT_EQ(answer.status, JF_NOT_DONE);
    EXPECT_EQ(answer.code, "HTTP_" + std::to_string(status));
  }
}

TEST_F(Billing, RefusesANoticeThatLacksSomethingBeforeAnythingIsSent) {
  const Json wrong[] = {{{"events", Json::array()}, {"msisdn", "13800138000"}, {"at", at}},
                        {{"events", {"line-closed"}}, {"msisdn", "13800138000"}, {"at", at}},
                        {{"events", {"card-replaced", "number-changed"}}, {"msisdn", "13800138000"}, {"at", at}},
                        {{"events", {"subscriber-opened"}}, {"at", at}},
                        {{"events", {"subscriber-opened", "subscriber-opened"}}, {"msisdn", "13800138000"}, {"at", at}},
                        {{"events", {5}}, {"msisdn", "13800138000"}, {"at", at}},
                        {{"events", {"subscriber-opened"}}, {"msisdn", "13800138000"}},
                        {{"events", {"subscriber-opened"}}, {"msisdn", "13800138000"}, {"at", -1}},
                        {{"events", {"card-replaced"}}, {"msisdn", "4306900069000"}, {"at", at}},
                        {{"events", {"card-replaced"}}, {"msisdn", "1380013800a"}, {"at", at}}};
  for (const Json& input : wrong) {
    const auto status = notify(input).status;
    EXPECT_TRUE(status == JF_FAIL || status == JF_NOT_DONE) << input;
  }
  EXPECT_TRUE(system.ledger().empty());
}

}  // namespace
