// The statistics adapter: the same order is the same point, and two orders never meet.
#include <jackfield/testing.hpp>

#include "../../sdk/testing/simulator/simulator.hpp"
#include "point.hpp"

#include <gtest/gtest.h>

#include <set>

namespace {

using jackfield::testing::Answer;
using jackfield::testing::FakeHost;
using jackfield::testing::Simulator;
using Json = nlohmann::json;

TEST(Point, IsOneLineOfTheProtocol) {
  const statistics::Point point{"01JABC", "open-account", "hall", "completed", 5000, 1732262400000, 1732262400812};
  const auto nanoseconds = std::to_string(1732262400812 * 1'000'000 + statistics::nanoseconds_of("01JABC"));
  EXPECT_EQ(statistics::line(point),
            "orders,service=open-account,channel=hall,outcome=completed "
            "count=1i,fee_fen=5000i,duration_ms=812i,order=\"01JABC\" " +
                nanoseconds);
}

TEST(Point, EscapesWhatWouldEndAWord) {
  const statistics::Point point{"a\"b\\c", "open account", "h,a=l\nl\\", "", 0, 0, 1732262400812};
  const auto line = statistics::line(point);
  EXPECT_NE(line.find("service=open\\ account,channel=h\\,a\\=l\\ l/,outcome=- "), std::string::npos) << line;
  EXPECT_NE(line.find("order=\"a\\\"b\\\\c\""), std::string::npos) << line;
  EXPECT_NE(line.find("duration_ms=0i"), std::string::npos) << line;
}

TEST(Point, NanosecondsAreSpreadOverTheMillisecond) {
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(statistics::nanoseconds_of("01JDQZ7K3M" + std::to_string(i)));
  EXPECT_GT(seen.size(), 995u);
  EXPECT_LT(*seen.rbegin(), 1'000'000u);
  EXPECT_LT(*seen.begin(), 10'000u);
  EXPECT_GT(*seen.rbegin(), 990'000u);
}

class Statistics : public ::testing::Test {
 protected:
  Answer feed(const std::string& instance = "i1", std::int64_t ended_at = 1732262400812,
              std::chrono::milliseconds timeout = {}) {
    const Json input = {{"service", "open-account"}, {"channel", "营业厅"},         {"outcome", "completed"},
                        {"fee_fen", nullptr},        {"started_at", 1732262400000}, {"ended_at", ended_at}};
    return plugin.call("statistics.feed", input.dump(),
                       {.key = instance + "/statistics.feed", .instance = instance, .timeout = timeout});
  }

  Simulator system{JACKFIELD_TEST_DIR "/simulator.py"};
  FakeHost host;
  jackfield::testing::Plugin plugin =
      host.load(jackfield_plugin_v1, Json{{"url", system.address("url")}, {"timeout", "5s"}}.dump());
};

TEST_F(Statistics, WritesTheOrdersPoint) {
  const auto answer = feed();
  ASSERT_EQ(answer.status, JF_OK) << answer.text;
  const Json request = system.ledger().at(0)["request"];
  EXPECT_EQ(request["channel"], "营业厅");
  EXPECT_EQ(request["fee_fen"], 0);
  EXPECT_EQ(request["duration_ms"], 812);
  EXPECT_EQ(request["order"], "i1");
}

TEST_F(Statistics, WritingAgainChangesNothingAndOrdersOfOneMillisecondStayApart) {
  for (const char* instance : {"i1", "i2", "i1", "i3", "i2"}) EXPECT_EQ(feed(instance).status, JF_OK);
  EXPECT_EQ(system.state()["points"], 3);
  EXPECT_EQ(system.count("duplicate"), 2u);
  EXPECT_EQ(system.count("violation"), 0u);
}

TEST_F(Statistics, TriesAgainWhileBusyHangingOrGoneAndFailsOnANo) {
  system.tell({{"do", "busy"}, {"times", 1}});
  EXPECT_EQ(feed().status, JF_UNKNOWN);
  system.tell({{"do", "hang"}, {"apply", true}, {"times", 1}});
  EXPECT_EQ(feed("i1", 1732262400812, std::chrono::milliseconds(200)).status, JF_UNKNOWN);
  system.tell({{"do", "down"}});
  EXPECT_EQ(feed().status, JF_RETRY);
  system.tell({{"do", "up"}});
  EXPECT_EQ(feed().status, JF_OK);
  EXPECT_EQ(system.state()["points"], 1);
  system.tell({{"do", "refuse"}, {"status", 400}});
  EXPECT_EQ(feed().code, "HTTP_400");
}

TEST_F(Statistics, RefusesATimeThatIsNone) {
  EXPECT_EQ(feed("i1", 0).code, "TIME_INVALID");
  EXPECT_EQ(feed("i1", INT64_MAX).code, "TIME_INVALID");
}

}  // namespace
