#include "http/uri.hpp"

#include "http/route.hpp"

#include <gtest/gtest.h>

namespace jackfield::http {
namespace {

using namespace std::chrono_literals;
using Segments = std::vector<std::string>;

TEST(Target, DecodesSegmentsAfterCuttingThem) {
  const auto target = read_target("/v1/flows/a%2Fb/graph.svg?x=1");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->segments, (Segments{"v1", "flows", "a/b", "graph.svg"}));
}

TEST(Target, KeepsThePlusOfANumber) {
  const auto target = read_target("/v1/instances?msisdn=+8613800138000&flow=%E5%BC%80%E6%88%B7");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->query.at("msisdn"), "+8613800138000");
  EXPECT_EQ(target->query.at("flow"), "开户");
}

TEST(Target, TakesTheAbsoluteForm) {
  const auto target = read_target("http://localhost:7114/healthz");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->segments, Segments{"healthz"});
}

TEST(Target, RefusesWhatCannotBeRead) {
  for (const char* text : {"", "*", "v1", "/a%", "/a%4", "/a%zz", "/a%00b", "/%FF", "/%C0%AF", "/%ED%A0%80",
                           "/a?x=1&x=2", "/a?x=%0A", "http://host"}) {
    EXPECT_FALSE(read_target(text)) << text;
  }
}

TEST(ContentType, IsJsonInUtf8AndNothingElse) {
  EXPECT_TRUE(is_json("application/json"));
  EXPECT_TRUE(is_json("Application/JSON ; charset=\"UTF-8\""));
  EXPECT_FALSE(is_json("application/json; charset=gbk"));
  EXPECT_FALSE(is_json("application/jsonp"));
  EXPECT_FALSE(is_json("text/plain"));
  EXPECT_FALSE(is_json(""));
}

TEST(Prefer, IsReadAmongOthers) {
  EXPECT_EQ(read_wait("wait=10"), 10s);
  EXPECT_EQ(read_wait("respond-async, Wait = \"7\" ; x=1"), 7s);
  EXPECT_EQ(read_wait("wait=99999999999999999999"), 999'999s);
  for (const char* text : {"", "wait", "wait=", "wait=-1", "wait=1.5", "wait=soon", "waiting=3"}) {
    EXPECT_EQ(read_wait(text), 0s) << text;
  }
}

TEST(Route, TellsAnUnknownPathFromAnUnknownMethod) {
  EXPECT_EQ(match("GET", {"v1", "nothing"}).kind, Match::Kind::no_path);
  EXPECT_EQ(match("GET", {"v1", "flows", ""}).kind, Match::Kind::no_path);
  const auto get_only = match("DELETE", {"v1", "instances", "I1"});
  EXPECT_EQ(get_only.kind, Match::Kind::no_method);
  EXPECT_EQ(get_only.allow, "GET, HEAD");
  EXPECT_EQ(match("GET", {"v1", "instances", "I1", "cancel"}).allow, "POST");
}

TEST(Route, GivesTheNamesInThePath) {
  const auto found = match("POST", {"v1", "instances", "I1", "events", "choose"});
  EXPECT_EQ(found.route.call, Call::event_to);
  EXPECT_EQ(found.route.names, (Segments{"I1", "choose"}));
}

}  // namespace
}  // namespace jackfield::http
