#include <jackfield/testing.hpp>

#include <gtest/gtest.h>

using jackfield::testing::FakeHost;

TEST(Sample, PassesAnOrderUpToTheLimit) {
  FakeHost host;
  auto plugin = host.load(jackfield_plugin_v1, R"({"limit": 500})");
  EXPECT_EQ(plugin.call("sample.check", R"({"id":"o1","total":500})").json()["ok"], true);
}

TEST(Sample, RejectsAnOrderAboveIt) {
  FakeHost host;
  auto plugin = host.load(jackfield_plugin_v1, R"({"limit": 500})");
  const auto answer = plugin.call("sample.check", R"({"id":"o2","total":501})");
  EXPECT_EQ(answer.status, JF_REJECT);
  EXPECT_EQ(answer.code, "LIMIT");
}

TEST(Sample, WantsTheOrdersNumber) {
  FakeHost host;
  auto plugin = host.load(jackfield_plugin_v1);
  EXPECT_EQ(plugin.call("sample.check", R"({"total":1})").text, "/id: required, but missing");
}
