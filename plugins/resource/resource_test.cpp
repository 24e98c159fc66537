// The stock through its steps: reservations, holds, cooling, swaps and their undoing, by a clock of the test's own.
#include <jackfield/testing.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>

namespace {

using namespace std::chrono_literals;
using jackfield::testing::Answer;
using jackfield::testing::FakeHost;
using jackfield::testing::Plugin;
using nlohmann::json;
using std::string;

constexpr const char* normal = "13800138001";
constexpr const char* gold = "13800138000";
constexpr const char* sim = "89860070310112094320";
constexpr const char* usim = "89860020000000123452";

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / "jackfield-resource-XXXXXX") {
    string name = path_.string();
    if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
    path_ = name;
    std::filesystem::create_directories(path_ / "data");
    write("numbers.csv", "msisdn,grade,fee_fen\n13800138000,gold,30000\n13800138001,normal,0\n13800138002,normal,0\n"
                         "13800138003,normal,0\n19812345678,silver,5000\n13900139001,silver,5000\n");
    write("cards.csv", "iccid,imsi,ki,type\n"
                       "89860070310112094320,460001234567890,0123456789abcdef0123456789ABCDEF,SIM\n"
                       "89860020000000123452,460001234567891,11111111111111111111111111111111,USIM\n"
                       "898600200000A0123450,460021234567892,22222222222222222222222222222222,USIM\n");
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  void write(const string& name, const string& text) const { std::ofstream(path_ / "data" / name) << text; }
  [[nodiscard]] string str() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

class Resource : public testing::Test {
 protected:
  Answer call(const string& step, const json& input, const string& order = "o1") {
    return plugin().call("resource." + step, input.dump(), {.key = order + "/" + step, .instance = order});
  }
  Answer reserve(const string& msisdn, const string& order = "o1", const json& card = {{"type", "USIM"}}) {
    return call("reserve", {{"msisdn", msisdn}, {"card", card}, {"kinds", {"number", "card"}}}, order);
  }
  Answer number(const string& msisdn, const string& order) {
    return call("reserve", {{"msisdn", msisdn}, {"kinds", {"number"}}}, order);
  }
  Answer card(const json& wish, const string& order) {
    return call("reserve", {{"card", wish}, {"kinds", {"card"}}}, order);
  }
  // An order that has gone all the way: the number is in use, the card active.
  void open(const string& msisdn, const string& iccid, const string& type, const string& order) {
    ASSERT_EQ(reserve(msisdn, order, {{"type", type}, {"iccid", iccid}}).status, JF_OK);
    ASSERT_EQ(call("commit", {{"msisdn", msisdn}, {"iccid", iccid}}, order).status, JF_OK);
  }
  void reload() {
    plugin_.reset();
    plugin();
  }
  Plugin& plugin() {
    if (!plugin_) plugin_ = std::make_unique<Plugin>(host.load(jackfield_plugin_v1, settings));
    return *plugin_;
  }

  Folder folder;
  FakeHost host{{.data_dir = folder.str(), .config_dir = folder.str()}};
  string settings = "{}";

 private:
  std::unique_ptr<Plugin> plugin_;
};

TEST_F(Resource, ReservesANumberAndACard) {
  const auto out = reserve("+8613800138000", "o1", {{"type", "SIM"}, {"iccid", sim}}).json();
  EXPECT_EQ(out["msisdn"], gold) << "the country code is dropped";
  EXPECT_EQ(out["number_fee_fen"], 30000);
  EXPECT_EQ(out["grade"], "gold");
  EXPECT_EQ(out["iccid"], sim);
  EXPECT_EQ(out["imsi"], "460001234567890");
  EXPECT_EQ(out["ki"], "0123456789abcdef0123456789ABCDEF");
  EXPECT_EQ(out["card_type"], "SIM");
  EXPECT_EQ(out["until_ms"], (host.now + 30min).time_since_epoch().count());
}

TEST_F(Resource, TellsTheKiOfTheCardThatIsReplaced) {
  open(gold, sim, "SIM", "o1");
  const json wish = {{"card", {{"type", "USIM"}}}, {"kinds", {"card"}}, {"old_iccid", sim}};
  const auto out = call("reserve", wish, "o2").json();
  EXPECT_EQ(out["old_ki"], "0123456789abcdef0123456789ABCDEF");
  EXPECT_NE(out["ki"], out["old_ki"]);
}

TEST_F(Resource, LeavesOutWhatWasNotReserved) {
  const auto out = card({{"type", "SIM"}}, "o1").json();
  EXPECT_FALSE(out.contains("msisdn"));
  EXPECT_FALSE(out.contains("number_fee_fen"));
  EXPECT_EQ(out["iccid"], sim);
  EXPECT_FALSE(number(normal, "o2").json().contains("iccid"));
}

TEST_F(Resource, KnowsOnlyNumbersOfTheStock) {
  EXPECT_EQ(reserve("13491234567").code, "NUMBER_UNKNOWN") << "no prefix of the table";
  EXPECT_EQ(reserve("15412345678").code, "NUMBER_UNKNOWN") << "no prefix of the table";
  EXPECT_EQ(reserve("1380013800").code, "NUMBER_UNKNOWN") << "ten digits";
  EXPECT_EQ(reserve("13700137000").code, "NUMBER_UNKNOWN") << "not in stock";
}

TEST_F(Resource, ANumberHasOneOwner) {
  ASSERT_EQ(number(gold, "o1").status, JF_OK);
  const auto answer = number(gold, "o2");
  EXPECT_EQ(answer.status, JF_REJECT);
  EXPECT_EQ(answer.code, "NUMBER_TAKEN");
  ASSERT_EQ(call("commit", {{"msisdn", gold}}, "o1").status, JF_OK);
  EXPECT_EQ(number(gold, "o2").code, "NUMBER_TAKEN") << "in use";
  EXPECT_EQ(number(gold, "o1").code, "NUMBER_TAKEN") << "in use, also for the order that took it";
}

TEST_F(Resource, JudgesANamedCard) {
  EXPECT_EQ(card({{"type", "SIM"}, {"iccid", "89860070310112094321"}}, "o1").code, "CARD_UNKNOWN") << "bad Luhn digit";
  EXPECT_EQ(card({{"type", "SIM"}, {"iccid", "89860000000000000001"}}, "o1").code, "CARD_UNKNOWN") << "not in stock";
  EXPECT_EQ(card({{"type", "USIM"}, {"iccid", sim}}, "o1").code, "CARD_WRONG_TYPE");
  ASSERT_EQ(card({{"type", "SIM"}, {"iccid", sim}}, "o1").status, JF_OK);
  EXPECT_EQ(card({{"type", "SIM"}, {"iccid", sim}}, "o2").code, "CARD_TAKEN") << "reserved";
  ASSERT_EQ(call("secure", {{"iccid", sim}}, "o1").status, JF_OK);
  EXPECT_EQ(card({{"type", "SIM"}, {"iccid", sim}}, "o2").code, "CARD_TAKEN") << "bound";
  ASSERT_EQ(call("commit", {{"iccid", sim}}, "o1").status, JF_OK);
  EXPECT_EQ(card({{"type", "SIM"}, {"iccid", sim}}, "o2").code, "CARD_TAKEN") << "active";
}

TEST_F(Resource, GivesAnyCardOfATypeUntilNoneIsLeft) {
  const auto one = card({{"type", "USIM"}}, "o1").json()["iccid"];
  EXPECT_EQ(card({{"type", "USIM"}}, "o1").json()["iccid"], one) << "the same order again keeps its card";
  const auto two = card({{"type", "USIM"}}, "o2").json()["iccid"];
  EXPECT_EQ((std::set<string>{one, two}), (std::set<string>{usim, "898600200000A0123450"}));
  EXPECT_EQ(card({{"type", "USIM"}}, "o3").code, "NO_STOCK");
  EXPECT_EQ(card({{"type", "STK"}}, "o3").code, "NO_STOCK");
}

TEST_F(Resource, AnotherChoiceReplacesTheFirst) {
  ASSERT_EQ(reserve(gold, "o1", {{"type", "SIM"}}).status, JF_OK);
  ASSERT_EQ(reserve(normal, "o1", {{"type", "USIM"}}).status, JF_OK);
  EXPECT_EQ(reserve(gold, "o2", {{"type", "SIM"}}).status, JF_OK) << "both went back to stock";
  ASSERT_EQ(card({{"type", "USIM"}}, "o1").status, JF_OK);
  EXPECT_EQ(number(normal, "o3").code, "NUMBER_TAKEN") << "a card asked for alone leaves the number as it is";
}

TEST_F(Resource, ARefusedReservationChangesNothing) {
  ASSERT_EQ(number(normal, "o1").status, JF_OK);
  ASSERT_EQ(reserve(gold, "o1", {{"type", "STK"}}).code, "NO_STOCK");
  EXPECT_EQ(number(gold, "o2").status, JF_OK) << "the number of a half-done reservation is not kept";
  EXPECT_EQ(number(normal, "o3").code, "NUMBER_TAKEN") << "the earlier one is";
}

TEST_F(Resource, AHoldEnds) {
  ASSERT_EQ(reserve(gold, "o1", {{"type", "SIM"}}).status, JF_OK);
  host.advance(30min - 1ms);
  EXPECT_EQ(number(gold, "o2").code, "NUMBER_TAKEN");
  EXPECT_EQ(card({{"type", "SIM"}}, "o2").code, "NO_STOCK");
  host.advance(1ms);
  EXPECT_EQ(number(gold, "o2").status, JF_OK);
  EXPECT_EQ(card({{"type", "SIM"}}, "o2").status, JF_OK);
}

TEST_F(Resource, HoldsByChannelAndByKind) {
  settings = R"({"hold":"10m","holds":{"web":"1h","card":"20m"}})";
  const auto until = [&](const json& input) {
    return call("reserve", input).json()["until_ms"].get<long long>() - host.now.time_since_epoch().count();
  };
  EXPECT_EQ(until({{"msisdn", gold}, {"channel", "hall"}}), 600'000);
  EXPECT_EQ(until({{"msisdn", gold}, {"channel", "web"}}), 3'600'000);
  EXPECT_EQ(until({{"card", {{"type", "SIM"}}}, {"channel", "hall"}}), 1'200'000);
  EXPECT_EQ(until({{"msisdn", gold}, {"card", {{"type", "SIM"}}}}), 600'000) << "of both the one that ends first";
}

TEST_F(Resource, ACustomerMayThinkForAsLongAsWhatIsChosenWouldBeHeld) {
  settings = R"({"hold":"10m","holds":{"web":"1h","card":"5m"}})";
  const auto hold_ms = [&](const json& input) { return call("offer", input).json()["hold_ms"]; };
  EXPECT_EQ(hold_ms({{"channel", "hall"}, {"kinds", {"number"}}}), 600'000);
  EXPECT_EQ(hold_ms({{"channel", "hall"}, {"kinds", {"card"}}}), 300'000);
  EXPECT_EQ(hold_ms({{"channel", "hall"}, {"kinds", {"number", "card"}}}), 300'000) << "the one that ends first";
  EXPECT_EQ(hold_ms({{"channel", "hall"}}), 300'000);
  EXPECT_EQ(hold_ms({{"channel", "web"}, {"kinds", {"number", "card"}}}), 3'600'000) << "a channel's goes first";
}

TEST_F(Resource, ReleaseGivesBackAllAndMayBeRepeated) {
  ASSERT_EQ(reserve(gold, "o1", {{"type", "SIM"}}).status, JF_OK);
  ASSERT_EQ(call("secure", {{"msisdn", gold}, {"iccid", sim}}).status, JF_OK);
  EXPECT_EQ(call("release", json::object(), "o2").status, JF_OK) << "nothing of its own: harmless";
  EXPECT_EQ(number(gold, "o2").code, "NUMBER_TAKEN");
  EXPECT_EQ(call("release", json::object()).status, JF_OK);
  EXPECT_EQ(call("release", json::object()).status, JF_OK);
  EXPECT_EQ(reserve(gold, "o2", {{"type", "SIM"}, {"iccid", sim}}).status, JF_OK);
}

TEST_F(Resource, ReleaseAsAnUndoGivesBackWhatItsStepReserved) {
  ASSERT_EQ(number(gold, "o1").status, JF_OK);
  const auto out = card({{"type", "SIM"}}, "o1").json();
  const json undo = {{"input", {{"card", {{"type", "SIM"}}}, {"kinds", {"card"}}}}, {"output", out}};
  ASSERT_EQ(call("release", undo).status, JF_OK);
  EXPECT_EQ(card({{"type", "SIM"}}, "o2").status, JF_OK);
  EXPECT_EQ(number(gold, "o2").code, "NUMBER_TAKEN") << "the number's own undo releases it";
}

TEST_F(Resource, ReleaseNeverTouchesWhatIsInUse) {
  open(gold, sim, "SIM", "o1");
  ASSERT_EQ(call("release", json::object()).status, JF_OK);
  EXPECT_EQ(number(gold, "o2").code, "NUMBER_TAKEN");
  EXPECT_EQ(card({{"type", "SIM"}, {"iccid", sim}}, "o2").code, "CARD_TAKEN");
}

TEST_F(Resource, OffersASpreadOfFreeNumbers) {
  ASSERT_EQ(number(normal, "o9").status, JF_OK);
  const auto numbers = call("offer", {{"count", 3}}).json()["numbers"];
  ASSERT_EQ(numbers.size(), 3u);
  std::set<string> grades;
  for (const auto& one : numbers) {
    grades.insert(one["grade"]);
    EXPECT_NE(one["msisdn"], normal) << "reserved";
  }
  EXPECT_EQ(grades, (std::set<string>{"gold", "normal", "silver"}));
  EXPECT_EQ(call("offer", {{"count", 50}}).json()["numbers"].size(), 5u) << "all that is free, none twice";
  EXPECT_EQ(number(gold, "o2").status, JF_OK) << "offered is not reserved";
}

TEST_F(Resource, OffersMoreOfAGradeTheCustomerWants) {
  const auto numbers = call("offer", {{"count", 3}, {"interests", {"silver", "music"}}}).json()["numbers"];
  ASSERT_EQ(numbers.size(), 3u);
  EXPECT_EQ(numbers[0]["grade"], "silver");
  EXPECT_EQ(numbers[0]["fee_fen"], 5000);
  EXPECT_EQ(numbers[1]["grade"], "silver");
}

TEST_F(Resource, IsSatisfiableByWhatTheOrderHolds) {
  ASSERT_EQ(reserve(gold, "o1", {{"type", "SIM"}}).status, JF_OK);
  const json input = {{"needs", {"number", "card"}}, {"card_types", {"SIM", "STK"}}, {"card_type", "SIM"},
                      {"msisdn", gold}, {"iccid", sim}};
  EXPECT_EQ(call("satisfiable", input).json()["satisfied"], true);
  EXPECT_EQ(call("satisfiable", input, "o2").code, "NO_STOCK") << "another order's";
  auto wrong = input;
  wrong["card_types"] = {"USIM"};
  EXPECT_EQ(call("satisfiable", wrong).code, "CARD_WRONG_TYPE");
  auto without = input;
  without.erase("iccid");
  EXPECT_EQ(call("satisfiable", without).code, "NO_STOCK");
  host.advance(30min);
  EXPECT_EQ(call("satisfiable", input).code, "NO_STOCK") << "the hold is over, and asking does not renew it";
}

TEST_F(Resource, ASecuredReservationHasNoEnd) {
  ASSERT_EQ(reserve(gold, "o1", {{"type", "SIM"}}).status, JF_OK);
  ASSERT_EQ(call("secure", {{"msisdn", gold}, {"iccid", sim}}).status, JF_OK);
  ASSERT_EQ(call("secure", {{"msisdn", gold}, {"iccid", sim}}).status, JF_OK);
  host.advance(24h * 365);
  EXPECT_EQ(number(gold, "o2").code, "NUMBER_TAKEN");
  EXPECT_EQ(call("commit", {{"msisdn", gold}, {"iccid", sim}}).status, JF_OK);
}

TEST_F(Resource, SecuringTakesAgainWhatIsStillFreeAndRefusesWhatIsLost) {
  ASSERT_EQ(reserve(gold, "o1", {{"type", "SIM"}}).status, JF_OK);
  host.advance(31min);
  EXPECT_EQ(call("secure", {{"msisdn", gold}, {"iccid", sim}}).status, JF_OK);
  ASSERT_EQ(number(normal, "o2").status, JF_OK);
  host.advance(31min);
  ASSERT_EQ(number(normal, "o3").status, JF_OK);
  EXPECT_EQ(call("secure", {{"msisdn", normal}}, "o2").code, "NUMBER_TAKEN");
  EXPECT_EQ(call("secure", {{"iccid", sim}}, "o2").code, "CARD_TAKEN");
}

TEST_F(Resource, CommitTakesAnExpiredReservationThatNobodyElseTook) {
  ASSERT_EQ(reserve(gold, "o1", {{"type", "SIM"}}).status, JF_OK);
  host.advance(31min);
  EXPECT_EQ(call("commit", {{"msisdn", gold}, {"iccid", sim}}).status, JF_OK);
  EXPECT_EQ(call("commit", {{"msisdn", gold}, {"iccid", sim}}).status, JF_OK) << "again: the same";
}

TEST_F(Resource, CommitFailsWhereTheReservationWasLost) {
  ASSERT_EQ(number(gold, "o1").status, JF_OK);
  host.advance(31min);
  ASSERT_EQ(number(gold, "o2").status, JF_OK);
  const auto answer = call("commit", {{"msisdn", gold}}, "o1");
  EXPECT_EQ(answer.status, JF_FAIL);
  EXPECT_EQ(answer.code, "HOLD_EXPIRED");
}

TEST_F(Resource, WithdrawAndReleaseUndoACommit) {
  open(gold, sim, "SIM", "o1");
  const json undo = {{"input", {{"msisdn", gold}, {"iccid", sim}}}, {"output", json::object()}};
  ASSERT_EQ(call("withdraw", undo, "o2").status, JF_OK) << "of another order: harmless";
  EXPECT_EQ(number(gold, "o2").code, "NUMBER_TAKEN");
  ASSERT_EQ(call("withdraw", undo).status, JF_OK);
  ASSERT_EQ(call("withdraw", undo).status, JF_OK);
  host.advance(24h);
  EXPECT_EQ(number(gold, "o2").code, "NUMBER_TAKEN") << "the order's still, until it is released";
  ASSERT_EQ(call("release", json::object()).status, JF_OK);
  EXPECT_EQ(reserve(gold, "o2", {{"type", "SIM"}, {"iccid", sim}}).status, JF_OK);
}

TEST_F(Resource, AChangedNumberCoolsForNinetyDays) {
  open(gold, sim, "SIM", "o1");
  ASSERT_EQ(number(normal, "o2").status, JF_OK);
  ASSERT_EQ(call("secure", {{"msisdn", normal}, {"old_msisdn", gold}}, "o2").status, JF_OK);
  const json swap = {{"old_msisdn", gold}, {"new_msisdn", normal}};
  ASSERT_EQ(call("swap_number", swap, "o2").status, JF_OK);
  ASSERT_EQ(call("swap_number", swap, "o2").status, JF_OK) << "again: the same";
  EXPECT_EQ(number(normal, "o3").code, "NUMBER_TAKEN");
  host.advance(24h * 90 - 1ms);
  EXPECT_EQ(number(gold, "o3").code, "NUMBER_TAKEN") << "cooling";
  host.advance(1ms);
  EXPECT_EQ(number(gold, "o3").status, JF_OK);
}

TEST_F(Resource, SwappingANumberBackLeavesAllAsItWas) {
  open(gold, sim, "SIM", "o1");
  ASSERT_EQ(number(normal, "o2").status, JF_OK);
  ASSERT_EQ(call("secure", {{"msisdn", normal}, {"old_msisdn", gold}}, "o2").status, JF_OK);
  const json swap = {{"old_msisdn", gold}, {"new_msisdn", normal}};
  const json undo = {{"input", swap}, {"output", json::object()}};
  ASSERT_EQ(call("swap_number_back", undo, "o2").status, JF_OK) << "nothing to undo yet: harmless";
  ASSERT_EQ(call("swap_number", swap, "o2").status, JF_OK);
  ASSERT_EQ(call("swap_number_back", undo, "o2").status, JF_OK);
  ASSERT_EQ(call("swap_number_back", undo, "o2").status, JF_OK);
  ASSERT_EQ(call("release", json::object(), "o2").status, JF_OK);
  host.advance(24h * 91);
  EXPECT_EQ(number(gold, "o3").code, "NUMBER_TAKEN") << "in use again, not cooling";
  EXPECT_EQ(number(normal, "o3").status, JF_OK);
}

TEST_F(Resource, ANumberThatIsChangingIsInUseAgainWhenReleased) {
  open(gold, sim, "SIM", "o1");
  ASSERT_EQ(call("secure", {{"old_msisdn", gold}}, "o2").status, JF_OK);
  EXPECT_EQ(call("secure", {{"old_msisdn", gold}}, "o3").code, "NUMBER_STATE") << "one order at a time";
  ASSERT_EQ(call("release", json::object(), "o2").status, JF_OK);
  EXPECT_EQ(call("secure", {{"old_msisdn", gold}}, "o3").status, JF_OK);
}

TEST_F(Resource, OnlyANumberInUseIsSwapped) {
  ASSERT_EQ(number(normal, "o2").status, JF_OK);
  const auto answer = call("swap_number", {{"old_msisdn", gold}, {"new_msisdn", normal}}, "o2");
  EXPECT_EQ(answer.status, JF_FAIL);
  EXPECT_EQ(answer.code, "NUMBER_STATE");
  EXPECT_EQ(call("commit", {{"msisdn", normal}}, "o2").status, JF_OK) << "and nothing was done of it";
}

TEST_F(Resource, ASwappedCardIsRetiredAndNeverComesBack) {
  open(gold, sim, "SIM", "o1");
  ASSERT_EQ(card({{"type", "USIM"}, {"iccid", usim}}, "o2").status, JF_OK);
  const json swap = {{"msisdn", gold}, {"old_iccid", sim}, {"iccid", usim}, {"reason", "damaged"}};
  ASSERT_EQ(call("swap_card", swap, "o2").status, JF_OK);
  ASSERT_EQ(call("swap_card", swap, "o2").status, JF_OK) << "again: the same";
  host.advance(24h * 1000);
  EXPECT_EQ(card({{"type", "SIM"}, {"iccid", sim}}, "o3").code, "CARD_TAKEN");
  EXPECT_EQ(card({{"type", "USIM"}, {"iccid", usim}}, "o3").code, "CARD_TAKEN");
}

TEST_F(Resource, SwappingACardBackLeavesAllAsItWas) {
  for (const char* reason : {"upgrade", "lost"}) {
    const string order = string("order-") + reason;
    if (string(reason) == "upgrade") open(gold, sim, "SIM", "o1");
    ASSERT_EQ(card({{"type", "USIM"}, {"iccid", usim}}, order).status, JF_OK);
    const json swap = {{"msisdn", gold}, {"old_iccid", sim}, {"iccid", usim}, {"reason", reason}};
    ASSERT_EQ(call("swap_card", swap, order).status, JF_OK);
    const json undo = {{"input", swap}, {"output", json::object()}};
    ASSERT_EQ(call("swap_card_back", undo, order).status, JF_OK);
    ASSERT_EQ(call("swap_card_back", undo, order).status, JF_OK);
    ASSERT_EQ(call("release", json::object(), order).status, JF_OK);
    EXPECT_EQ(card({{"type", "USIM"}, {"iccid", usim}}, "o3").status, JF_OK) << "the new card is in stock again";
    ASSERT_EQ(call("release", json::object(), "o3").status, JF_OK);
  }
}

TEST_F(Resource, ImportingAgainKeepsStatesAndReprices) {
  open(gold, sim, "SIM", "o1");
  folder.write("numbers.csv", "msisdn,grade,fee_fen\n13800138000,normal,1\n13800138001,silver,700\n"
                              "13700137000,normal,0\n");
  folder.write("cards.csv", "iccid,imsi,ki,type\n"
                            "89860070310112094320,460001234567890,33333333333333333333333333333333,STK\n");
  reload();
  EXPECT_EQ(number(gold, "o2").code, "NUMBER_TAKEN");
  EXPECT_EQ(card({{"type", "SIM"}, {"iccid", sim}}, "o2").code, "CARD_TAKEN");
  const auto repriced = number(normal, "o2").json();
  EXPECT_EQ(repriced["grade"], "silver");
  EXPECT_EQ(repriced["number_fee_fen"], 700);
  EXPECT_EQ(number("13700137000", "o3").status, JF_OK) << "a new one came with the delivery";
  EXPECT_EQ(number("13800138002", "o4").status, JF_OK) << "one that is in no file any more is still in stock";
}

TEST_F(Resource, ReservationsOutliveARestart) {
  ASSERT_EQ(reserve(gold, "o1", {{"type", "SIM"}}).status, JF_OK);
  reload();
  EXPECT_EQ(number(gold, "o2").code, "NUMBER_TAKEN");
  EXPECT_EQ(call("commit", {{"msisdn", gold}, {"iccid", sim}}).status, JF_OK);
}

class BadStock : public Resource {
 protected:
  string refusal() {
    try {
      plugin();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "accepted";
  }
};

TEST_F(BadStock, NamesFileAndLine) {
  folder.write("numbers.csv", "msisdn,grade,fee_fen\n13800138000,gold,1\n15412345678,gold,1\n");
  EXPECT_NE(refusal().find("numbers.csv:3"), string::npos) << refusal();
  folder.write("numbers.csv", "msisdn,grade,fee_fen\n13800138000,gold,-1\n");
  EXPECT_NE(refusal().find("numbers.csv:2"), string::npos) << refusal();
  folder.write("numbers.csv", "msisdn,grade,fee_fen\n13800138000,gold,1\n+8613800138000,gold,1\n");
  EXPECT_NE(refusal().find("twice"), string::npos) << refusal();
}

TEST_F(BadStock, ChecksEveryCard) {
  const string header = "iccid,imsi,ki,type\n";
  const string ki = "0123456789abcdef0123456789abcdef";
  for (const auto& row : {"89860070310112094321,460001234567890," + ki + ",SIM",   // Luhn
                          "89860070310112094320,460011234567890," + ki + ",SIM",   // network
                          string("89860070310112094320,460001234567890,xyz,SIM"),  // Ki
                          "89860070310112094320,460001234567890," + ki + ",",      // type
                          "89860070310112094320,460001234567890," + ki + ",NANO"}) {
    folder.write("cards.csv", header + row + "\n");
    EXPECT_NE(refusal().find("cards.csv:2"), string::npos) << row << ": " << refusal();
    EXPECT_EQ(refusal().find(ki), string::npos) << "a Ki is never told";
  }
  folder.write("cards.csv", header + "89860070310112094320,460001234567890," + ki + ",SIM\n" +
                                "89860020000000123452,460001234567890," + ki + ",SIM\n");
  EXPECT_NE(refusal().find("cards.csv:3"), string::npos) << "one IMSI on two cards: " << refusal();
}

TEST_F(BadStock, TakesTheTypesOfCardThatAreSet) {
  const string row = "iccid,imsi,ki,type\n89860070310112094320,460001234567890,0123456789abcdef0123456789abcdef,";
  folder.write("cards.csv", row + "USMI\n");
  EXPECT_NE(refusal().find("(did you mean 'USIM'?)"), string::npos) << refusal();
  folder.write("cards.csv", row + "eSIM-only\n");
  EXPECT_NE(refusal().find("plugins.resource.card_types"), string::npos) << refusal();
  settings = R"({"card_types":["SIM","eSIM-only"]})";
  EXPECT_EQ(refusal(), "accepted");
}

TEST_F(BadStock, RefusesAHoldOfNoTime) {
  settings = R"({"hold":"0s"})";
  EXPECT_NE(refusal().find("settings /hold: found 0s"), string::npos) << refusal();
  settings = R"({"holds":{"web":"0s"}})";
  EXPECT_NE(refusal().find("settings /holds/web"), string::npos) << refusal();
}

TEST_F(BadStock, RefusesAPrefixThatIsNone) {
  settings = R"({"msisdn_prefixes":["139-135"]})";
  EXPECT_NE(refusal().find("msisdn_prefixes"), string::npos) << refusal();
}

TEST_F(Resource, TheDemoStockIsInOrder) {
  FakeHost demo{{.data_dir = folder.str(), .config_dir = JACKFIELD_TEST_DIR "/../../config"}};
  auto shop = demo.load(jackfield_plugin_v1);
  const auto numbers = json::parse(shop.call("resource.offer", R"({"count":50})").output)["numbers"];
  EXPECT_EQ(numbers.size(), 50u);
  for (const char* type : {"SIM", "STK", "USIM"}) {
    const json wish = {{"card", {{"type", type}}}};
    EXPECT_EQ(shop.call("resource.reserve", wish.dump(), {.key = type, .instance = type}).status, JF_OK) << type;
  }
  const json named = {{"msisdn", gold}, {"card", {{"type", "SIM"}, {"iccid", sim}}}};
  EXPECT_EQ(shop.call("resource.reserve", named.dump()).status, JF_OK);
}

}  // namespace
