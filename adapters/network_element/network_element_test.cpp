// The network element's adapter: no command twice blindly, whatever breaks, and every undo brings back what was.
#include <jackfield/testing.hpp>

#include "../../sdk/testing/simulator/simulator.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace {

using jackfield::testing::Answer;
using jackfield::testing::FakeHost;
using jackfield::testing::Simulator;
using Json = nlohmann::json;

const std::string imsi = "460001234567890", new_imsi = "460001234567891";
const std::string ki = "0123456789ABCDEF0123456789ABCDEF", new_ki = "FEDCBA98765432100123456789ABCDEF";
const Json line = {{"msisdn", "13800138000"}, {"imsi", imsi}, {"ki", ki}, {"template", 2}};
const Json card = {{"msisdn", "13800138000"}, {"imsi", new_imsi}, {"ki", new_ki}, {"old_imsi", imsi}};
const Json number = {{"old_msisdn", "13800138000"}, {"msisdn", "+8613800138001"}};
const std::string isdn = "8613800138000", new_isdn = "8613800138001";

class NetworkElement : public ::testing::Test {
 protected:
  Json settings(const std::string& password = "jackfield", const std::string& timeout = "5s") {
    return {{"mml", system.address("mml")},
            {"work_orders", system.address("work_orders")},
            {"operator", "jackfield"},
            {"password", password},
            {"timeout", timeout}};
  }
  Answer call(const std::string& step, const Json& input, std::uint32_t attempt = 1,
              const std::string& instance = "i1") {
    return plugin.call("network_element." + step, input.dump(),
                       {.key = instance + "/network_element." + step,
                        .instance = instance,
                        .flow = "open-account",
                        .attempt = attempt});
  }
  void done(const std::string& step, const Json& input, std::uint32_t attempt = 1) {
    const auto answer = call(step, input, attempt);
    ASSERT_EQ(answer.status, JF_OK) << step << ": " << answer.code << " " << answer.text;
  }
  static Json undo(const Json& input, const Json& output = Json::object()) {
    return {{"input", input}, {"output", output}};
  }
  Json subscribers() { return system.state()["subscribers"]; }
  Json kis() { return system.state()["kis"]; }
  /// How often a command came, whatever came of it.
  std::size_t sent(const std::string& command) {
    std::size_t count = 0;
    for (const auto& entry : system.ledger()) count += entry["request"]["command"] == command;
    return count;
  }
  void tell(const std::string& word, const std::string& command, Json more = Json::object()) {
    more["do"] = word;
    more["times"] = more.value("times", 1);
    more["match"] = {{"command", command}};
    system.tell(more);
  }

  Simulator system{JACKFIELD_TEST_DIR "/simulator.py", {"--callback", "http://127.0.0.1:9"}};
  FakeHost host;
  jackfield::testing::Plugin plugin = host.load(jackfield_plugin_v1, settings().dump());
};

TEST_F(NetworkElement, OpensALineAndTakesItDownAgain) {
  done("activate", line);
  EXPECT_EQ(subscribers(), (Json{{isdn, {{"imsi", imsi}, {"template", "2"}, {"barred", "FALSE"}}}}));
  EXPECT_EQ(system.state()["logins"], 1);
  done("deactivate", undo(line));
  EXPECT_TRUE(subscribers().empty());
  EXPECT_TRUE(kis().empty());
  done("deactivate", undo(line));  // what is gone counts as removed
  EXPECT_EQ(system.count("violation"), 0u);
}

TEST_F(NetworkElement, ALaterAttemptAsksAndSendsOnlyWhatIsMissing) {
  done("activate", line);
  done("activate", line, 2);
  EXPECT_EQ(sent("ADD KI"), 1u);
  EXPECT_EQ(sent("ADD TPLSUB"), 1u);
}

TEST_F(NetworkElement, AsksOnceMoreBeforeItTakesARefusalInDoubtForOne) {
  // What an earlier attempt sent was held up on its way and arrives between this one's question and its command.
  tell("refuse", "ADD KI", {{"retcode", 3004}, {"apply", true}});
  done("activate", line, 2);
  EXPECT_EQ(kis(), Json{imsi});
  EXPECT_EQ(subscribers().size(), 1u);
  tell("refuse", "ADD TPLSUB", {{"retcode", 3004}});
  const Json other = {{"msisdn", "13800138009"}, {"imsi", new_imsi}, {"ki", new_ki}, {"template", 2}};
  EXPECT_EQ(call("activate", other, 2).code, "ERR3004") << "it is not there: a refusal is one";
}

TEST_F(NetworkElement, GoesOnInTheSameAttemptAfterABreak) {
  tell("break", "ADD KI");
  tell("break", "ADD TPLSUB");
  done("activate", line);
  EXPECT_EQ(sent("ADD KI"), 1u);
  EXPECT_EQ(sent("ADD TPLSUB"), 1u);
  EXPECT_EQ(subscribers().size(), 1u);
  EXPECT_EQ(system.state()["logins"], 3);
}

TEST_F(NetworkElement, SendsAgainWhatNeverArrived) {
  tell("drop", "ADD TPLSUB");
  done("activate", line);
  EXPECT_EQ(sent("ADD TPLSUB"), 2u);
  EXPECT_EQ(sent("ADD KI"), 1u);
  EXPECT_EQ(system.state()["logins"], 2);
}

TEST_F(NetworkElement, AHangEndsInTimeAndTheNextAttemptFindsWhatWasDone) {
  auto patient = host.load(jackfield_plugin_v1, settings("jackfield", "1h").dump());  // the task's deadline counts
  tell("hang", "ADD TPLSUB", {{"apply", true}});
  const jackfield::testing::Ask hurried{.instance = "i1", .timeout = std::chrono::milliseconds(2000)};
  EXPECT_EQ(patient.call("network_element.activate", line.dump(), hurried).status, JF_UNKNOWN);
  EXPECT_EQ(patient.call("network_element.activate", line.dump(), {.instance = "i1", .attempt = 2}).status, JF_OK);
  EXPECT_EQ(sent("ADD TPLSUB"), 1u);
}

TEST_F(NetworkElement, TriesAgainWhileTheNetworkIsBusyOrGone) {
  tell("busy", "ADD KI");
  EXPECT_EQ(call("activate", line).status, JF_RETRY);
  tell("busy", "ADD TPLSUB");
  EXPECT_EQ(call("activate", line).status, JF_UNKNOWN) << "the KI is there already";
  system.tell({{"do", "down"}});
  EXPECT_EQ(call("activate", line, 2).status, JF_RETRY) << "nothing happened in this attempt";
  system.tell({{"do", "up"}});
  done("activate", line, 3);
  EXPECT_EQ(sent("ADD KI"), 2u);
  EXPECT_EQ(kis(), Json{imsi});
}

TEST_F(NetworkElement, LogsInAgainWhenForgotten) {
  done("activate", line);
  system.tell({{"do", "forget"}, {"times", 1}});
  done("deactivate", undo(line));
  EXPECT_EQ(system.state()["logins"], 2);
}

TEST_F(NetworkElement, OpensTheSessionAnewWhenTheOtherSideClosedItMeanwhile) {
  done("activate", line);
  system.tell({{{"do", "down"}}, {{"do", "up"}}});
  done("deactivate", undo(line));
}

TEST_F(NetworkElement, SkipsWhatAnotherVendorSaysBetweenReplies) {
  const std::vector<std::pair<std::string, std::string>> vendors = {
      {"", "\r\n"}, {"", "\r\n\r\n  "}, {"\r\n \t", ""}, {"\r\n", "\n"}, {"HLR9820> ", "\r\nHLR9820> "}};
  for (const auto& [before, after] : vendors) {
    system.tell({{"do", "chatter"}, {"before", before}, {"after", after}});
    auto vendor = host.load(jackfield_plugin_v1, settings().dump());
    for (const std::string step : {"activate", "deactivate"}) {
      const Json given = step == "activate" ? line : undo(line);
      const auto answer = vendor.call("network_element." + step, given.dump(), {.key = step, .instance = before + after});
      EXPECT_EQ(answer.status, JF_OK) << Json(before) << Json(after) << step << ": " << answer.text;
    }
    system.forget_rules();
  }
  EXPECT_EQ(system.state()["logins"], vendors.size());  // the one session was kept
  EXPECT_TRUE(subscribers().empty());
}

TEST_F(NetworkElement, DropsASessionThatAnswersWhatNobodyAsked) {
  tell("chatter", "ADD KI", {{"after", "+++    HLR9820        2026-11-22 08:00:00\r\n"}});
  done("activate", line);
  EXPECT_EQ(system.state()["logins"], 2);
  EXPECT_EQ(sent("ADD KI"), 1u);
}

TEST_F(NetworkElement, SaysSoWhenItIsNotLetIn) {
  auto stranger = host.load(jackfield_plugin_v1, settings("wrong").dump());
  const auto answer = stranger.call("network_element.activate", line.dump());
  EXPECT_EQ(answer.status, JF_NOT_DONE);
  EXPECT_EQ(answer.code, "LOGIN_REFUSED");
  EXPECT_EQ(answer.text.find("wrong"), std::string::npos);
}

TEST_F(NetworkElement, FailsWithTheNetworksOwnCode) {
  done("activate", line);
  Json other = line;
  other["imsi"] = new_imsi;
  const auto answer = call("activate", other, 1, "i2");
  EXPECT_EQ(answer.status, JF_FAIL);
  EXPECT_EQ(answer.code, "ERR3003");
  EXPECT_NE(answer.text.find("number in use"), std::string::npos);
  // Undone without an output: the KI it added goes, the other's line stays.
  const auto undone = call("deactivate", undo(other, nullptr), 1, "i2");
  EXPECT_EQ(undone.status, JF_OK) << undone.text;
  EXPECT_EQ(kis(), Json{imsi});
  EXPECT_EQ(subscribers()[isdn]["imsi"], imsi);
}

TEST_F(NetworkElement, SaysOfAStepThatWasRefusedAtOnceThatThereIsNothingToUndo) {
  done("activate", line);
  Json other = line;
  other["msisdn"] = "13800138009";  // the KI is there already, of another line: an undo would take it away
  const auto answer = call("activate", other, 1, "i2");
  EXPECT_EQ(answer.code, "ERR3004");
  EXPECT_EQ(answer.status, JF_NOT_DONE);
  tell("refuse", "MOD IMSI", {{"retcode", 3009}});
  EXPECT_EQ(call("replace_card", card, 1, "i3").status, JF_FAIL) << "its KI is there: that has to be taken back";
}

TEST_F(NetworkElement, GivesALineAnotherNumberAndTheOldOneBack) {
  done("activate", line);
  done("change_number", number);
  done("change_number", number, 2);
  EXPECT_TRUE(subscribers().contains(new_isdn));
  EXPECT_EQ(sent("MOD ISDN"), 1u);
  done("restore_number", undo(number));
  done("restore_number", undo(number));
  EXPECT_TRUE(subscribers().contains(isdn));
  EXPECT_EQ(sent("MOD ISDN"), 2u);
}

TEST_F(NetworkElement, ABreakInMidChangeIsAskedAbout) {
  done("activate", line);
  tell("break", "MOD ISDN");
  done("change_number", number);
  EXPECT_EQ(sent("MOD ISDN"), 1u);
}

TEST_F(NetworkElement, ANumberInUseIsLeftToItsOwner) {
  done("activate", line);
  done("activate", {{"msisdn", "13800138001"}, {"imsi", new_imsi}, {"ki", new_ki}});
  EXPECT_EQ(call("change_number", number).code, "ERR3003");
  done("restore_number", undo(number, nullptr));
  EXPECT_EQ(subscribers()[new_isdn]["imsi"], new_imsi);
  EXPECT_EQ(subscribers()[isdn]["imsi"], imsi);
}

TEST_F(NetworkElement, GivesALineAnotherCard) {
  done("activate", line);
  done("replace_card", card);
  EXPECT_EQ(subscribers()[isdn]["imsi"], new_imsi);
  EXPECT_EQ(kis(), Json{new_imsi});
  done("replace_card", card, 2);
  EXPECT_EQ(sent("ADD KI"), 2u);  // one of the line, one of the card
  EXPECT_EQ(sent("MOD IMSI"), 1u);
}

TEST_F(NetworkElement, RestoresTheOldCardFromEveryPointOfTheSwap) {
  done("activate", line);
  for (const std::string command : {"ADD KI", "MOD IMSI", "RMV KI"}) {
    tell("refuse", command, {{"retcode", 3009}});
    EXPECT_EQ(call("replace_card", card, 1, command).code, "ERR3009") << command;
    EXPECT_EQ(call("restore_card", undo(card, nullptr), 1, command).status, JF_OK) << command;
    EXPECT_EQ(subscribers()[isdn]["imsi"], imsi) << command;
    EXPECT_EQ(kis(), Json{imsi}) << command;
  }
}

TEST_F(NetworkElement, RestoresAfterTheOldKiIsGoneWhereItIsGiven) {
  done("activate", line);
  done("replace_card", card);
  EXPECT_EQ(call("restore_card", undo(card)).code, "KI_GONE");
  Json given = card;
  given["old_ki"] = ki;
  done("restore_card", undo(given));
  EXPECT_EQ(subscribers()[isdn]["imsi"], imsi);
  EXPECT_EQ(kis(), Json{imsi});
}

TEST_F(NetworkElement, BarsAndUnbarsAndLeavesWhatWasBarredBefore) {
  done("activate", line);
  const Json given = {{"msisdn", "13800138000"}};
  const Json first = call("bar", given).json();
  EXPECT_EQ(subscribers()[isdn]["barred"], "TRUE");
  EXPECT_EQ(first, (Json{{"was_barred", false}}));
  const Json second = call("bar", given).json();
  done("unbar", undo(given, second));
  EXPECT_EQ(subscribers()[isdn]["barred"], "TRUE");
  done("unbar", undo(given, first));
  EXPECT_EQ(subscribers()[isdn]["barred"], "FALSE");
  done("bar", given);
  done("unbar", given);
  EXPECT_EQ(subscribers()[isdn]["barred"], "FALSE");
  EXPECT_EQ(call("bar", {{"msisdn", "13800138077"}}).code, "ERR3002");
  EXPECT_EQ(call("unbar", {{"msisdn", "13800138077"}}).code, "ERR3002");
  done("unbar", undo({{"msisdn", "13800138077"}}, nullptr));
  EXPECT_EQ(call("unbar", Json::object()).code, "INPUT_INVALID");
}

TEST_F(NetworkElement, RefusesWhatIsNoNumberImsiOrKiBeforeItSaysAnything) {
  for (const auto& [name, value] :
       {std::pair{"msisdn", "1380013800"}, {"imsi", "46000"}, {"ki", "00\";RMV SUB:ISDN=\"x"}}) {
    Json wrong = line;
    wrong[name] = value;
    const auto answer = call("activate", wrong);
    EXPECT_EQ(answer.code, "INPUT_INVALID") << name;
    EXPECT_EQ(answer.text.find(value), std::string::npos);
  }
  EXPECT_EQ(sent("ADD KI"), 0u);
}

TEST_F(NetworkElement, NeverSaysAKi) {
  tell("refuse", "ADD KI");
  const auto answer = call("activate", line);
  EXPECT_EQ(answer.text.find("0123456789ABCDEF"), std::string::npos);
  tell("break", "ADD KI", {{"times", 9}});
  EXPECT_EQ(call("activate", line).text.find("0123456789ABCDEF"), std::string::npos);
  for (const auto& said : host.logs()) EXPECT_EQ(said.text.find("0123456789ABCDEF"), std::string::npos);
}

TEST_F(NetworkElement, ManyThreadsShareTheOneSession) {
  std::vector<std::thread> threads;
  std::vector<std::int32_t> statuses(8, JF_PENDING);
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    threads.emplace_back([this, i, &statuses] {
      const std::string digit = std::to_string(i);
      const Json own = {{"msisdn", "1380013810" + digit}, {"imsi", "46000123456780" + digit}, {"ki", ki}};
      statuses[i] = call("activate", own, 1, "i" + digit).status;
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto status : statuses) EXPECT_EQ(status, JF_OK);
  EXPECT_EQ(system.state()["logins"], 1);
  EXPECT_EQ(subscribers().size(), statuses.size());
}

class WorkOrders : public NetworkElement {
 protected:
  const Json order = {{"service", "open-account"}, {"msisdn", "13800138000"}, {"imsi", imsi}, {"old_msisdn", nullptr}};
  Json orders() { return system.state("work_orders")["orders"]; }
  void tell_orders(Json rule) {
    rule["times"] = rule.value("times", 1);
    system.tell(rule, "work_orders");
  }
};

TEST_F(WorkOrders, ArePlacedOnceForAnInstance) {
  const auto first = call("work_order", order);
  ASSERT_EQ(first.status, JF_OK) << first.text;
  EXPECT_EQ(first.json(), (Json{{"id", "WO000001"}}));
  EXPECT_EQ(call("work_order", order, 2).json(), first.json());
  EXPECT_EQ(
      orders(),
      (Json{{{"id", "WO000001"}, {"state", "acknowledged"}, {"externalId", "i1"}, {"category", "open-account"}}}));
  EXPECT_EQ(system.count("violation", "work_orders"), 0u);
}

TEST_F(WorkOrders, AreCancelledWithAndWithoutTheirId) {
  const Json output = call("work_order", order).json();
  done("cancel_work_order", undo(order, output));
  EXPECT_EQ(orders()[0]["state"], "cancelled");
  done("cancel_work_order", undo(order, output));
  done("cancel_work_order", undo(order, {{"id", "WO/999"}}));  // not there: counts as cancelled

  tell_orders({{"do", "hang"}, {"apply", true}});
  const jackfield::testing::Ask hurried{
      .instance = "i2", .flow = "open-account", .timeout = std::chrono::milliseconds(2000)};
  EXPECT_EQ(plugin.call("network_element.work_order", order.dump(), hurried).status, JF_UNKNOWN);
  EXPECT_EQ(call("cancel_work_order", undo(order, nullptr), 1, "i2").status, JF_OK);
  EXPECT_EQ(orders()[1]["externalId"], "i2");
  EXPECT_EQ(orders()[1]["state"], "cancelled");
}

TEST_F(WorkOrders, ThatAreRefusedAreNotPlacedByTheirUndo) {
  tell_orders({{"do", "refuse"}, {"status", 422}, {"times", 2}});
  const auto answer = call("work_order", order);
  EXPECT_EQ(answer.code, "HTTP_422");
  EXPECT_EQ(answer.status, JF_NOT_DONE);
  done("cancel_work_order", undo(order, nullptr));
  EXPECT_TRUE(orders().empty());
}

TEST_F(WorkOrders, AreTriedAgainWhileTheSystemIsBusy) {
  tell_orders({{"do", "busy"}, {"status", 429}});
  EXPECT_EQ(call("work_order", order).status, JF_RETRY);
  tell_orders({{"do", "busy"}});
  EXPECT_EQ(call("work_order", order, 2).status, JF_UNKNOWN) << "a system that broke may have placed it before";
  system.tell({{"do", "down"}}, "work_orders");
  EXPECT_EQ(call("work_order", order, 3).status, JF_RETRY);
  system.tell({{"do", "up"}}, "work_orders");
  EXPECT_EQ(call("work_order", order, 4).status, JF_OK);
}

}  // namespace
