// The archive of accounts through its steps.
#include <jackfield/testing.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace {

using jackfield::testing::Answer;
using jackfield::testing::FakeHost;
using jackfield::testing::Plugin;
using nlohmann::json;
using std::string;

string new_folder() {
  string name = (std::filesystem::temp_directory_path() / "jackfield-account-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
  return name;
}

class Account : public testing::Test {
 protected:
  ~Account() override { std::filesystem::remove_all(folder); }
  static Answer create(Plugin& plugin, const string& order, const string& account, const json& more = json::object()) {
    json input = {{"account", account}, {"customer", "C1"}, {"msisdn", "13800138000"}, {"product", "p"},
                  {"tariff", "t"}};
    input.update(more);
    return plugin.call("account.create", input.dump(), {.key = order + "/account", .instance = order});
  }
  static Answer remove(Plugin& plugin, const string& order) {
    return plugin.call("account.remove", R"({"input":{},"output":{}})", {.key = order + "/undo", .instance = order});
  }

  string folder = new_folder();
  FakeHost host{{.data_dir = folder, .config_dir = folder}};
};

TEST_F(Account, FilesANewAccountWithItsLine) {
  auto plugin = host.load(jackfield_plugin_v1);
  const auto out = create(plugin, "o1", "A1").json();
  EXPECT_EQ(out["account"], "A1");
  EXPECT_EQ(out["lines"], 1);
  EXPECT_EQ(create(plugin, "o1", "A1").json(), out) << "the same key: the first answer";
}

TEST_F(Account, LinesJoinAnAccount) {
  auto plugin = host.load(jackfield_plugin_v1);
  ASSERT_EQ(create(plugin, "o1", "A1").status, JF_OK);
  EXPECT_EQ(create(plugin, "o2", "A1", {{"mode", "join"}}).json()["lines"], 2);
  EXPECT_EQ(create(plugin, "o3", "A2", {{"mode", "new"}}).json()["lines"], 1);
}

TEST_F(Account, RemoveTakesBackTheOrdersLineAndKeepsTheOthers) {
  auto plugin = host.load(jackfield_plugin_v1);
  ASSERT_EQ(create(plugin, "o1", "A1").status, JF_OK);
  ASSERT_EQ(create(plugin, "o2", "A1", {{"mode", "join"}}).status, JF_OK);
  ASSERT_EQ(remove(plugin, "o1").status, JF_OK);
  ASSERT_EQ(remove(plugin, "o1").status, JF_OK);
  ASSERT_EQ(remove(plugin, "o9").status, JF_OK) << "nothing to undo: harmless";
  EXPECT_EQ(create(plugin, "o3", "A1", {{"mode", "join"}}).json()["lines"], 2) << "o2's and o3's";
}

TEST_F(Account, ItemsMayGoToOtherAccounts) {
  auto plugin = host.load(jackfield_plugin_v1);
  const json split = {{"mode", "split"}, {"split", {{{"item", "monthly"}, {"account", "A2"}}}}};
  EXPECT_EQ(create(plugin, "o1", "A1", split).json()["lines"], 1);
  EXPECT_EQ(create(plugin, "o2", "A2", {{"mode", "join"}}).json()["lines"], 1) << "paying an item is not a line";
  ASSERT_EQ(remove(plugin, "o1").status, JF_OK);
}

TEST_F(Account, AnOrderHasOneLine) {
  auto plugin = host.load(jackfield_plugin_v1);
  ASSERT_EQ(create(plugin, "o1", "A1").status, JF_OK);
  const auto answer = plugin.call("account.create", R"({"account":"A2","customer":"C1","msisdn":"13800138000"})",
                                  {.key = "o1/another", .instance = "o1"});
  EXPECT_EQ(answer.status, JF_FAIL);
  EXPECT_EQ(answer.code, "ACCOUNT_LINE");
}

}  // namespace
