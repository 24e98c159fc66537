// 114's adapter: three notices, one protocol.
#include <jackfield/testing.hpp>

#include "../../sdk/testing/simulator/simulator.hpp"

#include <gtest/gtest.h>

namespace {

using jackfield::testing::Answer;
using jackfield::testing::FakeHost;
using jackfield::testing::Simulator;
using Json = nlohmann::json;

class CustomerService : public ::testing::Test {
 protected:
  Answer call(const std::string& step, std::uint32_t attempt = 1, std::chrono::milliseconds timeout = {}) {
    const Json input = {{"service", "open-account"},
                        {"channel", "hall"},
                        {"msisdn", "+8613800138000"},
                        {"customer", "C1"},
                        {"reason", nullptr},
                        {"at", 1795308000123}};
    return plugin.call(
        step, input.dump(),
        {.key = "i1/" + step, .instance = "i1", .flow = "open-account", .attempt = attempt, .timeout = timeout});
  }

  Simulator system{JACKFIELD_TEST_DIR "/simulator.py"};
  FakeHost host;
  jackfield::testing::Plugin plugin =
      host.load(jackfield_plugin_v1, Json{{"url", system.address("url")}, {"timeout", "5s"}}.dump());
};

TEST_F(CustomerService, EachNoticeHasItsOwnTypeAndKey) {
  const std::pair<std::string, std::string> notices[] = {{"customer_service.notify", "order-completed"},
                                                         {"customer_service.callback", "callback-requested"},
                                                         {"customer_service.alert", "blacklist-alert"}};
  for (const auto& [step, type] : notices) {
    const auto answer = call(step);
    ASSERT_EQ(answer.status, JF_OK) << answer.text;
    const Json entry = system.ledger().back();
    EXPECT_EQ(entry["key"], "i1/" + step);
    EXPECT_EQ(entry["request"]["type"], "jackfield.customer-service." + type);
    EXPECT_EQ(entry["request"]["time"], "2026-11-22T00:40:00.123Z");
    EXPECT_EQ(entry["request"]["data"], (Json{{"order", "i1"},
                                              {"service", "open-account"},
                                              {"channel", "hall"},
                                              {"msisdn", "13800138000"},
                                              {"customer", "C1"}}));
  }
  EXPECT_EQ(system.count("violation"), 0u);
}

TEST_F(CustomerService, OneKeyIsOneNoticeWhateverBreaks) {
  system.tell({{"do", "hang"}, {"apply", true}, {"times", 1}});
  EXPECT_EQ(call("customer_service.notify", 1, std::chrono::milliseconds(200)).status, JF_UNKNOWN);
  host.advance(std::chrono::hours(1));
  EXPECT_EQ(call("customer_service.notify", 2).status, JF_OK);
  EXPECT_EQ(system.count("applied"), 1u);
  EXPECT_EQ(system.count("violation"), 0u) << "one id, one event: its time as well";
}

TEST_F(CustomerService, TriesAgainWhileGoneAndFailsOnANo) {
  system.tell({{"do", "down"}});
  EXPECT_EQ(call("customer_service.alert").status, JF_RETRY);
  system.tell({{"do", "up"}});
  system.tell({{"do", "refuse"}, {"status", 410}});
  EXPECT_EQ(call("customer_service.alert").code, "HTTP_410");
}

}  // namespace
