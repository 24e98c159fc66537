// The credit files through their steps.
#include <jackfield/testing.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace {

using namespace std::chrono_literals;
using jackfield::testing::Answer;
using jackfield::testing::FakeHost;
using jackfield::testing::Plugin;
using nlohmann::json;
using std::string;

string new_folder() {
  string name = (std::filesystem::temp_directory_path() / "jackfield-credit-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
  return name;
}

class CreditProfile : public testing::Test {
 protected:
  ~CreditProfile() override { std::filesystem::remove_all(folder); }
  static Answer create(Plugin& plugin, const string& order, const string& grade, long long deposit_fen) {
    const json input = {{"customer", "C1"}, {"msisdn", "13800138000"}, {"grade", grade}, {"deposit_fen", deposit_fen}};
    return plugin.call("credit_profile.create", input.dump(), {.key = order + "/credit_file", .instance = order});
  }

  string folder = new_folder();
  FakeHost host{{.data_dir = folder, .config_dir = folder}};
};

TEST_F(CreditProfile, TheLatestGradeCountsAndDepositsAddUp) {
  auto plugin = host.load(jackfield_plugin_v1);
  EXPECT_EQ(create(plugin, "o1", "C", 20000).json()["grade"], "C");
  host.advance(24h);
  const auto out = create(plugin, "o2", "B", 5000).json();
  EXPECT_EQ(out["customer"], "C1");
  EXPECT_EQ(out["grade"], "B");
  EXPECT_EQ(out["deposit_fen"], 25000);
  EXPECT_EQ(create(plugin, "o2", "B", 5000).json(), out) << "the same key: the first answer";
}

TEST_F(CreditProfile, RemoveLeavesTheFileAsItWas) {
  auto plugin = host.load(jackfield_plugin_v1);
  ASSERT_EQ(create(plugin, "o1", "C", 20000).status, JF_OK);
  host.advance(24h);
  ASSERT_EQ(create(plugin, "o2", "B", 5000).status, JF_OK);
  for (int i = 0; i < 2; ++i) {
    const auto undone = plugin.call("credit_profile.remove", R"({"input":{},"output":{}})",
                                    {.key = "o2/undo", .instance = "o2"});
    ASSERT_EQ(undone.status, JF_OK);
  }
  const auto out = create(plugin, "o3", "A", 0).json();
  EXPECT_EQ(out["deposit_fen"], 20000) << "o2's is gone";
}

TEST_F(CreditProfile, RefusesANegativeDeposit) {
  auto plugin = host.load(jackfield_plugin_v1);
  const auto answer = create(plugin, "o1", "C", -1);
  EXPECT_EQ(answer.status, JF_FAIL);
  EXPECT_EQ(answer.code, "INPUT_INVALID");
}

}  // namespace
