// Starting and looking at instances over real sockets.
#include "http/fake_engine.hpp"
#include "http/wire.hpp"

#include <gtest/gtest.h>

namespace jackfield::http::testing {
namespace {

using namespace std::chrono_literals;

const std::string orders = "/v1/flows/open-account/instances";

TEST(Orders, AreAcceptedWithALocation) {
  Running host;
  host.gate.respond = [](const Request&) {
    Reply accepted = reply(202, {{"id", "I1"}});
    accepted.location = "/v1/instances/I1";
    return accepted;
  };
  const auto heard = once(host.port(), post(orders, R"({"channel":"hall","fee":null})", "Idempotency-Key: k1\r\n"));
  EXPECT_EQ(heard.status, 202);
  EXPECT_EQ(heard.headers.at("location"), "/v1/instances/I1");
  EXPECT_EQ(heard.headers.at("content-type"), "application/json");
  EXPECT_EQ(heard.json()["id"], "I1");
  const auto asked = host.gate.last();
  EXPECT_EQ(asked.op, Op::start);
  EXPECT_EQ(asked.flow, "open-account");
  EXPECT_EQ(asked.key, "k1");
  EXPECT_EQ(asked.wait, 0ms);
  EXPECT_EQ(asked.body, (Value{{"channel", "hall"}})) << "a member that is null counts as left out";
}

TEST(Orders, WaitAsLongAsPreferredAndFiveMinutesAtMost) {
  Running host;
  const auto heard = once(host.port(), post(orders, R"({"channel":"hall"})", "Prefer: wait=20\r\n"));
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.headers.at("preference-applied"), "wait=20");
  EXPECT_EQ(host.gate.last().wait, 20s);
  (void)once(host.port(), post(orders, R"({"channel":"hall"})", "Prefer: respond-async, wait=9000\r\n"));
  EXPECT_EQ(host.gate.last().wait, 300s);
}

TEST(Orders, ThatFailTheirSchemaAreRefusedWithEveryFieldAndNeverReachTheEngine) {
  Running host;
  const auto heard = once(host.port(), post(orders, R"({"fee":"a lot","text":7,"id_number":110105194912310021})"));
  EXPECT_EQ(heard.status, 422);
  EXPECT_EQ(heard.headers.at("content-type"), "application/problem+json");
  const auto problem = heard.json();
  EXPECT_EQ(problem["status"], 422);
  EXPECT_EQ(problem["code"], "INVALID_ORDER");
  EXPECT_TRUE(problem["type"].is_string() && problem["title"].is_string() && problem["detail"].is_string());
  std::set<std::string> paths;
  for (const auto& error : problem["errors"]) {
    paths.insert(error["path"].get<std::string>());
    EXPECT_FALSE(error["message"].get<std::string>().empty());
  }
  EXPECT_EQ(paths, (std::set<std::string>{"/channel", "/fee", "/id_number", "/text"}));
  EXPECT_EQ(heard.body.find("110105194912310021"), std::string::npos) << "what is personal is not repeated";
  EXPECT_TRUE(host.gate.asked().empty());
}

TEST(Orders, OfAFlowWithoutASchemaMustBeObjects) {
  Running host;
  EXPECT_EQ(once(host.port(), post("/v1/flows/other/instances", "[1]")).status, 422);
  EXPECT_EQ(once(host.port(), post("/v1/flows/other/instances", "{}")).status, 200);
  EXPECT_EQ(host.gate.last().flow, "other");
}

TEST(Orders, ThatCannotBeReadAre400) {
  Running host;
  for (const char* body : {"{", "{\"channel\":\"a\",\"channel\":\"b\"}", "{\"channel\":\"\xff\"}"}) {
    const auto heard = once(host.port(), post(orders, body));
    EXPECT_EQ(heard.status, 400) << body;
    EXPECT_EQ(heard.code(), "MALFORMED") << body;
  }
  EXPECT_EQ(once(host.port(), post(orders, "", "Content-Type: application/json\r\n")).status, 400);
  std::string deep = "1";
  for (int i = 0; i < 65; ++i) deep = "{\"a\":" + deep + "}";
  EXPECT_EQ(once(host.port(), post(orders, deep)).status, 400);
  EXPECT_EQ(once(host.port(), post("/v1/flows/a%ZZ/instances", "{}")).code(), "BAD_TARGET");
  EXPECT_EQ(once(host.port(), post(orders, "{}", "Idempotency-Key: \r\n")).status, 400);
  EXPECT_EQ(once(host.port(), post(orders, "{\"channel\":\"a\"}", "Idempotency-Key: " + std::string(300, 'k') + "\r\n"))
                .status,
            400);
  EXPECT_TRUE(host.gate.asked().empty());
}

TEST(Orders, InAnythingButJsonAre415) {
  Running host;
  for (const char* type :
       {"text/plain", "application/json; charset=gbk", "application/xml", "application/x-www-form-urlencoded"}) {
    const auto heard = once(host.port(), post(orders, "{}", std::string("Content-Type: ") + type + "\r\n"));
    EXPECT_EQ(heard.status, 415) << type;
  }
  EXPECT_EQ(once(host.port(), post(orders, "{}", "Content-Encoding: gzip\r\n")).status, 415);
  const std::string untyped = "POST " + orders + " HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}";
  EXPECT_EQ(once(host.port(), untyped).status, 415);
  EXPECT_EQ(
      once(host.port(), post(orders, R"({"channel":"hall"})", "Content-Type: application/json; charset=UTF-8\r\n"))
          .status,
      200);
}

TEST(Orders, AreRefusedWithRetryAfterWhileTheQueueIsFull) {
  Running host;
  host.gate.full = true;
  const auto heard = once(host.port(), post(orders, R"({"channel":"hall"})"));
  EXPECT_EQ(heard.status, 503);
  EXPECT_EQ(heard.headers.at("retry-after"), "1");
  EXPECT_EQ(heard.code(), "QUEUE_FULL");
}

TEST(Orders, PassOnWhatTheEngineRefuses) {
  Running host;
  Reply answer = engine::problem(429, "BUSY", "later");
  answer.retry_after = 7s;
  host.gate.respond = [answer](const Request&) { return answer; };
  const auto busy = once(host.port(), post(orders, R"({"channel":"hall"})"));
  EXPECT_EQ(busy.status, 429);
  EXPECT_EQ(busy.headers.at("retry-after"), "7");
  host.gate.respond = [](const Request&) { return engine::problem(409, "TOO_LATE", "construction has begun"); };
  const auto late = once(host.port(), post("/v1/instances/I1/cancel", ""));
  EXPECT_EQ(late.status, 409);
  EXPECT_EQ(late.headers.at("content-type"), "application/problem+json");
  EXPECT_EQ(late.code(), "TOO_LATE");
  EXPECT_EQ(late.json()["type"], "urn:jackfield:problem:too-late");
}

TEST(Orders, ThatCannotBeServedHarmNoOthers) {
  Running host;
  Wire wire(host.port());
  wire.say(post("/v1/flows/cursed/instances", "{}") + post(orders, R"({"channel":"hall"})"));
  const auto heard = wire.hear();
  EXPECT_EQ(heard.status, 500);
  EXPECT_EQ(heard.body.find("cannot be had"), std::string::npos);
  EXPECT_EQ(wire.hear().status, 200);
}

TEST(Orders, FromAPageOfAnotherSiteAreForbidden) {
  Running host;
  EXPECT_EQ(once(host.port(), post("/v1/instances/I1/cancel", "", "Sec-Fetch-Site: cross-site\r\n")).status, 403);
  EXPECT_TRUE(host.gate.asked().empty());
}

TEST(Instances, AreAskedForByEveryCallThatNamesOne) {
  Running host;
  const std::pair<std::string, Op> calls[] = {
      {get("/v1/instances/I%201"), Op::get},
      {post("/v1/instances/I%201/cancel", ""), Op::cancel},
      {post("/v1/instances/I%201/cancel", "{}"), Op::cancel},
      {post("/v1/instances/I%201/retry", ""), Op::retry},
      {post("/v1/dead-letters/I%201/replay", ""), Op::replay},
      {post("/v1/plugins/I%201/reload", ""), Op::reload_plugin},
      {post("/v1/plugins/I%201/release", ""), Op::release_plugin},
  };
  for (const auto& [request, op] : calls) {
    EXPECT_EQ(once(host.port(), request).status, 200) << request;
    EXPECT_EQ(host.gate.last().op, op) << request;
    EXPECT_EQ(host.gate.last().id, "I 1") << request;
  }
  (void)once(host.port(), get("/v1/flows/open-account"));
  EXPECT_EQ(host.gate.last().op, Op::flow);
  EXPECT_EQ(host.gate.last().flow, "open-account");
}

TEST(Instances, ThatTheEngineDoesNotKnowAre404) {
  Running host;
  host.gate.respond = [](const Request&) { return engine::problem(404, "INSTANCE_UNKNOWN", "there is none"); };
  const auto heard = once(host.port(), get("/v1/instances/none"));
  EXPECT_EQ(heard.status, 404);
  EXPECT_EQ(heard.code(), "INSTANCE_UNKNOWN");
}

}  // namespace
}  // namespace jackfield::http::testing
