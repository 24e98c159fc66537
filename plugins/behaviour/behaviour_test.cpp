#include <gtest/gtest.h>
#include <jackfield/testing.hpp>
#include <jackfield/folder.hpp>

#include <filesystem>

namespace {

using jackfield::testing::FakeHost;
using jackfield::testing::Folder;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr const char* resident = "11010519491231002X";

struct BehaviourTest : testing::Test {
  json record(jackfield::testing::Plugin& plugin, const std::string& key, const std::string& product,
              const std::string& number = resident) {
    json input{{"customer", {{"id_type", "resident-id"}, {"id_number", number}, {"name", "张三"}}},
               {"channel", "web"}, {"service", "open-account"}, {"product", product}};
    auto answer = plugin.call("behaviour.record", input.dump(), {.key = key});
    EXPECT_EQ(answer.status, JF_OK) << answer.text;
    return answer.json();
  }

  Folder folder;
  FakeHost host{{.data_dir = folder.str(), .config_dir = folder.str(), .zone = "Asia/Shanghai"}};
};

TEST_F(BehaviourTest, AnswersWhatIsAskedForMostAndOfEqualsTheLatest) {
  auto plugin = host.load(jackfield_plugin_v1);
  record(plugin, "1", "easyown");
  record(plugin, "2", "mzone");
  record(plugin, "3", "gotone");
  auto habit = record(plugin, "4", "mzone");
  EXPECT_EQ(habit["visits"], 4);
  EXPECT_EQ(habit["interests"], (json{"mzone", "gotone", "easyown"}));
}

TEST_F(BehaviourTest, ARepeatedKeyIsOneVisit) {
  auto plugin = host.load(jackfield_plugin_v1);
  auto first = record(plugin, "1", "mzone");
  EXPECT_EQ(record(plugin, "1", "mzone"), first);
  EXPECT_EQ(record(plugin, "2", "mzone")["visits"], 2);
}

TEST_F(BehaviourTest, OneCustomerHoweverTheNumberIsTypedAndAfterARestart) {
  {
    auto plugin = host.load(jackfield_plugin_v1);
    record(plugin, "1", "mzone");
  }
  auto plugin = host.load(jackfield_plugin_v1);
  EXPECT_EQ(record(plugin, "2", "mzone", " 11010519491231002x")["visits"], 2);
  EXPECT_EQ(record(plugin, "3", "mzone", "34052419800101001X")["visits"], 1);
}

TEST_F(BehaviourTest, NeverStoresTheIdentityNumber) {
  {
    auto plugin = host.load(jackfield_plugin_v1);
    record(plugin, "1", "mzone");
  }
  int files = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder.str())) {
    ++files;
    EXPECT_EQ(folder.read(file.path().filename()).find("19491231"), std::string::npos) << file.path();
  }
  EXPECT_GE(files, 1);
}

TEST_F(BehaviourTest, KeepsABoundedHistory) {
  auto plugin = host.load(jackfield_plugin_v1, R"({"history":2})");
  record(plugin, "1", "easyown");
  record(plugin, "2", "easyown");
  record(plugin, "3", "mzone");
  auto habit = record(plugin, "4", "gotone");
  EXPECT_EQ(habit["visits"], 4);
  EXPECT_EQ(habit["interests"], (json{"gotone", "mzone"}));
}

TEST_F(BehaviourTest, ForgetsWhoDoesNotComeBack) {
  {
    auto plugin = host.load(jackfield_plugin_v1, R"({"keep":"90d"})");
    record(plugin, "1", "mzone");
  }
  host.advance(91 * 24h);
  auto plugin = host.load(jackfield_plugin_v1, R"({"keep":"90d"})");
  EXPECT_EQ(record(plugin, "2", "gotone")["visits"], 1);
}

TEST_F(BehaviourTest, RefusesSettingsOutOfBounds) {
  EXPECT_THROW(host.load(jackfield_plugin_v1, R"({"history":0})"), std::runtime_error);
}

}  // namespace
