// A block of host.yaml is checked against the plugin's own schema, all findings at once, each at its place.
#include "plugin/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jackfield::plugin {
namespace {

using nlohmann::json;
using testing::HasSubstr;

Descriptor credit() {
  Descriptor descriptor;
  descriptor.id = "credit";
  descriptor.kind = "adapter";
  descriptor.reentrant = descriptor.blocking = true;
  descriptor.settings = json::parse(R"({
    "type":"object","additionalProperties":false,"required":["url"],
    "properties":{
      "url":{"type":"string"},
      "timeout":{"type":["string","integer"],"pattern":"^[0-9]+(ms|s|m|h|d)$","default":"5s"},
      "password":{"type":"string","x-secret":true,"maxLength":8},
      "grades":{"type":"array","items":{"enum":["A","B","C"]},"default":["A"]},
      "pool":{"type":"object","properties":{"size":{"type":"integer","default":4,"maximum":64}},
              "additionalProperties":false}}})");
  return descriptor;
}

std::string only(const Settings& settings) {
  if (settings.findings.size() != 1) return std::to_string(settings.findings.size()) + " findings";
  return settings.findings[0].path + ": " + settings.findings[0].message;
}

Settings checked(const char* block) { return check(credit(), json::parse(block), "/adapters/credit"); }

TEST(Settings, AreGivenTheirDefaults) {
  const auto settings = checked(R"({"url":"http://here","pool":{}})");
  EXPECT_TRUE(settings.findings.empty()) << only(settings);
  EXPECT_EQ(settings.own, json::parse(R"({"url":"http://here","timeout":"5s","grades":["A"],"pool":{"size":4}})"));
}

TEST(Settings, TakeTheDefaultInPlaceOfWhatIsWrong) {
  const auto settings = checked(R"({"url":"u","timeout":"soon","timeuot":"1s","grades":["Z"]})");
  EXPECT_EQ(settings.findings.size(), 3U);
  EXPECT_EQ(settings.own, json::parse(R"({"url":"u","timeout":"5s","grades":["A"]})"));
  EXPECT_TRUE(settings.whole);
}

TEST(Settings, AreNotWholeWithoutWhatIsRequired) {
  EXPECT_FALSE(checked(R"({"url":7})").whole);
  EXPECT_FALSE(checked("[]").whole);
  EXPECT_TRUE(checked(R"({"url":"u"})").whole);
}

TEST(Settings, SayWhetherTheKeyItselfIsWrong) {
  const auto settings = checked(R"({"url":"u","timeuot":"1s"})");
  ASSERT_EQ(settings.findings.size(), 1U);
  EXPECT_TRUE(settings.findings[0].of_key);
}

TEST(Settings, KeepTheHostsKeysFromThePluginExceptThoseItAsksFor) {
  const auto settings = checked(R"({"url":"u","isolation":"pool","threads":3,
                                    "timeout":"1s","retries":2,"backoff":"1s..2s","give_up":"1h"})");
  EXPECT_TRUE(settings.findings.empty()) << only(settings);
  EXPECT_EQ(settings.threads, 3);
  EXPECT_EQ(settings.own, json::parse(R"({"url":"u","timeout":"1s","grades":["A"]})"));
}

TEST(Settings, TheHostsKeysAreCheckedToo) {
  EXPECT_THAT(only(checked(R"({"url":"u","retries":"many"})")),
              HasSubstr("/adapters/credit/retries: expected integer, at least 0"));
  EXPECT_THAT(only(checked(R"({"url":"u","backoff":"soon"})")), HasSubstr("/adapters/credit/backoff: expected text"));
  EXPECT_THAT(only(checked(R"({"url":"u","threads":0})")), HasSubstr("/adapters/credit/threads: expected integer"));
  EXPECT_THAT(only(checked(R"({"url":"u","isolation":"moon"})")),
              HasSubstr("/adapters/credit/isolation: expected one of \"pool\", \"process\""));
}

TEST(Settings, AProcessIsHeldToItsLimits) {
  const auto settings = checked(R"({"url":"u","isolation":"process","limits":{"memory":"256MB","files":256}})");
  EXPECT_TRUE(settings.findings.empty()) << only(settings);
  EXPECT_EQ(settings.isolation, "process");
  EXPECT_EQ(settings.limits.memory_bytes, 256u << 20);
  EXPECT_EQ(settings.limits.files, 256u);
  EXPECT_FALSE(settings.own.contains("limits"));
  EXPECT_THAT(only(checked(R"({"url":"u","limits":{"memory":"much"}})")),
              HasSubstr("/adapters/credit/limits/memory: expected text"));
  EXPECT_THAT(only(checked(R"({"url":"u","limits":{"memory":"1MB"}})")), HasSubstr("expected at least 16MB"));
  EXPECT_THAT(only(checked(R"({"url":"u","limits":{"files":3}})")), HasSubstr("/adapters/credit/limits/files"));
}

TEST(Settings, AnUnknownKeyIsRefusedWithTheNearestKnownOne) {
  EXPECT_EQ(only(checked(R"({"url":"u","retires":3})")),
            "/adapters/credit/retires: unknown key 'retires' (did you mean 'retries'?)");
  EXPECT_EQ(only(checked(R"({"url":"u","pool":{"seize":3}})")),
            "/adapters/credit/pool/seize: unknown key 'seize' (did you mean 'size'?)");
  EXPECT_EQ(only(checked(R"({"url":"u","xylophone":3})")), "/adapters/credit/xylophone: unknown key 'xylophone'");
}

TEST(Settings, AMissingKeyIsNamedItself) {
  EXPECT_EQ(only(checked("{}")), "/adapters/credit/url: missing: expected text");
  EXPECT_EQ(only(checked(R"({"url":null})")), "/adapters/credit/url: missing: expected text");
  EXPECT_EQ(only(checked("null")), "/adapters/credit/url: missing: expected text");
}

TEST(Settings, AllFindingsComeAtOnce) {
  const auto settings = checked(R"({"url":7,"grades":["A","Z"],"pool":{"size":100},"retires":1})");
  std::vector<std::string> paths;
  for (const auto& finding : settings.findings) paths.push_back(finding.path);
  EXPECT_THAT(paths, testing::UnorderedElementsAre("/adapters/credit/url", "/adapters/credit/grades/1",
                                                   "/adapters/credit/pool/size", "/adapters/credit/retires"));
}

TEST(Settings, AnItemInAListIsNamedByItsNumber) {
  EXPECT_EQ(only(checked(R"({"url":"u","grades":["A","Z"]})")),
            "/adapters/credit/grades/1: expected one of \"A\", \"B\", \"C\", found text \"Z\"");
}

TEST(Settings, ASecretIsNeverShown) {
  const auto text = only(checked(R"({"url":"u","password":"far-too-long-and-secret"})"));
  EXPECT_THAT(text, HasSubstr("/adapters/credit/password: expected text"));
  EXPECT_THAT(text, HasSubstr("found ***"));
  EXPECT_THAT(text, testing::Not(HasSubstr("far-too-long")));
}

TEST(Settings, ABlockThatIsNoMapIsRefused) {
  EXPECT_THAT(only(checked("[1]")), HasSubstr("/adapters/credit: expected a map of settings"));
}

TEST(Settings, APluginThatIsNotReentrantHasOneThread) {
  auto descriptor = credit();
  descriptor.reentrant = false;
  const auto settings = check(descriptor, json::parse(R"({"url":"u","threads":4})"), "/adapters/credit");
  EXPECT_THAT(only(settings), HasSubstr("/adapters/credit/threads: expected 1"));
}

TEST(Settings, APluginDoesNotKnowAnAdaptersKeys) {
  auto descriptor = credit();
  descriptor.kind = "plugin";
  const auto settings = check(descriptor, json::parse(R"({"url":"u","retries":4})"), "/plugins/credit");
  EXPECT_THAT(only(settings), HasSubstr("/plugins/credit/retries: unknown key"));
}

TEST(Nearest, OffersOnlyWhatIsNear) {
  EXPECT_EQ(nearest("retires", {"retries", "url"}), "retries");
  EXPECT_EQ(nearest("banana", {"retries", "url"}), "");
}

}  // namespace
}  // namespace jackfield::plugin
