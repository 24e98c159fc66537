// What is read: lists with cursors, dead letters, flows, plugins, health, figures, the console.
#include "http/fake_engine.hpp"
#include "http/wire.hpp"

#include <gtest/gtest.h>

namespace jackfield::http::testing {
namespace {

Value ids(const Value& list) {
  Value all = Value::array();
  for (const auto& item : list["items"]) all.push_back(item["id"]);
  return all;
}

Value ids_of(char kind, const std::vector<int>& numbers) {
  Value all = Value::array();
  for (const int number : numbers) all.push_back(ulid(kind, number));
  return all;
}

TEST(Lists, ArePagedFromTheNewest) {
  Running host;
  const auto first = once(host.port(), get("/v1/instances?limit=4")).json();
  EXPECT_EQ(ids(first), ids_of('J', {9, 8, 7, 6}));
  EXPECT_EQ(first["next"], ulid('J', 6));
  const auto last = once(host.port(), get("/v1/instances?limit=6&after=" + ulid('J', 6))).json();
  EXPECT_EQ(ids(last), ids_of('J', {5, 4, 3, 2, 1, 0}));
  EXPECT_TRUE(last["next"].is_null()) << "a page that ends the list says so, also when it is full";
}

TEST(Lists, GiveAsManyAsTheyGiveWhereMoreIsAskedFor) {
  Running host;
  for (const char* limit : {"200", "201", "1000000", "99999999999999999999999999"}) {
    const auto list = once(host.port(), get(std::string("/v1/instances?limit=") + limit));
    EXPECT_EQ(list.status, 200) << limit;
    EXPECT_EQ(list.json()["items"].size(), 10U) << limit;
  }
}

TEST(Lists, PassTheirFiltersOn) {
  Running host;
  for (const char* msisdn : {"13800138000", "+8613800138000", "8613800138000", "%2B8613800138000"}) {
    const auto list = once(host.port(), get(std::string("/v1/instances?flow=f&state=held&msisdn=") + msisdn)).json();
    EXPECT_EQ(list["items"][0]["flow"], "f|13800138000") << msisdn;
    EXPECT_EQ(list["items"][0]["state"], "held");
  }
}

TEST(Lists, RefuseAQueryTheyDoNotUnderstand) {
  Running host;
  for (const char* query : {"limit=0", "limit=-1", "limit=x", "limit=", "state=done", "flows=a", "limit=1&limit=2", "after=garbage",
                            "after=01j00000000000000000000009", "after=01J0000000000000000000000U"}) {
    const auto heard = once(host.port(), get(std::string("/v1/instances?") + query));
    EXPECT_EQ(heard.status, 400) << query;
  }
  for (const char* list : {"/v1/dead-letters?flow=a", "/v1/dead-letters?after=zzz", "/v1/flows?after=A%2FB", "/v1/flows?limit=0",
                           "/v1/plugins?state=held"}) {
    EXPECT_EQ(once(host.port(), get(list)).status, 400) << list;
  }
}

TEST(Lists, SayWhenTheStoreCannotBeReadAndTryAgain) {
  Running host;
  const auto broken = once(host.port(), get("/v1/instances?key=unreadable"));
  EXPECT_EQ(broken.status, 503) << "the store is away, and may come back";
  EXPECT_EQ(broken.body.find("disk"), std::string::npos) << "what went on inside is for the log";
  const auto busy = once(host.port(), get("/v1/instances?key=busy"));
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.headers.count("retry-after"), 1U);
  EXPECT_EQ(once(host.port(), get("/v1/instances")).status, 200);
}

TEST(DeadLetters, AreListedAndShownWithPersonalDataHidden) {
  Running host;
  const auto list = once(host.port(), get("/v1/dead-letters?limit=2")).json();
  EXPECT_EQ(ids(list), ids_of('D', {3, 2}));
  EXPECT_EQ(list["next"], ulid('D', 2));
  const auto shown = once(host.port(), get("/v1/dead-letters/" + ulid('D', 1)));
  EXPECT_EQ(shown.json()["created_at"], "2026-11-22T08:00:00.123Z");
  EXPECT_EQ(shown.json()["body"]["msisdn"], "13800138000");
  EXPECT_EQ(shown.body.find("110105194912310021"), std::string::npos);
  EXPECT_EQ(once(host.port(), get("/v1/dead-letters/D9")).status, 404);
}

TEST(Flows, AnswerAsEveryListDoes) {
  Running host;
  host.gate.respond = [](const Request&) { return reply(200, Value::array({{{"flow", "open-account"}}})); };
  for (const char* path : {"/v1/flows", "/v1/plugins"}) {
    const auto list = once(host.port(), get(path)).json();
    EXPECT_EQ(list["items"][0]["flow"], "open-account") << path;
    EXPECT_TRUE(list.contains("next") && list["next"].is_null()) << path;
  }
  EXPECT_EQ(host.gate.last().op, Op::plugins);
}

TEST(Flows, ArePagedByTheirNames) {
  Running host;
  host.gate.respond = [](const Request&) {
    return reply(200, Value::array({{{"flow", "a"}, {"id", "a"}}, {{"flow", "b"}, {"id", "b"}}, {{"flow", "c"}, {"id", "c"}}}));
  };
  for (const std::string path : {"/v1/flows", "/v1/plugins"}) {
    const auto first = once(host.port(), get(path + "?limit=2")).json();
    EXPECT_EQ(ids(first), (Value{"a", "b"}));
    EXPECT_EQ(first["next"], "b");
    const auto last = once(host.port(), get(path + "?limit=2&after=b")).json();
    EXPECT_EQ(ids(last), Value::array({"c"}));
    EXPECT_TRUE(last["next"].is_null());
  }
}

TEST(Flows, AreDrawn) {
  Running host;
  const auto drawn = once(host.port(), get("/v1/flows/open-account/graph.svg"));
  EXPECT_EQ(drawn.headers.at("content-type"), "image/svg+xml");
  EXPECT_EQ(drawn.body, "<svg/>");
  EXPECT_EQ(once(host.port(), get("/v1/flows/none/graph.svg")).status, 404);
}

TEST(Health, IsAliveBeforeItIsReady) {
  Running host;
  host.gate.is_ready = false;
  EXPECT_EQ(once(host.port(), get("/healthz")).status, 200);
  const auto waiting = once(host.port(), get("/readyz"));
  EXPECT_EQ(waiting.status, 503);
  EXPECT_EQ(waiting.code(), "NOT_READY");
  host.gate.is_ready = true;
  EXPECT_EQ(once(host.port(), get("/readyz")).status, 200);
}

TEST(Figures, ArePrometheusText) {
  Running host;
  host.metrics.set_dead_letters(2);
  (void)once(host.port(), get("/healthz"));
  const auto heard = once(host.port(), get("/metrics"));
  EXPECT_EQ(heard.headers.at("content-type").rfind("text/plain; version=0.0.4", 0), 0U);
  EXPECT_NE(heard.body.find("jackfield_dead_letters 2\n"), std::string::npos);
  EXPECT_NE(heard.body.find(R"(jackfield_http_requests_total{method="GET",status="200"} 1)"), std::string::npos);
}

TEST(Console, IsServedWithItsScriptAndNoOther) {
  Running host;
  const auto page = once(host.port(), get("/"));
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.headers.at("content-security-policy").find("default-src 'self'"), std::string::npos);
  EXPECT_NE(page.body.find("/console.js"), std::string::npos);
  EXPECT_EQ(once(host.port(), get("/console.js")).headers.at("content-type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(once(host.port(), get("/console.css")).headers.at("content-type"), "text/css; charset=utf-8");
}

}  // namespace
}  // namespace jackfield::http::testing
