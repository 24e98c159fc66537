// The blacklist through its steps.
#include <jackfield/testing.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace {

using jackfield::testing::FakeHost;
using nlohmann::json;
using std::string;

string new_folder() {
  string name = (std::filesystem::temp_directory_path() / "jackfield-blacklist-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
  return name;
}

class Blacklist : public testing::Test {
 protected:
  Blacklist() {
    write("id_type,id_number,reason\nresident-id,11010519491231002x,恶意欠费\npassport,E00000000,\n");
  }
  ~Blacklist() override { std::filesystem::remove_all(folder); }
  void write(const string& text) const {
    std::filesystem::create_directories(folder + "/data");
    std::ofstream(folder + "/data/blacklist.csv") << text;
  }
  static string check(const string& id_type, const string& id_number, bool credit = false) {
    return json{{"id_type", id_type}, {"id_number", id_number}, {"credit_blacklisted", credit}}.dump();
  }

  string folder = new_folder();
  FakeHost host{{.data_dir = folder, .config_dir = folder}};
};

TEST_F(Blacklist, FindsAListedIdentityAndSaysWhy) {
  auto plugin = host.load(jackfield_plugin_v1);
  const auto out = plugin.call("blacklist.check", check("resident-id", "11010519491231002X")).json();
  EXPECT_EQ(out["listed"], true);
  EXPECT_EQ(out["reason"], "恶意欠费");
  EXPECT_EQ(plugin.call("blacklist.check", check("passport", "E00000000")).json()["reason"], "黑名单") << "none written";
}

TEST_F(Blacklist, LetsOthersPass) {
  auto plugin = host.load(jackfield_plugin_v1);
  for (const auto& [type, number] :
       {std::pair{"resident-id", "34052419800101001X"}, {"passport", "11010519491231002X"}}) {
    const auto out = plugin.call("blacklist.check", check(type, number)).json();
    EXPECT_EQ(out["listed"], false) << type;
    EXPECT_FALSE(out.contains("reason"));
  }
}

TEST_F(Blacklist, BelievesTheCreditSystem) {
  auto plugin = host.load(jackfield_plugin_v1);
  const auto out = plugin.call("blacklist.check", check("resident-id", "34052419800101001X", true)).json();
  EXPECT_EQ(out["listed"], true);
  EXPECT_FALSE(out["reason"].get<string>().empty());
}

TEST_F(Blacklist, LooksAtTheAgentToo) {
  auto plugin = host.load(jackfield_plugin_v1);
  json input = json::parse(check("resident-id", "34052419800101001X"));
  input["agent"] = {{"name", "李四"}, {"id_type", "passport"}, {"id_number", "e00000000"}};
  const auto out = plugin.call("blacklist.check", input.dump()).json();
  EXPECT_EQ(out["listed"], true);
  EXPECT_EQ(out["who"], "agent");
  input["agent"]["id_number"] = "E00000001";
  EXPECT_EQ(plugin.call("blacklist.check", input.dump()).json()["listed"], false);
  input["agent"].erase("id_number");
  EXPECT_EQ(plugin.call("blacklist.check", input.dump()).json()["listed"], false);
}

TEST_F(Blacklist, RecordsAnAttemptOnceWithItsNumberHidden) {
  const auto input = json{{"customer", {{"id_type", "resident-id"}, {"id_number", "11010519491231002X"}}},
                          {"service", "open-account"}, {"channel", "hall"}, {"reason", "恶意欠费"}}.dump();
  {
    auto plugin = host.load(jackfield_plugin_v1);
    const auto once = plugin.call("blacklist.handle", input, {.key = "o1/handle", .instance = "o1"});
    EXPECT_EQ(once.json()["recorded"], true);
    const auto again = plugin.call("blacklist.handle", input, {.key = "o1/handle", .instance = "o1", .attempt = 2});
    EXPECT_EQ(again.output, once.output);
  }
  EXPECT_EQ(host.metric("attempts"), 1);
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    const string bytes{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(bytes.find("11010519491231002"), string::npos) << file.path();
  }
}

TEST_F(Blacklist, RefusesABadEntryWithItsLine) {
  write("id_type,id_number,reason\npassport,E1,x\nlibrary-card,1,x\n");
  try {
    host.load(jackfield_plugin_v1);
    FAIL() << "accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(string(error.what()).find("blacklist.csv:3"), string::npos) << error.what();
  }
}

TEST_F(Blacklist, TheDemoListIsInOrder) {
  FakeHost demo{{.data_dir = folder, .config_dir = JACKFIELD_TEST_DIR "/../../config"}};
  auto plugin = demo.load(jackfield_plugin_v1);
  EXPECT_EQ(plugin.call("blacklist.check", check("passport", "E00000000")).json()["listed"], true);
}

}  // namespace
