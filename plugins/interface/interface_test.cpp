#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <jackfield/testing.hpp>
#include <jackfield/folder.hpp>

#include "opening_hours.hpp"

namespace {

using jackfield::testing::FakeHost;
using jackfield::testing::Folder;
using testing::HasSubstr;
using std::chrono::sys_days;
using namespace std::chrono_literals;

constexpr const char* channels = R"(channels:
  hall:
    name: 营业厅
    services: [open-account, replace-card]
    open: "08:30-18:00"
    greeting: 您好
    forms: {open-account: [姓名, 证件号码], replace-card: [号码]}
    offers:
      - 天天有礼
      - {text: 入网优惠, services: [open-account], from: 2026-11-20, until: 2026-11-22}
  web: {services: [open-account], open: always, forms: [姓名]}
  night: {services: [open-account], open: "22:00-06:00"}
  agent: {services: [open-account], open: ["09:00-12:00", "13:30-21:00"]}
)";

struct InterfaceTest : testing::Test {
  InterfaceTest() { folder.write("data/channels.yaml", channels); }

  // Hour and minute of 2026-11-22 in Shanghai, which is eight hours ahead of UTC.
  jackfield::testing::Answer permit_at(int hour, int minute, const std::string& channel) {
    host.now = sys_days{2026y / 11 / 22} + std::chrono::hours(hour - 8) + std::chrono::minutes(minute);
    return plugin().call("interface.permit", R"({"channel":")" + channel + R"(","service":"open-account"})");
  }
  jackfield::testing::Plugin plugin() { return host.load(jackfield_plugin_v1); }

  Folder folder;
  FakeHost host{{.data_dir = folder.str(), .config_dir = folder.str(), .zone = "Asia/Shanghai"}};
};

TEST_F(InterfaceTest, PermitsWhatTheChannelMayDoWhileItIsOpen) {
  auto answer = permit_at(12, 0, "hall");
  ASSERT_EQ(answer.status, JF_OK) << answer.text;
  EXPECT_EQ(answer.json()["channel_name"], "营业厅");
}

TEST_F(InterfaceTest, OpensAtItsFirstMinuteAndIsClosedAtItsLast) {
  EXPECT_EQ(permit_at(8, 29, "hall").code, "OUT_OF_HOURS");
  EXPECT_EQ(permit_at(8, 30, "hall").status, JF_OK);
  EXPECT_EQ(permit_at(17, 59, "hall").status, JF_OK);
  auto closed = permit_at(18, 0, "hall");
  EXPECT_EQ(closed.status, JF_REJECT);
  EXPECT_EQ(closed.code, "OUT_OF_HOURS");
  EXPECT_THAT(closed.text, HasSubstr("08:30-18:00"));
}

TEST_F(InterfaceTest, HoursMaySpanMidnightOrBeSeveral) {
  EXPECT_EQ(permit_at(23, 0, "night").status, JF_OK);
  EXPECT_EQ(permit_at(5, 59, "night").status, JF_OK);
  EXPECT_EQ(permit_at(6, 0, "night").code, "OUT_OF_HOURS");
  EXPECT_EQ(permit_at(11, 59, "agent").status, JF_OK);
  EXPECT_EQ(permit_at(12, 30, "agent").code, "OUT_OF_HOURS");
  EXPECT_EQ(permit_at(3, 0, "web").status, JF_OK);
}

TEST_F(InterfaceTest, RefusesAnUnknownChannelAndAServiceTheChannelDoesNotDo) {
  auto unknown = permit_at(12, 0, "kiosk");
  EXPECT_EQ(unknown.status, JF_REJECT);
  EXPECT_EQ(unknown.code, "INTERFACE_NOT_PERMITTED");
  EXPECT_THAT(unknown.text, HasSubstr("接口不允许"));
  EXPECT_THAT(unknown.text, HasSubstr("kiosk"));
  auto service = plugin().call("interface.permit", R"({"channel":"hall","service":"change-number"})");
  EXPECT_EQ(service.code, "INTERFACE_NOT_PERMITTED");
  EXPECT_THAT(service.text, HasSubstr("change-number"));
}

TEST_F(InterfaceTest, WelcomesWithTheFormAndTodaysOffersOfTheService) {
  host.now = sys_days{2026y / 11 / 22} + 15h + 59min;  // the last minute of the 22nd in Shanghai
  auto loaded = plugin();
  auto opening = loaded.call("interface.welcome", R"({"channel":"hall","service":"open-account"})").json();
  EXPECT_EQ(opening["greeting"], "您好");
  EXPECT_EQ(opening["form"], (nlohmann::json{"姓名", "证件号码"}));
  EXPECT_EQ(opening["offers_today"], (nlohmann::json{"天天有礼", "入网优惠"}));
  auto card = loaded.call("interface.welcome", R"({"channel":"hall","service":"replace-card"})").json();
  EXPECT_EQ(card["offers_today"], nlohmann::json{"天天有礼"});
  host.advance(1min);
  auto tomorrow = loaded.call("interface.welcome", R"({"channel":"hall","service":"open-account"})").json();
  EXPECT_EQ(tomorrow["offers_today"], nlohmann::json{"天天有礼"});
}

struct Mistake {
  const char* yaml;
  const char* found;  // what the refusal must say
};

struct ChannelsMistakes : InterfaceTest, testing::WithParamInterface<Mistake> {};

TEST_P(ChannelsMistakes, AreRefusedWithTheirPlace) {
  folder.write("data/channels.yaml", GetParam().yaml);
  try {
    plugin();
    FAIL() << "accepted";
  } catch (const std::runtime_error& refused) {
    EXPECT_THAT(refused.what(), HasSubstr(GetParam().found));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Interface, ChannelsMistakes,
    testing::Values(Mistake{"channels:\n  hall: {services: [a], open: \"8-18\"}\n",
                            "channels.yaml:2:31: expected hours"},
                    Mistake{"channels:\n  hall: {services: [a], open: \"08:00-25:00\"}\n", "found '08:00-25:00'"},
                    Mistake{"channels:\n  hall: {services: [a]}\n", "channels.yaml:2:9: 'open' is missing"},
                    Mistake{"channels:\n  hall: {services: [a], open: always, opne: 1}\n", "unknown key 'opne'"},
                    Mistake{"channels:\n  hall: {services: a, open: always}\n", "expected a list, found 'a'"},
                    Mistake{"channels:\n  hall: {services: [a], open: always}\n  hall: {}\n", "written twice"},
                    Mistake{"channels: [\n", "not YAML"}));

TEST_F(InterfaceTest, AServiceNearlyCalledLikeAFlowIsRefused) {
  folder.write("flows/open.yaml", "# 开户\nflow: open-account\nname: 开户\n");
  folder.write("flows/replace.yaml", "flow: 'replace-card'  # 换卡\n");
  folder.write("data/channels.yaml", "channels:\n  hall: {services: [replace-card, open-acount], open: always}\n");
  try {
    plugin();
    FAIL() << "accepted";
  } catch (const std::runtime_error& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("channels.yaml:2"));
    EXPECT_THAT(refused.what(), HasSubstr("no flow is called 'open-acount' (did you mean 'open-account'?)"));
  }
  folder.write("data/channels.yaml", "channels:\n  hall: {services: [replace-card, repair], open: always}\n");
  plugin();
  EXPECT_THAT(host.logs().back().text, HasSubstr("'repair'"));
}

TEST_F(InterfaceTest, AMissingFileIsRefusedByName) {
  try {
    host.load(jackfield_plugin_v1, R"({"channels":"data/none.yaml"})");
    FAIL() << "accepted";
  } catch (const std::runtime_error& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("none.yaml"));
  }
}

TEST(OpeningHoursTest, TwentyFourHoursIsTheEndOfTheDay) {
  OpeningHours hours;
  hours.add("00:00-24:00");
  EXPECT_TRUE(hours.open_at(0));
  EXPECT_TRUE(hours.open_at(24 * 60 - 1));
  for (const char* wrong : {"", "08:30", "08:30-08:30", "0830-1800", "24:01-25:00", "08:60-09:00", "aa:bb-cc:dd"})
    EXPECT_THROW(OpeningHours().add(wrong), std::runtime_error) << wrong;
}

TEST(DemoChannels, CanBeRead) {
  Folder folder;
  FakeHost host{{.data_dir = folder.str(), .config_dir = JACKFIELD_TEST_DIR "/../../config", .zone = "Asia/Shanghai"}};
  auto plugin = host.load(jackfield_plugin_v1);
  for (const char* service : {"open-account", "change-number", "replace-card"})
    EXPECT_EQ(plugin.call("interface.permit", R"({"channel":"web","service":")" + std::string(service) + "\"}").status,
              JF_OK);
}

}  // namespace
