// What a client may do to a server, by mistake or on purpose, and what becomes of it.
#include "http/fake_engine.hpp"
#include "http/wire.hpp"

#include <gtest/gtest.h>

#include <future>

namespace jackfield::http::testing {
namespace {

using namespace std::chrono_literals;

const std::string orders = "/v1/flows/open-account/instances";
const std::string order = R"({"channel":"hall"})";

std::string sized_order(std::size_t bytes) {
  const std::string empty = R"({"channel":""})";
  return R"({"channel":")" + std::string(bytes - empty.size(), 'x') + "\"}";
}

std::string chunked(const std::string& body) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", body.size());
  return "POST " + orders +
         " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + size + body +
         "\r\n0\r\n\r\n";
}

TEST(Limits, BodyOf64KiBIsTakenAndOneByteMoreIs413) {
  Running host;
  EXPECT_EQ(once(host.port(), post(orders, sized_order(65536))).status, 200);
  EXPECT_EQ(once(host.port(), chunked(sized_order(65536))).status, 200);
  for (const auto& request :
       {post(orders, sized_order(65537)), chunked(sized_order(65537)), post(orders, sized_order(900'000))}) {
    const auto heard = once(host.port(), request);
    EXPECT_EQ(heard.status, 413);
    EXPECT_EQ(heard.code(), "TOO_LARGE");
    EXPECT_EQ(heard.headers.at("connection"), "close");
  }
  EXPECT_EQ(host.gate.asked().size(), 2U);
}

TEST(Limits, TooLargeABodyIsRefusedBeforeItIsSent) {
  Running host;
  Wire wire(host.port());
  wire.say("POST " + orders +
           " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n"
           "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(wire.hear().status, 413);
}

TEST(Limits, HeadersOver16KiBAre431) {
  Running host;
  EXPECT_EQ(once(host.port(), get("/healthz", "X-Long: " + std::string(15'000, 'x') + "\r\n")).status, 200);
  for (const std::size_t size : {17'000, 200'000}) {
    const auto heard = once(host.port(), get("/healthz", "X-Long: " + std::string(size, 'x') + "\r\n"));
    EXPECT_EQ(heard.status, 431) << size;
    EXPECT_EQ(heard.code(), "HEAD_TOO_LARGE") << size;
  }
  EXPECT_EQ(once(host.port(), get("/" + std::string(20'000, 'a'))).status, 431);
}

TEST(Limits, UnknownPathsAndMethodsAreToldApart) {
  Running host;
  EXPECT_EQ(once(host.port(), get("/v2/flows")).code(), "NO_SUCH_CALL");
  EXPECT_EQ(once(host.port(), get("/v1/flows/")).status, 404);
  const auto heard = once(host.port(), "DELETE /v1/instances/I1 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(heard.status, 405);
  EXPECT_EQ(heard.headers.at("allow"), "GET, HEAD");
  EXPECT_EQ(once(host.port(), get(orders)).headers.at("allow"), "POST");
  EXPECT_EQ(once(host.port(), "FROB / HTTP/1.1\r\nHost: h\r\n\r\n").status, 405);
}

TEST(Limits, WhatIsNoHttpIs400) {
  Running host;
  for (const char* noise :
       {"hello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /healthz HTTP/1.1\r\nBad Header\r\n\r\n",
        "POST /v1/events/x HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /v1/events/x HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n{}  ",
        "POST /v1/events/x HTTP/1.1\r\nContent-Length: -4\r\n\r\n{}"}) {
    Wire wire(host.port());
    wire.say(noise);
    const auto heard = wire.hear();
    EXPECT_EQ(heard.status, 400) << noise;
    EXPECT_EQ(heard.headers.at("content-type"), "application/problem+json") << noise;
  }
  EXPECT_EQ(once(host.port(), get("/healthz")).status, 200) << "and the server goes on";
  EXPECT_TRUE(host.gate.asked().empty());
}

// RFC 9112, 6.3: nobody can tell where such a body ends, so what follows must not be taken for a request.
TEST(Limits, ABodyWithoutACertainEndEndsTheConnection) {
  Running host;
  const std::string hidden = get("/v1/instances/smuggled");
  for (const std::string coding : {"gzip", "identity", "chunked, gzip", "gzip, chunked", "chunked, chunked", "xchunked"}) {
    Wire wire(host.port());
    wire.say("POST " + orders + " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: " + coding +
             "\r\n\r\n" + hidden);
    EXPECT_EQ(wire.hear().status, 400) << coding;
    EXPECT_EQ(wire.hear().status, 0) << coding << ": there is no second answer";
  }
  Wire old(host.port());
  old.say("POST " + orders + " HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n" + hidden);
  EXPECT_EQ(old.hear().status, 400);
  EXPECT_EQ(old.hear().status, 0);
  for (const std::string& head : {std::string("POST /nowhere"), "PUT " + orders, std::string("POST /healthz")}) {
    Wire wire(host.port());
    wire.say(head + " HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n" + hidden);
    EXPECT_GE(wire.hear().status, 400) << head;
    EXPECT_EQ(wire.hear().status, 0) << head;
  }
  EXPECT_TRUE(host.gate.asked().empty());
}

TEST(Connections, AnswerHeadWithoutABody) {
  Running host;
  Wire wire(host.port());
  wire.say("HEAD /healthz HTTP/1.1\r\nHost: h\r\n\r\n" + get("/healthz"));
  const auto head = wire.hear(true);
  const auto whole = wire.hear();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), whole.headers.at("content-length"));
  EXPECT_EQ(whole.json()["status"], "alive");
}

TEST(Connections, AnswerPipelinedRequestsInOrder) {
  Running host;
  host.gate.respond = [](const Request& request) -> std::optional<Reply> {
    if (request.op == Op::start) return std::nullopt;
    return reply(200, {{"id", request.id}});
  };
  Wire wire(host.port());
  std::string all = post(orders, order) + get("/v1/instances/one") + chunked(order) + get("/healthz") +
                    get("/nowhere") + get("/v1/instances/two");
  wire.say(all);
  host.gate.await_held(1);
  EXPECT_EQ(host.gate.asked().size(), 1U) << "the second waits for the first";
  host.gate.release(reply(202, {{"id", "first"}}));
  EXPECT_EQ(wire.hear().json()["id"], "first");
  EXPECT_EQ(wire.hear().json()["id"], "one");
  host.gate.await_held(1);
  host.gate.release(reply(202, {{"id", "second"}}));
  EXPECT_EQ(wire.hear().json()["id"], "second");
  EXPECT_EQ(wire.hear().json()["status"], "alive");
  EXPECT_EQ(wire.hear().status, 404);
  EXPECT_EQ(wire.hear().json()["id"], "two");
}

TEST(Connections, TakeRequestsThatComeInPieces) {
  Running host;
  Wire wire(host.port());
  for (const char c : post(orders, order) + get("/healthz")) wire.say(std::string(1, c));
  EXPECT_EQ(wire.hear().status, 200);
  EXPECT_EQ(wire.hear().json()["status"], "alive");
}

TEST(Connections, ServeOthersWhileOneWaits) {
  Running host;
  host.gate.respond = [](const Request&) { return std::nullopt; };
  Wire waiting(host.port());
  waiting.say(post(orders, order, "Prefer: wait=60\r\n"));
  host.gate.await_held(1);
  EXPECT_EQ(once(host.port(), get("/healthz")).status, 200);
  host.gate.release(reply(200, {{"state", "completed"}}));
  EXPECT_EQ(waiting.hear().json()["state"], "completed");
}

TEST(Connections, CloseWhenTheClientAsksAndForHttp10) {
  Running host;
  Wire asked(host.port());
  asked.say(get("/healthz", "Connection: close\r\n"));
  EXPECT_EQ(asked.hear().headers.at("connection"), "close");
  EXPECT_TRUE(asked.ended());
  Wire old(host.port());
  old.say("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.hear().status, 200);
  EXPECT_TRUE(old.ended());
}

TEST(Connections, TellAClientToGoOnThatExpectsIt) {
  Running host;
  Wire wire(host.port());
  const std::string head =
      "POST " + orders +
      " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(order.size()) +
      "\r\n";
  wire.say(head + "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(wire.hear_bytes(25), "HTTP/1.1 100 Continue\r\n\r\n");
  wire.say(order);
  EXPECT_EQ(wire.hear().status, 200);
  Wire strange(host.port());
  strange.say(head + "Expect: miracles\r\n\r\n" + order);
  EXPECT_EQ(strange.hear().status, 417);
  Wire wrong(host.port());
  wrong.say("POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(wrong.hear().status, 404) << "a body nobody wants is not asked for";
}

TEST(Connections, OfSlowSendersEnd) {
  Limits limits;
  limits.head_timeout = limits.body_timeout = limits.idle_timeout = 150ms;
  Running host(limits);
  Wire idle(host.port()), slow_head(host.port()), slow_body(host.port());
  slow_head.say("GET /healthz HTTP/1.1\r\nX-One: 1\r\n");
  slow_body.say("POST " + orders +
                " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n{");
  EXPECT_TRUE(idle.ended());
  EXPECT_TRUE(slow_head.ended());
  EXPECT_TRUE(slow_body.ended());
  EXPECT_TRUE(host.gate.asked().empty());
}

TEST(Connections, OfClientsThatDribbleEndAllTheSame) {
  Limits limits;
  limits.head_timeout = 200ms;
  Running host(limits);
  Wire wire(host.port());
  std::atomic<bool> over{false};
  std::thread dribble([&] {
    wire.say("GET /healthz HTTP/1.1\r\n");
    while (!over) {
      wire.say("X: y\r\n");
      std::this_thread::yield();
    }
  });
  const auto heard = wire.hear();  // ended, or told that its head is too long: it sends as fast as it can
  EXPECT_TRUE(heard.status == 0 || heard.status == 431);
  over = true;
  dribble.join();
}

TEST(Connections, OfClientsThatDoNotReadEnd) {
  Limits limits;
  limits.write_timeout = 200ms;
  limits.drain_timeout = 300s;  // a server that waited for the deaf one would not stop in this test's time
  Running host(limits);
  host.gate.respond = [](const Request&) { return reply(200, {{"text", std::string(32'000'000, 'x')}}); };
  Wire deaf(host.port());
  deaf.say(get("/v1/instances/I1"));
  EXPECT_EQ(deaf.hear_bytes(15), "HTTP/1.1 200 OK");
  host.server.stop();
  EXPECT_LT(deaf.hear_bytes(32'000'500).size(), 32'000'000U);
}

TEST(Connections, PastTheLimitAreTold) {
  Limits limits;
  limits.connections_most = 2;
  limits.patience = 1h;
  Running host(limits);
  Wire first(host.port()), second(host.port());
  first.say(get("/healthz"));
  second.say(get("/healthz"));
  EXPECT_EQ(first.hear().status, 200);
  EXPECT_EQ(second.hear().status, 200);
  const auto refused = once(host.port(), get("/healthz"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.code(), "TOO_MANY_CONNECTIONS");
  EXPECT_EQ(refused.headers.at("retry-after"), "1");
  first.say(get("/healthz"));
  EXPECT_EQ(first.hear().status, 200) << "those who are in stay in";
}

/// A client that comes when all places are taken, and comes again where it is told to.
Heard in_the_end(std::uint16_t port, const std::string& request) {
  for (int most = 200;; --most) {
    const auto heard = once(port, request);
    if (heard.status == 200 || most == 0) return heard;
    std::this_thread::sleep_for(20ms);
  }
}

TEST(Connections, ThatKeepTheHostWaitingMakeRoomForOthers) {
  Limits limits;
  limits.connections_most = 3;
  limits.patience = 100ms;
  limits.idle_timeout = limits.head_timeout = limits.body_timeout = 1h;
  Running host(limits);
  host.gate.respond = [](const Request& request) -> std::optional<Reply> {
    if (request.op == Op::start) return std::nullopt;
    return reply(200, {{"id", "I1"}});
  };
  Wire working(host.port());
  working.say(post(orders, order));
  host.gate.await_held(1);
  Wire idle(host.port()), slow_head(host.port());
  slow_head.say("GET /healthz HTTP/1.1\r\nHost:");
  Wire slow_body(host.port());
  slow_body.say("POST " + orders + " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(in_the_end(host.port(), get("/v1/instances/I1")).status, 200) << i;
  EXPECT_TRUE(idle.ended());
  host.gate.release(reply(202, {{"id", "first"}}));
  EXPECT_EQ(working.hear().json()["id"], "first") << "what is under way is nobody's to close";
}

TEST(Connections, ThatSayNothingInACrowdDoNotKeepTheDoorShut) {
  Limits limits;
  limits.connections_most = 2;
  limits.patience = 200ms;
  Running host(limits);
  std::vector<std::unique_ptr<Wire>> crowd;
  for (int i = 0; i < 200; ++i) crowd.push_back(std::make_unique<Wire>(host.port()));
  EXPECT_EQ(in_the_end(host.port(), get("/healthz")).status, 200);
}

TEST(Connections, WhoseRequestWasNotReadYetAreNotTakenForSilent) {
  Limits limits;
  limits.connections_most = 2;
  limits.patience = 1h;
  Running host(limits);
  std::promise<void> busy, go_on;
  host.gate.respond = [&](const Request&) {
    busy.set_value();
    go_on.get_future().wait();
    return reply(200, {{"id", "I1"}});
  };
  Wire working(host.port());
  working.say(get("/v1/instances/I1"));
  busy.get_future().wait();  // the thread that reads has something else to do, and all of these send meanwhile
  std::vector<std::unique_ptr<Wire>> crowd;
  for (int i = 0; i < 40; ++i) {
    crowd.push_back(std::make_unique<Wire>(host.port()));
    crowd.back()->say(get("/healthz"));
  }
  go_on.set_value();
  EXPECT_EQ(working.hear().status, 200);
  for (const auto& one : crowd) {
    const int status = one->hear().status;
    EXPECT_TRUE(status == 200 || status == 503) << status;
  }
}

TEST(Connections, AreAnsweredWhenTheEngineIsSilent) {
  Limits limits;
  limits.answer_timeout = 100ms;
  Running host(limits);
  host.gate.respond = [](const Request&) { return std::nullopt; };
  Wire wire(host.port());
  wire.say(post(orders, order) + get("/healthz"));
  const auto heard = wire.hear();
  EXPECT_EQ(heard.status, 503);
  EXPECT_EQ(heard.code(), "NO_ANSWER");
  host.gate.release(reply(200, {{"late", true}}));
  EXPECT_EQ(wire.hear().json()["status"], "alive") << "an answer that comes late is not given to the next question";
}

TEST(Connections, ThatLeaveWhileTheyWaitHarmNobody) {
  Running host;
  host.gate.respond = [](const Request&) { return std::nullopt; };
  {
    Wire wire(host.port());
    wire.say(post(orders, order));
    host.gate.await_held(1);
  }
  host.gate.release(reply(202, {{"id", "I1"}}));
  EXPECT_EQ(once(host.port(), get("/healthz")).status, 200);
}

}  // namespace
}  // namespace jackfield::http::testing
