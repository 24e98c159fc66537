#include "config/form.hpp"

#include "config/document.hpp"

#include <gtest/gtest.h>

namespace jackfield::config {
namespace {

TEST(Form, ReadsSizes) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("500B"), 500u);
  EXPECT_EQ(parse_size("64KiB"), 65'536u);
  EXPECT_EQ(parse_size("2GiB"), 2'147'483'648u);
  for (const char* bad : {"", "64KB", "-1", "1 MiB", "KiB", "1.5MiB", "99999999999999999999",
      "18446744073709551615GiB"}) {
    EXPECT_FALSE(parse_size(bad)) << bad;
  }
}

TEST(Form, KnowsAddresses) {
  for (const char* good : {"127.0.0.1:7114", "localhost:0", "[::1]:65535", "0.0.0.0:80"})
      EXPECT_TRUE(is_address(good)) << good;
  for (const char* bad : {"", "7114", ":7114", "127.0.0.1", "127.0.0.1:", "a:65536", "a:-1", "::1:80", "a b:1", "[]:1",
                          "http://a:1", "a:1x"}) {
    EXPECT_FALSE(is_address(bad)) << bad;
  }
}

TEST(Form, KnowsEndpoints) {
  for (const char* good : {"tcp://127.0.0.1:7115", "tcp://*:0", "tcp://127.0.0.1:*", "ipc:///run/x"})
      EXPECT_TRUE(is_endpoint(good)) << good;
  for (const char* bad : {"", "127.0.0.1:7115", "tcp://", "tcp://a", "ipc://", "udp://a:1"})
      EXPECT_FALSE(is_endpoint(bad)) << bad;
}

TEST(Form, KnowsZones) {
  for (const char* good : {"Asia/Shanghai", "UTC", "Europe/Berlin"}) EXPECT_TRUE(is_zone(good)) << good;
  for (const char* bad : {"", "Mars/Olympus", "Asia", "../../etc/passwd", "/usr/share/zoneinfo/UTC", "tzdata.zi"})
      EXPECT_FALSE(is_zone(bad)) << bad;
}

TEST(Form, KnowsStores) {
  for (const char* good : {"sqlite3://var/x.db", "sqlite3:///x.db", "postgresql://a@b/c"})
      EXPECT_TRUE(is_store_url(good)) << good;
  for (const char* bad : {"", "sqlite3://", "mysql://a", "var/x.db"}) EXPECT_FALSE(is_store_url(bad)) << bad;
}

TEST(Scalar, FollowsYamlExceptForLeadingZeros) {
  EXPECT_EQ(scalar("12").dump(), "12");
  EXPECT_EQ(scalar("-12").dump(), "-12");
  EXPECT_EQ(scalar("+12").dump(), "12");
  EXPECT_EQ(scalar("1.5").dump(), "1.5");
  EXPECT_EQ(scalar("1e3").dump(), "1000.0");
  EXPECT_EQ(scalar("0").dump(), "0");
  EXPECT_EQ(scalar("0.5").dump(), "0.5");
  EXPECT_TRUE(scalar("~").is_null());
  EXPECT_EQ(scalar("true"), true);
  for (const char* text : {"007", "1.2.3", "2026-11-22", "yes", "-", ".", "e", "1x", "127.0.0.1:7114",
      "+8613800138000x",
                           "99999999999999999999", "30m", "100ms..30s"}) {
    EXPECT_TRUE(scalar(text).is_string()) << text;
  }
}

}  // namespace
}  // namespace jackfield::config
