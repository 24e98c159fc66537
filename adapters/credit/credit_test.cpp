// The credit adapter against a credit system that answers, refuses, hangs, breaks and is gone.
#include <jackfield/testing.hpp>

#include "../../sdk/testing/simulator/simulator.hpp"

#include <gtest/gtest.h>

namespace {

using jackfield::testing::Answer;
using jackfield::testing::FakeHost;
using jackfield::testing::Simulator;
using Json = nlohmann::json;

class Credit : public ::testing::Test {
 protected:
  Answer check(std::uint32_t attempt = 1, std::chrono::milliseconds timeout = {}) {
    return plugin.call(
        "credit.check", R"({"id_type":"resident-id","id_number":"11010519491231002X","msisdn":"13800138000"})",
        {.key = "i1/credit.check", .instance = "i1", .flow = "open-account", .attempt = attempt, .timeout = timeout});
  }
  void answer_with(Json rule) {
    rule["do"] = "answer";
    system.tell(rule);
  }

  Simulator system{JACKFIELD_TEST_DIR "/simulator.py"};
  FakeHost host;
  jackfield::testing::Plugin plugin =
      host.load(jackfield_plugin_v1, Json{{"url", system.address("url")}, {"timeout", "5s"}}.dump());
};

TEST_F(Credit, GivesTheStandingOnAsTheSystemSaysIt) {
  answer_with({{"grade", "B"}, {"deposit_fen", 20000}});
  const auto answer = check();
  ASSERT_EQ(answer.status, JF_OK) << answer.text;
  EXPECT_EQ(answer.json(), (Json{{"grade", "B"}, {"blacklisted", false}, {"arrears_fen", 0}, {"deposit_fen", 20000}}));
  EXPECT_EQ(system.ledger()[0]["request"]["key"], "i1/credit.check");
}

TEST_F(Credit, RefusesGradeEAndArrears) {
  system.tell({{"do", "refuse"}, {"times", 1}});
  EXPECT_EQ(check().code, "CREDIT_REFUSED");
  answer_with({{"arrears_fen", 1}});
  const auto answer = check();
  EXPECT_EQ(answer.status, JF_REJECT);
  EXPECT_EQ(answer.code, "ARREARS");
}

TEST_F(Credit, LeavesABlacklistedCustomerToTheFlow) {
  answer_with({{"grade", "E"}, {"arrears_fen", 5}, {"blacklisted", true}});
  const auto answer = check();
  ASSERT_EQ(answer.status, JF_OK);
  EXPECT_TRUE(answer.json()["blacklisted"].get<bool>());
}

TEST_F(Credit, TakesACustomerNobodyKnowsForGradeC) {
  system.tell({{"do", "unknown"}});
  EXPECT_EQ(check().json()["grade"], "C");
}

TEST_F(Credit, TriesAgainWhenTheSystemIsBusyHangsOrIsGone) {
  system.tell({{"do", "busy"}, {"times", 1}});
  EXPECT_EQ(check().code, "HTTP_503");
  system.tell({{"do", "busy"}, {"status", 429}, {"times", 1}});
  const auto busy = check();
  EXPECT_EQ(busy.status, JF_RETRY);
  EXPECT_EQ(busy.retry_after_ms, 1000u);  // Retry-After: 1
  system.tell({{"do", "hang"}, {"times", 1}});
  EXPECT_EQ(check(1, std::chrono::milliseconds(200)).code, "NO_ANSWER");
  system.tell({{"do", "down"}});
  EXPECT_EQ(check().code, "UNREACHABLE");
  system.tell({{"do", "up"}});
  EXPECT_EQ(check(2).status, JF_OK);
}

TEST_F(Credit, FailsOnAnyOtherNo) {
  system.tell({{"do", "refuse"}, {"status", 403}});
  const auto answer = check();
  EXPECT_EQ(answer.status, JF_NOT_DONE);
  EXPECT_EQ(answer.code, "HTTP_403");
}

TEST_F(Credit, FailsOnAnAnswerThatIsNoVerdict) {
  for (const Json& wrong : {Json{{"grade", "Z"}}, Json{{"arrears_fen", -1}}, Json{{"deposit_fen", "much"}}}) {
    Json rule = wrong;
    rule["times"] = 1;
    answer_with(rule);
    EXPECT_EQ(check().code, "ANSWER_INVALID") << wrong;
  }
}

TEST_F(Credit, AsksOnceForOneKeyWhateverBreaks) {
  system.tell({{"do", "break"}, {"times", 1}});
  const auto first = check();
  if (first.status != JF_OK) {
    EXPECT_EQ(check(2).status, JF_OK);
  }
  EXPECT_EQ(system.count("applied"), 1u);
  EXPECT_EQ(system.count("violation"), 0u);
}

TEST_F(Credit, NeverSaysAnIdentityNumber) {
  system.tell({{"do", "refuse"}, {"status", 400}, {"body", {{"error", "11010519491231002X"}}}});
  EXPECT_EQ(check().text.find("1101051949"), std::string::npos);
  for (const auto& line : host.logs()) EXPECT_EQ(line.text.find("1101051949"), std::string::npos);
}

TEST(CreditSettings, RefuseWhatIsNoUrl) {
  FakeHost host;
  EXPECT_THROW(host.load(jackfield_plugin_v1, R"({"url":"ftp://x"})"), std::runtime_error);
  EXPECT_THROW(host.load(jackfield_plugin_v1, R"({"ulr":"http://x"})"), std::runtime_error);
}

}  // namespace
