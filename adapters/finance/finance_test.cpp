// The books: on disk before the step is done, no entry twice, no day touched after its close.
#include <jackfield/testing.hpp>

#include "posting.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace {

using namespace std::chrono_literals;
using jackfield::testing::Answer;
using jackfield::testing::FakeHost;
using Json = nlohmann::json;
namespace fs = std::filesystem;

const std::string header = "entry_id,order_id,posted_at,account,item,debit_fen,credit_fen,channel,operator\n";

class Finance : public ::testing::Test {
 protected:
  Finance() : folder(fs::temp_directory_path() / ("finance_test." + std::to_string(::getpid()))) {
    fs::remove_all(folder);
    fs::create_directories(folder);
    host =
        std::make_unique<FakeHost>(jackfield::testing::Options{.data_dir = folder.string(), .zone = "Asia/Shanghai"});
    host->now = jackfield::testing::TimePoint(1795308000000ms);  // 2026-11-22 00:40 UTC, 08:40 in Shanghai
    start();
  }
  ~Finance() override {
    plugin.reset();
    host.reset();
    fs::remove_all(folder);
  }

  void start() {
    plugin.reset();
    plugin.emplace(host->load(jackfield_plugin_v1));
  }
  static Json input(const Json& entries = {{{"account", "cash"}, {"item", "开户费"}, {"debit_fen", 5000}},
                                           {{"account", "revenue"}, {"item", "开户费"}, {"credit_fen", 5000}}}) {
    return {{"channel", "hall"}, {"operator", "op1"}, {"entries", entries}, {"charged_at", 1795308000000}};
  }
  Answer call(const std::string& step, const std::string& instance, const Json& given = input()) {
    return plugin->call(step, given.dump(), {.key = instance + "/" + step, .instance = instance});
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    std::ifstream stream(folder / "finance" / name, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
  }
  /// Whether a file comes, within ten seconds of real time.
  [[nodiscard]] bool comes(const std::string& name) const {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (!fs::exists(folder / "finance" / name)) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / "finance" / name, std::ios::binary) << text;
  }
  /// The finance system's own reader finds nothing wrong.
  [[nodiscard]] bool is_accepted() const {
    const std::string script = std::string(JACKFIELD_TEST_DIR) + "/simulator.py";
    const std::string command =
        "python3 -B '" + script + "' --check --directory '" + (folder / "finance").string() + "' >&2";
    return std::system(command.c_str()) == 0;  // NOLINT
  }

  fs::path folder;
  std::unique_ptr<FakeHost> host;
  std::optional<jackfield::testing::Plugin> plugin;
};

TEST_F(Finance, BooksAChargeInTheFileOfTheDay) {
  const auto answer = call("finance.notify", "i1");
  ASSERT_EQ(answer.status, JF_OK) << answer.text;
  EXPECT_EQ(file("20261122.csv"), header +
                                      "i1/charge/1,i1,2026-11-22T08:40:00.000+08:00,cash,开户费,5000,0,hall,op1\n"
                                      "i1/charge/2,i1,2026-11-22T08:40:00.000+08:00,revenue,开户费,0,5000,hall,op1\n");
  EXPECT_TRUE(is_accepted());
}

TEST_F(Finance, NeverBooksAnEntryTwiceNotOnAnotherDayNorAfterARestart) {
  EXPECT_EQ(call("finance.notify", "i1").status, JF_OK);
  const std::string once = file("20261122.csv");
  EXPECT_EQ(call("finance.notify", "i1").status, JF_OK);
  start();
  EXPECT_EQ(call("finance.notify", "i1").status, JF_OK);
  host->advance(48h);
  EXPECT_EQ(call("finance.notify", "i1").status, JF_OK);
  EXPECT_EQ(file("20261122.csv"), once);
  EXPECT_FALSE(fs::exists(folder / "finance/20261124.csv"));
}

TEST_F(Finance, SettlingBooksTheChargeAndItsReversal) {
  EXPECT_EQ(call("finance.settle", "i1").status, JF_OK);
  const auto text = file("20261122.csv");
  EXPECT_NE(text.find("i1/charge/1,i1,2026-11-22T08:40:00.000+08:00,cash,开户费,5000,0,"), std::string::npos) << text;
  EXPECT_NE(text.find("i1/refund/1,i1,2026-11-22T08:40:00.000+08:00,cash,开户费,0,5000,"), std::string::npos) << text;
  EXPECT_TRUE(is_accepted());
}

TEST_F(Finance, SettlingWhatIsBookedAddsTheReversalOnly) {
  EXPECT_EQ(call("finance.notify", "i1").status, JF_OK);
  EXPECT_EQ(call("finance.settle", "i1").status, JF_OK);
  EXPECT_EQ(call("finance.settle", "i1").status, JF_OK);
  const auto text = file("20261122.csv");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 5);
  EXPECT_TRUE(is_accepted());
}

TEST_F(Finance, RefusesAChargeThatDoesNotBalance) {
  const auto answer = call("finance.notify", "i1", input({{{"account", "cash"}, {"debit_fen", 1}}}));
  EXPECT_EQ(answer.status, JF_FAIL);
  EXPECT_EQ(answer.code, "NOT_BALANCED");
  EXPECT_EQ(call("finance.notify", "i1", input({{{"account", "cash"}, {"debit_fen", -1}}})).code, "ENTRY_INVALID");
  EXPECT_FALSE(fs::exists(folder / "finance/20261122.csv"));
}

TEST_F(Finance, OneBadChargeOfABatchHarmsNoOther) {
  const auto answers = plugin->call_batch(
      {{"finance.notify", input().dump(), {.key = "a", .instance = "i1"}},
       {"finance.notify", input({{{"account", "x"}, {"debit_fen", 1}}}).dump(), {.key = "b", .instance = "i2"}},
       {"finance.settle", input().dump(), {.key = "c", .instance = "i1"}},
       {"finance.notify", input().dump(), {.key = "d", .instance = "i3"}}});
  EXPECT_EQ(answers[0].status, JF_OK);
  EXPECT_EQ(answers[1].status, JF_FAIL);
  EXPECT_EQ(answers[2].status, JF_OK);
  EXPECT_EQ(answers[3].status, JF_OK);
  EXPECT_TRUE(is_accepted());
}

TEST_F(Finance, ClosesADayAtTheFirstStepOfTheNext) {
  EXPECT_EQ(call("finance.notify", "i1").status, JF_OK);
  EXPECT_EQ(call("finance.notify", "i2").status, JF_OK);
  EXPECT_FALSE(fs::exists(folder / "finance/20261122.ok"));
  host->advance(16h);  // 00:40 in Shanghai, though it is the same day in UTC
  EXPECT_EQ(call("finance.notify", "i3").status, JF_OK);
  EXPECT_TRUE(file("20261122.ok").starts_with("rows,total_fen,sha256\n4,10000,")) << file("20261122.ok");
  EXPECT_NE(file("20261123.csv").find("i3/charge/1"), std::string::npos);
  EXPECT_TRUE(is_accepted());
}

TEST_F(Finance, ClosesADayWhenItIsOverThoughNothingIsBookedAfterIt) {
  EXPECT_EQ(call("finance.notify", "i1").status, JF_OK);
  host->advance(15h + 19min + 59s + 999ms);
  const std::string before = file("20261122.csv");
  EXPECT_FALSE(fs::exists(folder / "finance/20261122.ok"));
  host->advance(1ms);  // midnight in Shanghai
  ASSERT_TRUE(comes("20261122.ok"));
  EXPECT_TRUE(file("20261122.ok").starts_with("rows,total_fen,sha256\n2,5000,")) << file("20261122.ok");
  EXPECT_EQ(file("20261122.csv"), before);
  EXPECT_FALSE(fs::exists(folder / "finance/20261123.csv"));
  EXPECT_TRUE(is_accepted());
}

TEST_F(Finance, AQuietDayIsClosedWithNothingInIt) {
  host->advance(24h);
  ASSERT_TRUE(comes("20261122.ok"));
  EXPECT_EQ(file("20261122.csv"), header);
  EXPECT_TRUE(file("20261122.ok").starts_with("rows,total_fen,sha256\n0,0,")) << file("20261122.ok");
  host->advance(24h);
  ASSERT_TRUE(comes("20261123.ok"));
  EXPECT_TRUE(is_accepted());
}

TEST_F(Finance, TheDaysItWasDownAreClosedAtStart) {
  EXPECT_EQ(call("finance.notify", "i1").status, JF_OK);
  plugin.reset();
  host->advance(72h);
  start();
  for (const std::string day : {"20261122", "20261123", "20261124"}) {
    EXPECT_TRUE(fs::exists(folder / "finance" / (day + ".ok"))) << day;
  }
  EXPECT_EQ(file("20261123.csv"), header);
  EXPECT_FALSE(fs::exists(folder / "finance/20261125.csv"));
  EXPECT_TRUE(is_accepted());
}

TEST_F(Finance, AClockThatJumpsMakesNoYearsOfQuietDays) {
  EXPECT_EQ(call("finance.notify", "i1").status, JF_OK);
  host->advance(24h * 3650);
  ASSERT_TRUE(comes("20261122.ok"));
  EXPECT_EQ(call("finance.notify", "i2").status, JF_OK);
  EXPECT_FALSE(fs::exists(folder / "finance/20261123.csv"));
}

TEST_F(Finance, KnowsTheEntriesOfADayThatWasClosedBeforeTheyWereIndexed) {
  // As left by an instance that wrote the lines and broke before it could note them.
  write("20261122.csv", header + "i1/charge/1,i1,2026-11-22T08:40:00.000+08:00,cash,开户费,5000,0,hall,op1\n" +
                            "i1/charge/2,i1,2026-11-22T08:40:00.000+08:00,revenue,开户费,0,5000,hall,op1\n");
  host->advance(24h);
  ASSERT_TRUE(comes("20261122.ok"));
  EXPECT_EQ(call("finance.notify", "i1").status, JF_OK);
  EXPECT_FALSE(fs::exists(folder / "finance/20261123.csv"));
}

TEST_F(Finance, ClosesADayAtStartAndAddsNothingToItWhenTheClockGoesBack) {
  EXPECT_EQ(call("finance.notify", "i1").status, JF_OK);
  host->advance(24h);
  start();
  EXPECT_TRUE(fs::exists(folder / "finance/20261122.ok"));
  const auto closed = file("20261122.csv");
  host->advance(-24h);
  EXPECT_EQ(call("finance.notify", "i2").status, JF_RETRY);
  EXPECT_EQ(file("20261122.csv"), closed);
}

TEST_F(Finance, TakesOffALineThatACrashCutShort) {
  EXPECT_EQ(call("finance.notify", "i1").status, JF_OK);
  const auto whole = file("20261122.csv");
  plugin.reset();
  write("20261122.csv", whole + "i2/charge/1,i2,2026-11-22T08:");
  start();
  EXPECT_EQ(file("20261122.csv"), whole);
  EXPECT_EQ(call("finance.notify", "i2").status, JF_OK);
  EXPECT_TRUE(is_accepted());
}

TEST_F(Finance, KnowsTheEntriesOfACrashBetweenTheFileAndTheIndex) {
  plugin.reset();
  write("20261122.csv", header + "i1/charge/1,i1,2026-11-22T08:40:00.000+08:00,cash,开户费,5000,0,hall,op1\n");
  start();
  EXPECT_EQ(call("finance.notify", "i1").status, JF_OK);
  const auto text = file("20261122.csv");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  EXPECT_TRUE(is_accepted());
}

TEST_F(Finance, BeginsAnewAFileWhoseHeaderWasCutShort) {
  plugin.reset();
  write("20261122.csv", "entry_id,ord");
  start();
  EXPECT_EQ(call("finance.notify", "i1").status, JF_OK);
  EXPECT_TRUE(is_accepted());
}

TEST_F(Finance, KeepsOneLineAnEntryWhateverIsInTheTexts) {
  Json given = input({{{"account", "a,b"}, {"item", "say \"hi\"\nand go"}, {"debit_fen", 1}},
                      {{"account", "a,b"}, {"item", "x"}, {"credit_fen", 1}}});
  given["operator"] = "o\r\np";
  EXPECT_EQ(call("finance.notify", "i1", given).status, JF_OK);
  EXPECT_NE(file("20261122.csv").find(",\"a,b\",\"say \"\"hi\"\" and go\",1,0,hall,o  p\n"), std::string::npos);
  start();
  EXPECT_TRUE(is_accepted());
}

TEST_F(Finance, AnOrderThatCostsNothingBooksNothing) {
  EXPECT_EQ(call("finance.notify", "i1", input(Json::array())).json()["entries"], 0);
  EXPECT_FALSE(fs::exists(folder / "finance/20261122.csv"));
}

TEST_F(Finance, WritesWhereTheSettingSays) {
  plugin.reset();
  plugin.emplace(host->load(jackfield_plugin_v1, Json{{"directory", (folder / "books").string()}}.dump()));
  EXPECT_EQ(call("finance.notify", "i1").status, JF_OK);
  EXPECT_TRUE(fs::exists(folder / "books/20261122.csv"));
}

TEST(PostedLine, IsReadBackAsItWasWritten) {
  const auto line =
      finance::csv_line({"i,1/charge/1", "i,1", "a\"b", "x", 7, 0, "c", "o"}, "2026-11-22T08:40:00.000+08:00");
  const auto read = finance::read_line(std::string_view(line).substr(0, line.size() - 1));
  EXPECT_EQ(read.entry_id, "i,1/charge/1");
  EXPECT_EQ(read.debit_fen, 7);
  EXPECT_EQ(finance::read_line("a,b").entry_id, "");
  EXPECT_EQ(finance::read_line("\"a,b").entry_id, "");
}

}  // namespace
