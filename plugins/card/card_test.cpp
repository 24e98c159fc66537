// card.select: which card a line gets in place of today's.
#include <jackfield/testing.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace std::chrono_literals;
using jackfield::testing::Answer;
using jackfield::testing::FakeHost;
using nlohmann::json;
using std::string;

class Card : public testing::Test {
 protected:
  Answer select(const json& wish, const json& today, const char* reason = "damaged") {
    auto plugin = host.load(jackfield_plugin_v1, settings);
    return plugin.call("card.select", json{{"card", wish}, {"line", today}, {"reason", reason}}.dump());
  }
  [[nodiscard]] long long ago(std::chrono::milliseconds time) const {
    return (host.now - time).time_since_epoch().count();
  }
  Card() { host.advance(24h * 365); }

  FakeHost host;
  string settings = "{}";
  json line = {{"iccid", "89860070310112094320"}, {"imsi", "460001234567890"}, {"last_swap_ms", 0}};
};

TEST_F(Card, GivesTheTypeAndTellsTodaysCard) {
  const auto out = select({{"type", "USIM"}}, line, "upgrade").json();
  EXPECT_EQ(out["type"], "USIM");
  EXPECT_FALSE(out.contains("iccid"));
  EXPECT_EQ(out["old_iccid"], "89860070310112094320");
  EXPECT_EQ(out["old_imsi"], "460001234567890");
  const json named = {{"type", "USIM"}, {"iccid", "89860020000000123452"}};
  EXPECT_EQ(select(named, line).json()["iccid"], "89860020000000123452");
}

TEST_F(Card, RefusesATypeThatIsNotOffered) {
  settings = R"({"types":["USIM"]})";
  const auto answer = select({{"type", "STK"}}, line);
  EXPECT_EQ(answer.status, JF_REJECT);
  EXPECT_EQ(answer.code, "CARD_WRONG_TYPE");
}

TEST_F(Card, RefusesACardThatIsNone) {
  EXPECT_EQ(select({{"type", "SIM"}, {"iccid", "89860070310112094321"}}, line).code, "CARD_UNKNOWN") << "Luhn";
  EXPECT_EQ(select({{"type", "SIM"}, {"iccid", "89860170310112094320"}}, line).code, "CARD_UNKNOWN") << "prefix";
}

TEST_F(Card, RefusesTodaysCard) {
  EXPECT_EQ(select({{"type", "SIM"}, {"iccid", "89860070310112094320"}}, line).code, "CARD_TAKEN");
}

TEST_F(Card, ASecondSwapWithinTheIntervalIsTooSoon) {
  line["last_swap_ms"] = ago(72h - 1ms);
  EXPECT_EQ(select({{"type", "USIM"}}, line).code, "SWAP_TOO_SOON");
  line["last_swap_ms"] = ago(72h);
  EXPECT_EQ(select({{"type", "USIM"}}, line).status, JF_OK);
  settings = R"({"swap_interval":"100h"})";
  const auto answer = select({{"type", "USIM"}}, line);
  EXPECT_EQ(answer.code, "SWAP_TOO_SOON");
  EXPECT_NE(answer.text.find("100小时"), string::npos) << answer.text;
}

TEST_F(Card, FailsOnALineWhoseImsiIsNone) {
  line["imsi"] = "460011234567890";
  const auto answer = select({{"type", "USIM"}}, line);
  EXPECT_EQ(answer.status, JF_FAIL);
  EXPECT_EQ(answer.code, "IMSI_INVALID");
  settings = R"({"imsi_prefixes":["46001"]})";
  EXPECT_EQ(select({{"type", "USIM"}}, line).status, JF_OK);
}

}  // namespace
