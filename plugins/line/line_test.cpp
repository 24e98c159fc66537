// The register of lines through its steps: ownership, one order at a time, and their undoing.
#include <jackfield/testing.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

using namespace std::chrono_literals;
using jackfield::testing::Answer;
using jackfield::testing::FakeHost;
using jackfield::testing::Plugin;
using nlohmann::json;
using std::string;

const string owner_id = "11010519491231002X";

string new_folder() {
  string name = (std::filesystem::temp_directory_path() / "jackfield-line-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
  return name;
}

class Line : public testing::Test {
 protected:
  ~Line() override {
    plugin_.reset();
    std::filesystem::remove_all(folder);
  }
  Answer call(const string& step, const json& input, const string& order = "o1") {
    return plugin().call("line." + step, input.dump(), {.key = order + "/" + step, .instance = order});
  }
  static json line(const string& msisdn, const string& iccid, const string& imsi) {
    return {{"msisdn", msisdn},   {"iccid", iccid},          {"imsi", imsi},         {"customer", "C1"},
            {"account", "A1"},    {"id_type", "resident-id"}, {"id_number", owner_id}, {"product", "p"},
            {"tariff", "t"}};
  }
  Answer open(const string& order = "o1") { return call("open", first, order); }
  Answer load(const string& order, const string& msisdn = "13800138000", const string& id = owner_id,
              const string& type = "resident-id") {
    return call("load", {{"msisdn", msisdn}, {"customer", {{"id_type", type}, {"id_number", id}}}}, order);
  }
  long long count() { return call("count", {{"customer", "C1"}}).json()["lines"]; }
  Plugin& plugin() {
    if (!plugin_) plugin_ = std::make_unique<Plugin>(host->load(jackfield_plugin_v1, settings));
    return *plugin_;
  }
  void reload() {
    plugin_.reset();
    plugin();
  }

  string folder = new_folder();
  std::unique_ptr<FakeHost> host = [this] {
    return std::make_unique<FakeHost>(jackfield::testing::Options{.data_dir = folder, .config_dir = folder});
  }();
  string settings = "{}";
  json first = line("13800138000", "89860070310112094320", "460001234567890");

 private:
  std::unique_ptr<Plugin> plugin_;
};

TEST_F(Line, OpensAndGivesItsDataToItsOwner) {
  ASSERT_EQ(open().json()["msisdn"], "13800138000");
  const auto out = load("o2", "+8613800138000", " 11010519491231002x ").json();
  EXPECT_EQ(out["msisdn"], "13800138000");
  EXPECT_EQ(out["iccid"], "89860070310112094320");
  EXPECT_EQ(out["imsi"], "460001234567890");
  EXPECT_EQ(out["customer"], "C1");
  EXPECT_EQ(out["account"], "A1");
  EXPECT_EQ(out["product"], "p");
  EXPECT_EQ(out["tariff"], "t");
  EXPECT_EQ(out["last_swap_ms"], 0);
}

TEST_F(Line, RefusesAStrangerAndAnUnknownLine) {
  ASSERT_EQ(open().status, JF_OK);
  EXPECT_EQ(load("o2", "13800138000", "34052419800101001X").code, "IDENTITY_MISMATCH");
  EXPECT_EQ(load("o2", "13800138000", owner_id, "passport").code, "IDENTITY_MISMATCH") << "the kind counts too";
  EXPECT_EQ(load("o2", "13800138001").code, "LINE_UNKNOWN");
  EXPECT_EQ(load("o3").status, JF_OK) << "a stranger's attempt does not make the line busy";
}

TEST_F(Line, OneOrderAtATime) {
  ASSERT_EQ(open().status, JF_OK);
  ASSERT_EQ(load("o2").status, JF_OK);
  EXPECT_EQ(load("o3").code, "LINE_BUSY");
  EXPECT_EQ(load("o2").status, JF_OK) << "the order's own again";
  ASSERT_EQ(call("release", json::object(), "o3").status, JF_OK) << "not the order at work: harmless";
  EXPECT_EQ(load("o3").code, "LINE_BUSY");
  ASSERT_EQ(call("release", {{"input", {{"msisdn", "13800138000"}}}, {"output", json::object()}}, "o2").status, JF_OK);
  EXPECT_EQ(load("o3").status, JF_OK);
}

TEST_F(Line, NeverTwoLinesOnOneNumberOrCard) {
  ASSERT_EQ(open("o1").status, JF_OK);
  ASSERT_EQ(open("o1").status, JF_OK) << "the same order again";
  for (const auto& other : {line("13800138000", "89860020000000123452", "460001234567891"),
                            line("13800138001", "89860070310112094320", "460001234567891"),
                            line("13800138001", "89860020000000123452", "460001234567890")}) {
    const auto answer = call("open", other, "o2");
    EXPECT_EQ(answer.status, JF_FAIL);
    EXPECT_EQ(answer.code, "LINE_EXISTS");
  }
  EXPECT_EQ(count(), 1);
}

TEST_F(Line, CloseTakesBackOnlyTheOrdersOwn) {
  ASSERT_EQ(open("o1").status, JF_OK);
  const json undo = {{"input", first}, {"output", {{"msisdn", "13800138000"}}}};
  ASSERT_EQ(call("close", undo, "o2").status, JF_OK);
  EXPECT_EQ(count(), 1);
  ASSERT_EQ(call("close", undo, "o1").status, JF_OK);
  ASSERT_EQ(call("close", undo, "o1").status, JF_OK);
  EXPECT_EQ(count(), 0);
  EXPECT_EQ(call("open", first, "o2").status, JF_OK);
}

TEST_F(Line, TakesAnotherNumberAndGoesBack) {
  ASSERT_EQ(open().status, JF_OK);
  ASSERT_EQ(load("o2").status, JF_OK);
  const json input = {{"old_msisdn", "13800138000"}, {"new_msisdn", "+8619812345678"}};
  ASSERT_EQ(call("renumber", input, "o3").code, "LINE_BUSY") << "another order is at work on it";
  ASSERT_EQ(call("renumber", input, "o2").json()["msisdn"], "19812345678");
  ASSERT_EQ(call("renumber", input, "o2").status, JF_OK);
  EXPECT_EQ(load("o3", "19812345678").code, "LINE_BUSY") << "busy still";
  EXPECT_EQ(load("o3", "13800138000").code, "LINE_UNKNOWN");
  const json undo = {{"input", input}, {"output", {{"msisdn", "19812345678"}}}};
  ASSERT_EQ(call("renumber_back", undo, "o2").status, JF_OK);
  ASSERT_EQ(call("renumber_back", undo, "o2").status, JF_OK);
  ASSERT_EQ(call("release", json::object(), "o2").status, JF_OK);
  EXPECT_EQ(load("o3", "13800138000").status, JF_OK);
}

TEST_F(Line, NeverTakesANumberThatHasALine) {
  ASSERT_EQ(open().status, JF_OK);
  ASSERT_EQ(call("open", line("13800138001", "89860020000000123452", "460001234567891"), "o2").status, JF_OK);
  EXPECT_EQ(call("renumber", {{"old_msisdn", "13800138000"}, {"new_msisdn", "13800138001"}}, "o3").code, "LINE_EXISTS");
  EXPECT_EQ(call("recard", {{"msisdn", "13800138000"}, {"iccid", "89860020000000123452"}, {"imsi", "460001234567891"}},
                 "o3").code, "LINE_EXISTS");
}

TEST_F(Line, TakesAnotherCardAndGoesBack) {
  ASSERT_EQ(open().status, JF_OK);
  ASSERT_EQ(load("o2").status, JF_OK);
  host->advance(24h);
  const json input = {{"msisdn", "13800138000"}, {"iccid", "89860020000000123452"}, {"imsi", "460001234567891"}};
  const auto out = call("recard", input, "o2").json();
  EXPECT_EQ(out["old_iccid"], "89860070310112094320");
  EXPECT_EQ(out["old_imsi"], "460001234567890");
  EXPECT_EQ(call("recard", input, "o2").json(), out) << "again: the first answer";
  ASSERT_EQ(call("release", json::object(), "o2").status, JF_OK);
  const auto swapped = load("o3").json();
  EXPECT_EQ(swapped["iccid"], "89860020000000123452");
  EXPECT_EQ(swapped["last_swap_ms"], host->now.time_since_epoch().count());

  const json undo = {{"input", input}, {"output", out}};
  ASSERT_EQ(call("recard_back", undo, "o2").status, JF_OK);
  ASSERT_EQ(call("recard_back", undo, "o2").status, JF_OK);
  ASSERT_EQ(call("release", json::object(), "o3").status, JF_OK);
  const auto back = load("o4").json();
  EXPECT_EQ(back["iccid"], "89860070310112094320");
  EXPECT_EQ(back["imsi"], "460001234567890");
  EXPECT_EQ(back["last_swap_ms"], 0) << "a swap that was undone does not count";
}

TEST_F(Line, GoesBackFromASwapThatFailed) {
  ASSERT_EQ(open().status, JF_OK);
  const json input = {{"msisdn", "13800138000"}, {"iccid", "89860020000000123452"}, {"imsi", "460001234567891"}};
  ASSERT_EQ(call("recard_back", {{"input", input}}, "o2").status, JF_OK) << "it gave no output: nothing was put in";
  EXPECT_EQ(load("o2").json()["iccid"], "89860070310112094320");
}

TEST_F(Line, CountsLinesOfAnIdentityOrACustomer) {
  ASSERT_EQ(open().status, JF_OK);
  ASSERT_EQ(call("open", line("13800138001", "89860020000000123452", "460001234567891"), "o2").status, JF_OK);
  EXPECT_EQ(count(), 2);
  const json owner = {{"owner", {{"id_type", "resident-id"}, {"id_number", owner_id}}}};
  EXPECT_EQ(call("count", owner).json()["lines"], 2);
  EXPECT_EQ(call("count", json::object()).code, "INPUT_INVALID");
}

TEST_F(Line, OwnersAreKnownAfterARestartButNeverWrittenInClear) {
  ASSERT_EQ(open().status, JF_OK);
  reload();
  EXPECT_EQ(load("o2").status, JF_OK);
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(file.path(), std::ios::binary);
    const string bytes{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(bytes.find(owner_id), string::npos) << file.path();
    EXPECT_EQ(bytes.find(owner_id.substr(0, 17)), string::npos) << file.path();
  }
}

TEST_F(Line, RefusesAnotherDigestKey) {
  settings = R"({"digest_key":"one"})";
  ASSERT_EQ(open().status, JF_OK);
  reload();
  EXPECT_EQ(load("o2").status, JF_OK);
  settings = R"({"digest_key":"two"})";
  EXPECT_THROW(reload(), std::runtime_error);
}

}  // namespace
