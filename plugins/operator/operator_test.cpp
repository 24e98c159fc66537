#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <jackfield/testing.hpp>
#include <jackfield/folder.hpp>

#include <filesystem>

#include <sqlite3.h>

namespace {

using jackfield::testing::FakeHost;
using jackfield::testing::Folder;
using nlohmann::json;
using std::chrono::sys_days;
using testing::HasSubstr;
using namespace std::chrono_literals;

struct OperatorTest : testing::Test {
  OperatorTest() { host.now = sys_days{2026y / 11 / 22} + 8h; }  // 16:00 in Shanghai

  jackfield::testing::Answer log(jackfield::testing::Plugin& plugin, const std::string& instance, json input = {}) {
    json ended{{"operator", "op-1001"}, {"channel", "hall"}, {"service", "open-account"}, {"outcome", "completed"},
               {"msisdn", "13800138000"}, {"fee_fen", 5000}};
    if (!input.is_null()) ended.update(input);
    return plugin.call("operator.log", ended.dump(), {.key = instance + "/log", .instance = instance});
  }
  // What a crash between file and table leaves: the table knows nothing of the line.
  void forget_in_table(const std::string& what) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(folder.file("operator.db").c_str(), &database), SQLITE_OK);
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(database, what.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
    sqlite3_close(database);
  }
  std::string file() { return folder.read("operators/20261122.log"); }

  Folder folder;
  FakeHost host{{.data_dir = folder.str(), .config_dir = folder.str(), .zone = "Asia/Shanghai",
                 .properties = {{"plugin_id", "operator"}}}};
};

constexpr const char* first_line =
    "2026-11-22T16:00:00+08:00\top-1001\thall\topen-account\ti1\tcompleted\t13800138000\t5000\t-\ti1/log\n";

TEST_F(OperatorTest, WritesALineAnOrder) {
  auto plugin = host.load(jackfield_plugin_v1);
  auto answer = log(plugin, "i1");
  ASSERT_EQ(answer.status, JF_OK) << answer.text;
  EXPECT_EQ(answer.json()["day"], 20261122);
  log(plugin, "i2", {{"outcome", "rejected"}, {"rejection", "BLACKLISTED"}, {"msisdn", nullptr}, {"fee_fen", nullptr}});
  EXPECT_EQ(file(), std::string(first_line) + "2026-11-22T16:00:00+08:00\top-1001\thall\t"
                                               "open-account\ti2\trejected\t-\t0\tBLACKLISTED\ti2/log\n");
}

TEST_F(OperatorTest, AKeyWritesOnceAlsoAfterARestart) {
  {
    auto plugin = host.load(jackfield_plugin_v1);
    log(plugin, "i1");
    log(plugin, "i1");
  }
  auto plugin = host.load(jackfield_plugin_v1);
  log(plugin, "i1");
  EXPECT_EQ(file(), first_line);
}

TEST_F(OperatorTest, ALineWrittenBeforeACrashIsNotWrittenAgainThoughTheTableLacksIt) {
  {
    auto plugin = host.load(jackfield_plugin_v1);
    log(plugin, "i1");
  }
  forget_in_table("DELETE FROM lines; DELETE FROM effects");
  host.advance(10h);  // the next day: told again late
  auto plugin = host.load(jackfield_plugin_v1);
  EXPECT_EQ(log(plugin, "i1").json()["day"], 20261122);
  EXPECT_EQ(file(), first_line);
  EXPECT_FALSE(std::filesystem::exists(folder.file("operators/20261123.log")));
}

TEST_F(OperatorTest, MendsAFileThatLostLinesAndATornEnd) {
  {
    auto plugin = host.load(jackfield_plugin_v1);
    log(plugin, "i1");
    log(plugin, "i2");
  }
  auto whole = file();
  folder.write("operators/20261122.log", whole.substr(0, std::string(first_line).size() + 30));
  auto plugin = host.load(jackfield_plugin_v1);
  EXPECT_EQ(file(), whole);
}

TEST_F(OperatorTest, ADayIsTheOperatorsAndGetsItsOwnFile) {
  host.now = sys_days{2026y / 11 / 22} + 15h + 59min;
  auto plugin = host.load(jackfield_plugin_v1);
  EXPECT_EQ(log(plugin, "i1").json()["day"], 20261122);
  host.advance(1min);
  EXPECT_EQ(log(plugin, "i2").json()["day"], 20261123);
  EXPECT_THAT(folder.read("operators/20261123.log"), HasSubstr("2026-11-23T00:00:00+08:00"));
}

TEST_F(OperatorTest, AnOperatorsNameCannotForgeALine) {
  auto plugin = host.load(jackfield_plugin_v1);
  log(plugin, "i1", {{"operator", "eve\n2026-11-22\tbob"}});
  auto text = file();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_THAT(text, HasSubstr("\teve 2026-11-22 bob\t"));
}

TEST_F(OperatorTest, TheTableForgetsWhatIsOld) {
  {
    auto plugin = host.load(jackfield_plugin_v1, R"({"keep":"30d"})");
    log(plugin, "i1");
  }
  host.advance(31 * 24h);
  { auto plugin = host.load(jackfield_plugin_v1, R"({"keep":"30d"})"); }
  std::filesystem::remove(folder.file("operators/20261122.log"));
  { auto plugin = host.load(jackfield_plugin_v1, R"({"keep":"30d"})"); }
  EXPECT_FALSE(std::filesystem::exists(folder.file("operators/20261122.log"))) << "no row is left to mend it from";
}

}  // namespace
