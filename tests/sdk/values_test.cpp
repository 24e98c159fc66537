// Durations, backoffs, paths and veiled texts.
#include <jackfield/json.hpp>
#include <jackfield/plugin.hpp>

#include <gtest/gtest.h>

#include <sstream>

namespace {

using namespace jackfield;
using namespace std::chrono_literals;

TEST(Duration, IsReadAsOperatorsWriteIt) {
  EXPECT_EQ(Duration::parse("500ms"), Duration(500ms));
  EXPECT_EQ(Duration::parse("5s"), Duration(5s));
  EXPECT_EQ(Duration::parse("30m"), Duration(30min));
  EXPECT_EQ(Duration::parse("24h"), Duration(24h));
  EXPECT_EQ(Duration::parse("90d"), Duration(std::chrono::days(90)));
  for (const auto* text : {"", "5", "s", "-5s", "5 s", "5x", "1.5s", "99999999999999999999s", "20000d", "+5s"}) {
    EXPECT_FALSE(Duration::parse(text)) << text;
  }
}

TEST(Duration, IsWrittenAsShortAsItIsExact) {
  EXPECT_EQ(Duration(90min).text(), "90m");
  EXPECT_EQ(Duration(2h).text(), "2h");
  EXPECT_EQ(Duration(48h).text(), "2d");
  EXPECT_EQ(Duration(1500ms).text(), "1500ms");
  EXPECT_EQ(Duration().text(), "0s");
}

TEST(Duration, AddsToTimesAndComparesWithDurations) {
  const Duration hold = 30min;
  EXPECT_EQ(TimePoint(5ms) + hold, TimePoint(1'800'005ms));
  EXPECT_LT(hold, 1h);
}

TEST(Backoff, DoublesUpToItsMost) {
  const Backoff backoff("100ms..1s");
  EXPECT_EQ(backoff.after(1), Duration(100ms));
  EXPECT_EQ(backoff.after(2), Duration(200ms));
  EXPECT_EQ(backoff.after(4), Duration(800ms));
  EXPECT_EQ(backoff.after(5), Duration(1s));
  EXPECT_EQ(backoff.after(4'000'000'000), Duration(1s));
  EXPECT_EQ(Backoff("0s..5s").after(3), Duration(0s));
  EXPECT_THROW(Backoff("5s"), std::invalid_argument);
  EXPECT_THROW(Backoff("5s..1s"), std::invalid_argument);
}

TEST(Path, IsRelativeToTheConfigurationFolder) {
  const auto resolved = [](const char* text) {
    Path path(text);
    path.resolve("/etc/jackfield", "/var/jackfield");
    return path.str();
  };
  EXPECT_EQ(resolved("data/numbers.csv"), "/etc/jackfield/data/numbers.csv");
  EXPECT_EQ(resolved("../a.csv"), "/etc/a.csv");
  EXPECT_EQ(resolved("/abs/a.csv"), "/abs/a.csv");
  EXPECT_EQ(resolved("{data_dir}/finance"), "/var/jackfield/finance");
  EXPECT_EQ(resolved("{config_dir}/x"), "/etc/jackfield/x");
  EXPECT_EQ(resolved(""), "");
}

TEST(Veiled, IsNeverPrinted) {
  std::ostringstream out;
  out << Secret("k3y") << ' ' << Sensitive("1101");
  EXPECT_EQ(out.str(), "*** ***");
  EXPECT_EQ(Secret("k3y").reveal(), "k3y");
}

TEST(Veiled, ASecretIsNotWrittenWhatIsSensitiveTravels) {
  EXPECT_EQ(to_json(std::vector<Secret>{"k3y"}), R"(["***"])");
  EXPECT_EQ(to_json(std::vector<Sensitive>{"1101"}), R"(["1101"])");
}

}  // namespace
