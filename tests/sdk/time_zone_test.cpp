// Local times, against the C library's own reading of the same zones.
#include <jackfield/time_zone.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace {

using jackfield::local_time;
using jackfield::LocalTime;
using jackfield::TimePoint;
using jackfield::utc_time;

TimePoint at_s(std::int64_t seconds) { return TimePoint(std::chrono::seconds(seconds)); }

std::tm c_library(std::int64_t seconds, const char* zone) {
  setenv("TZ", (std::string(":") + zone).c_str(), 1);
  tzset();
  const std::time_t time = seconds;
  std::tm shown{};
  localtime_r(&time, &shown);
  return shown;
}

class TimeZone : public testing::TestWithParam<const char*> {};

TEST_P(TimeZone, ShowsWhatTheCLibraryShows) {
  // Every 5 h 37 min from 1970 to 2068, so that summer time's hours, leap years and the rule after the last listed
  // change are all met.
  for (std::int64_t second = 0; second < 3'100'000'000; second += 20'220) {
    const auto ours = local_time(at_s(second), GetParam());
    const auto theirs = c_library(second, GetParam());
    ASSERT_EQ(ours.year, theirs.tm_year + 1900) << second;
    ASSERT_EQ(ours.month, theirs.tm_mon + 1) << second;
    ASSERT_EQ(ours.day, theirs.tm_mday) << second;
    ASSERT_EQ(ours.hour, theirs.tm_hour) << second;
    ASSERT_EQ(ours.minute, theirs.tm_min) << second;
    ASSERT_EQ(ours.second, theirs.tm_sec) << second;
    ASSERT_EQ(ours.weekday, theirs.tm_wday) << second;
  }
}

TEST_P(TimeZone, ALocalTimeLeadsBackToItsMoment) {
  for (std::int64_t second = 0; second < 3'100'000'000; second += 40'440) {
    const auto shown = local_time(at_s(second), GetParam());
    // The same wall time, though perhaps the first of two moments that show it.
    ASSERT_EQ(local_time(utc_time(shown, GetParam()), GetParam()), shown) << second;
  }
}

INSTANTIATE_TEST_SUITE_P(Zones, TimeZone,
                         testing::Values("Asia/Shanghai", "UTC", "Europe/Berlin", "America/New_York",
                                         "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu",
                                         "Africa/Casablanca"));

TEST(TimeZone, AsiaShanghaiIsEightHoursAhead) {
  EXPECT_EQ(local_time(at_s(1'732'262'400), "Asia/Shanghai"), (LocalTime{2024, 11, 22, 16, 0, 0, 5}));
  EXPECT_EQ(utc_time({2024, 11, 22, 16, 0, 0, 0}, "Asia/Shanghai"), at_s(1'732'262'400));
}

TEST(TimeZone, ASkippedHourIsAfterTheGapATwiceShownOneTheFirst) {
  EXPECT_EQ(utc_time({2026, 3, 29, 2, 30, 0, 0}, "Europe/Berlin"), at_s(1'774'747'800));   // 01:30 UTC
  EXPECT_EQ(utc_time({2026, 10, 25, 2, 30, 0, 0}, "Europe/Berlin"), at_s(1'792'888'200));  // 00:30 UTC
}

TEST(TimeZone, AZoneThatIsNotThereIsRefused) {
  for (const auto* zone : {"Asia/Atlantis", "", "../../etc/passwd", "/etc/localtime", "zone.tab"}) {
    EXPECT_THROW((void)local_time(at_s(0), zone), std::runtime_error) << zone;
  }
}

TEST(TimeZone, MonthsHaveTheirDays) {
  EXPECT_EQ(jackfield::days_in_month(2024, 2), 29);
  EXPECT_EQ(jackfield::days_in_month(2026, 2), 28);
  EXPECT_EQ(jackfield::days_in_month(2100, 2), 28);
  EXPECT_EQ(jackfield::days_in_month(2026, 12), 31);
  EXPECT_THROW((void)jackfield::days_in_month(2026, 13), std::invalid_argument);
}

}  // namespace
