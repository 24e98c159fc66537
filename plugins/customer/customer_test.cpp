// The customer through his steps: who he is, his draft, his file, and messages to him.
#include <jackfield/testing.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using jackfield::testing::Answer;
using jackfield::testing::FakeHost;
using jackfield::testing::Plugin;
using nlohmann::json;
using std::string;

class Customer : public testing::Test {
 protected:
  Customer() {
    EXPECT_EQ(mkdtemp(folder.data()), folder.data());
    host = std::make_unique<FakeHost>(jackfield::testing::Options{.data_dir = folder, .config_dir = folder});
    host->now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 20h;  // the 23rd, 04:00, in Shanghai
  }
  ~Customer() override {
    plugin_.reset();
    std::filesystem::remove_all(folder);
  }
  Answer call(const string& step, const json& input, const string& order = "o1", std::uint32_t attempt = 1) {
    return plugin().call("customer." + step, input.dump(),
                         {.key = order + "/" + step, .instance = order, .attempt = attempt});
  }
  Answer identify(const json& who, const string& service = "open-account", const string& order = "o1") {
    return call("identify", {{"customer", who}, {"service", service}}, order);
  }
  Answer prefill(const string& order) {
    return call("prefill", {{"customer", person}, {"type", "resident"}, {"msisdn", "13800138000"}}, order);
  }
  string opened(const string& order) {
    const string id = prefill(order).json()["customer"];
    EXPECT_EQ(call("commit", {{"customer", id}, {"msisdn", "13800138000"}}, order).json()["customer"], id);
    return id;
  }
  long long lines() { return identify(person, "change-number", "looking").json()["lines"]; }
  Plugin& plugin() {
    if (!plugin_) plugin_ = std::make_unique<Plugin>(host->load(jackfield_plugin_v1, settings));
    return *plugin_;
  }
  std::vector<json> messages(const string& day) const {
    std::vector<json> found;
    std::ifstream in(folder + "/messages/" + day + ".log");
    for (string line; std::getline(in, line);) found.push_back(json::parse(line));
    return found;
  }

  string folder = (std::filesystem::temp_directory_path() / "jackfield-customer-XXXXXX").string();
  std::unique_ptr<FakeHost> host;
  string settings = "{}";
  json person = {{"name", "张三"}, {"id_type", "resident-id"}, {"id_number", "11010519491231002X"},
                 {"address", "北京市朝阳区建国路1号"}, {"phone", "13900139000"}};
  json agent = {{"name", "李四"}, {"id_type", "resident-id"}, {"id_number", "34052419800101001X"},
                {"authorisation", "授权书2026-1"}};
  std::unique_ptr<Plugin> plugin_;
};

TEST_F(Customer, IsIdentified) {
  person["id_number"] = " 11010519491231002x";
  const auto out = identify(person).json();
  EXPECT_EQ(out["type"], "resident");
  EXPECT_EQ(out["id_number"], "11010519491231002X");
  EXPECT_EQ(out["lines"], 0);
  EXPECT_FALSE(out.contains("customer")) << "no file yet";
}

TEST_F(Customer, IsRefusedWithABadIdentity) {
  for (const char* bad : {"110105194912310021", "110101200102290015", "12345"}) {
    person["id_number"] = bad;
    const auto answer = identify(person);
    EXPECT_EQ(answer.status, JF_REJECT);
    EXPECT_EQ(answer.code, "IDENTITY_INVALID") << bad;
    EXPECT_EQ(answer.text.find(bad), string::npos) << "a number is never told";
  }
  for (const auto& line : host->logs()) EXPECT_EQ(line.text.find("110105194912310021"), string::npos);
}

TEST_F(Customer, IsBornByTheWallClockOfTheOperator) {
  person["id_number"] = "110105202611230015";  // born 2026-11-23: in Shanghai it is that day already, in UTC not yet
  EXPECT_EQ(identify(person).status, JF_OK) << identify(person).text;
  host->advance(-5h);
  EXPECT_EQ(identify(person).code, "IDENTITY_INVALID");
}

TEST_F(Customer, MustBeComplete) {
  const auto says = [&](const json& who) {
    const auto answer = identify(who);
    EXPECT_EQ(answer.code, "CUSTOMER_INCOMPLETE") << who.dump();
    return answer.text;
  };
  auto who = person;
  who.erase("name");
  EXPECT_NE(says(who).find("姓名"), string::npos);
  who["address"] = "  ";
  EXPECT_NE(says(who).find("姓名、联系地址"), string::npos) << "all that is missing at once";
  who = person;
  for (const char* bad : {"12345", "call me", "1390013900013900139000", ""}) {
    who["phone"] = bad;
    EXPECT_NE(says(who).find("联系电话"), string::npos) << bad;
  }
  for (const char* good : {"+86 010-12345678", "(010)12345678", "(+86)10-12345678", "010.1234.5678"}) {
    who["phone"] = good;
    EXPECT_EQ(identify(who).status, JF_OK) << good;
  }
  for (const char* good : {"李", "A", "爱新觉罗·溥仪"}) {
    who["name"] = good;
    EXPECT_EQ(identify(who).status, JF_OK) << good;
  }
  who["name"] = "12345";
  EXPECT_NE(says(who).find("姓名"), string::npos);
}

TEST_F(Customer, AnEnterpriseActsThroughAnAgent) {
  json firm = {{"name", "某某公司"}, {"id_type", "business-licence"}, {"id_number", "91350100M000100Y43"},
               {"address", "福州市鼓楼区"}, {"phone", "0591-1234567"}};
  EXPECT_EQ(identify(firm).code, "CUSTOMER_INCOMPLETE");
  firm["agent"] = agent;
  EXPECT_EQ(identify(firm).json()["type"], "enterprise");
  firm["id_number"] = "91350100M000100Y44";
  EXPECT_EQ(identify(firm).code, "IDENTITY_INVALID");
}

TEST_F(Customer, AnAgentNeedsAnIdentityAndAnAuthorisation) {
  person["agent"] = agent;
  EXPECT_EQ(identify(person).status, JF_OK);
  person["agent"].erase("authorisation");
  const auto answer = identify(person);
  EXPECT_EQ(answer.code, "CUSTOMER_INCOMPLETE");
  EXPECT_NE(answer.text.find("授权"), string::npos);
  person["agent"] = agent;
  person["agent"].erase("id_number");
  EXPECT_EQ(identify(person).code, "CUSTOMER_INCOMPLETE");
  person["agent"]["id_number"] = "34052419800101001";
  EXPECT_EQ(identify(person).code, "IDENTITY_INVALID");
}

TEST_F(Customer, HasAtMostFiveLines) {
  for (int i = 0; i < 5; ++i) {
    const auto order = "o" + std::to_string(i);
    EXPECT_EQ(identify(person, "open-account", order).json()["lines"], i);
    opened(order);
  }
  const auto answer = identify(person, "open-account", "o5");
  EXPECT_EQ(answer.status, JF_REJECT);
  EXPECT_EQ(answer.code, "LINE_CAP_REACHED");
  EXPECT_EQ(identify(person, "change-number", "o5").json()["lines"], 5) << "the cap is for a new line";
}

TEST_F(Customer, DraftsCountAsLines) {
  settings = R"({"line_cap":1})";
  ASSERT_EQ(prefill("o1").status, JF_OK);
  EXPECT_EQ(identify(person, "open-account", "o1").status, JF_OK) << "not the order's own";
  EXPECT_EQ(identify(person, "open-account", "o2").code, "LINE_CAP_REACHED");
  EXPECT_EQ(prefill("o2").code, "LINE_CAP_REACHED") << "also where both were identified before";
  ASSERT_EQ(call("drop", {{"input", json::object()}}, "o1").status, JF_OK);
  EXPECT_EQ(prefill("o2").status, JF_OK);
}

TEST_F(Customer, IsRealOnlyAfterTheFee) {
  const string id = prefill("o1").json()["customer"];
  EXPECT_EQ(id[0], 'C');
  EXPECT_FALSE(identify(person, "change-number", "o2").json().contains("customer")) << "a draft is no file";
  ASSERT_EQ(call("commit", {{"customer", id}, {"msisdn", "13800138000"}}).status, JF_OK);
  EXPECT_EQ(identify(person, "change-number", "o2").json()["customer"], id);
  EXPECT_EQ(prefill("o2").json()["customer"], id) << "a known customer keeps the id";
}

TEST_F(Customer, TwoOrdersOfANewCustomerEndInOneFile) {
  const string id = prefill("o1").json()["customer"];
  EXPECT_EQ(prefill("o2").json()["customer"], id);
  ASSERT_EQ(call("drop", json::object(), "o1").status, JF_OK) << "the order that made the id goes away";
  ASSERT_EQ(call("commit", json::object(), "o2").json()["customer"], id);
  EXPECT_EQ(prefill("o3").json()["customer"], id);
}

TEST_F(Customer, ADroppedDraftIsGone) {
  ASSERT_EQ(prefill("o1").status, JF_OK);
  ASSERT_EQ(call("drop", json::object()).status, JF_OK);
  ASSERT_EQ(call("drop", json::object()).status, JF_OK);
  const auto answer = call("commit", json::object());
  EXPECT_EQ(answer.status, JF_FAIL);
  EXPECT_EQ(answer.code, "DRAFT_MISSING");
}

TEST_F(Customer, WithdrawTakesBackTheLineAndAFileThatIsEmptyThen) {
  const auto id = opened("o1");
  opened("o2");
  ASSERT_EQ(call("withdraw", json::object(), "o1").status, JF_OK);
  ASSERT_EQ(call("withdraw", json::object(), "o1").status, JF_OK);
  EXPECT_EQ(lines(), 1);
  EXPECT_EQ(identify(person, "change-number", "o3").json()["customer"], id) << "o2's line is on the file";
  ASSERT_EQ(call("withdraw", json::object(), "o2").status, JF_OK);
  EXPECT_EQ(lines(), 0);
}

TEST_F(Customer, WithdrawOfTheOnlyOrderLeavesNothing) {
  opened("o1");
  ASSERT_EQ(call("withdraw", json::object(), "o1").status, JF_OK);
  EXPECT_FALSE(identify(person, "change-number", "o2").json().contains("customer"));
}

TEST_F(Customer, AFileFillsWhatALaterOrderLeavesOut) {
  const json bare = {{"id_type", "resident-id"}, {"id_number", "11010519491231002X"}};
  EXPECT_EQ(identify(bare, "replace-card").code, "CUSTOMER_INCOMPLETE") << "no file yet";
  opened("o1");
  EXPECT_EQ(identify(bare, "replace-card", "o2").status, JF_OK);
  EXPECT_EQ(identify(bare, "open-account", "o2").code, "CUSTOMER_INCOMPLETE") << "a new line is asked everything";
}

TEST_F(Customer, IsToldOnce) {
  const json input = {{"phone", "13900139000"}, {"msisdn", "13800138000"}, {"text", "尊敬的客户,\"开户\"业务已完成。\n"}};
  ASSERT_EQ(call("notify", input, "o1").status, JF_OK);
  ASSERT_EQ(call("notify", input, "o1", 2).status, JF_OK);
  ASSERT_EQ(call("notify", input, "o2").status, JF_OK);
  const auto told = messages("20261123");
  ASSERT_EQ(told.size(), 2u) << "the day is the operator's";
  EXPECT_EQ(told[0]["key"], "o1/notify");
  EXPECT_EQ(told[0]["at"], "2026-11-23 04:00:00");
  EXPECT_EQ(told[0]["to"], "13900139000");
  EXPECT_EQ(told[0]["text"], input["text"]);
  EXPECT_EQ(told[1]["key"], "o2/notify");
}

TEST_F(Customer, IsToldOnceThoughTheAnswerWasLost) {
  const json input = {{"phone", "13900139000"}, {"text", "一"}};
  ASSERT_EQ(call("notify", input, "o1").status, JF_OK);
  plugin_.reset();
  for (const char* file : {"/customer.db", "/customer.db-wal", "/customer.db-shm"})  // as before the commit
    std::filesystem::remove(folder + file);
  host->advance(24h);
  ASSERT_EQ(call("notify", input, "o1", 2).status, JF_OK);
  EXPECT_EQ(messages("20261123").size(), 1u);
  EXPECT_TRUE(messages("20261124").empty());
}

TEST_F(Customer, ATornLineIsCutOff) {
  std::filesystem::create_directories(folder + "/messages");
  std::ofstream(folder + "/messages/20261123.log") << R"({"key":"o0/notify","at":"x","to":"1","text":"whole"})" << "\n"
                                                   << R"({"key":"o1/notify","at":"x)";
  ASSERT_EQ(call("notify", {{"phone", "13900139000"}, {"text", "一"}}, "o1", 2).status, JF_OK);
  const auto told = messages("20261123");
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0]["key"], "o0/notify");
  EXPECT_EQ(told[1]["key"], "o1/notify");
  EXPECT_EQ(told[1]["text"], "一");
}

TEST_F(Customer, IsFoundByTheFileWhereNoPhoneIsGiven) {
  const auto id = opened("o1");
  ASSERT_EQ(call("notify", {{"customer", id}, {"msisdn", "13800138000"}, {"text", "一"}}, "o2").status, JF_OK);
  ASSERT_EQ(call("notify", {{"msisdn", "13800138000"}, {"text", "一"}}, "o3").status, JF_OK);
  const auto told = messages("20261123");
  EXPECT_EQ(told[0]["to"], "13900139000");
  EXPECT_EQ(told[1]["to"], "13800138000");
  EXPECT_EQ(call("notify", {{"text", "一"}}, "o4").code, "NO_ADDRESSEE");
}

TEST_F(Customer, RefusesACapBelowOne) {
  settings = R"({"line_cap":0})";
  EXPECT_THROW(plugin(), std::runtime_error);
}

}  // namespace
