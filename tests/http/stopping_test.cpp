// How a server begins and ends.
#include "http/fake_engine.hpp"
#include "http/wire.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace jackfield::http::testing {
namespace {

using namespace std::chrono_literals;

const std::string ask = post("/v1/flows/open-account/instances", R"({"channel":"hall"})", "Prefer: wait=100\r\n");

std::string start_error(const std::string& listen) {
  FakeGate gate;
  FakeViewer viewer;
  engine::Metrics metrics;
  Server server({listen, {}}, gate, viewer, metrics, [] { return std::make_unique<FakeReader>(); });
  try {
    server.start();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(Starting, SaysWhenTheAddressIsInUse) {
  Running host;
  const auto text = start_error("127.0.0.1:" + std::to_string(host.port()));
  EXPECT_EQ(text.rfind("address in use: 127.0.0.1:", 0), 0U) << text;
  EXPECT_NE(text.find("http.listen"), std::string::npos) << text;
}

TEST(Starting, RefusesAnAddressThatIsNone) {
  for (const char* listen : {"", "7114", ":7114", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "192.0.2.1:0"}) {
    EXPECT_NE(start_error(listen).find("cannot listen on"), std::string::npos) << listen;
  }
  EXPECT_EQ(start_error("localhost:0"), "");
}

TEST(Stopping, IsSaidToWhoComesTooLate) {
  Running host;
  host.gate.full = true;
  EXPECT_EQ(once(host.port(), ask).code(), "QUEUE_FULL");
  host.gate.is_ready = false;
  host.gate.is_stopping = true;
  for (const auto& request : {ask, get("/v1/instances/I1"), get("/readyz")}) {
    const auto heard = once(host.port(), request);
    EXPECT_EQ(heard.status, 503);
    EXPECT_EQ(heard.code(), "STOPPING");
    EXPECT_EQ(heard.headers.count("retry-after"), 1U);
  }
}

TEST(Stopping, AnswersWhatIsUnderWayAndTakesNoMore) {
  Running host;
  host.gate.respond = [](const Request&) { return std::nullopt; };
  Wire waiting(host.port()), idle(host.port());
  idle.say(get("/healthz"));
  EXPECT_EQ(idle.hear().status, 200);
  waiting.say(ask);
  host.gate.await_held(1);
  std::thread stop([&] { host.server.stop(); });
  EXPECT_TRUE(idle.ended());
  EXPECT_THROW(Wire late(host.port()), std::runtime_error);
  host.gate.release(reply(200, {{"state", "completed"}}));
  const auto heard = waiting.hear();
  EXPECT_EQ(heard.json()["state"], "completed");
  EXPECT_EQ(heard.headers.at("connection"), "close");
  waiting.finish();
  stop.join();
}

TEST(Stopping, GivesUpAfterItsLimitAndSaysSo) {
  Limits limits;
  limits.drain_timeout = 50ms;
  Running host(limits);
  host.gate.respond = [](const Request&) { return std::nullopt; };
  Wire waiting(host.port());
  waiting.say(ask);
  host.gate.await_held(1);
  std::thread stop([&] { host.server.stop(); });
  const auto heard = waiting.hear();
  EXPECT_EQ(heard.status, 503);
  EXPECT_EQ(heard.code(), "STOPPING");
  stop.join();
  host.gate.release(reply(200, {}));
}

TEST(Stopping, LeavesAnswersThatComeAfterTheServerIsGoneWithNowhereToGo) {
  FakeGate gate;
  gate.respond = [](const Request&) { return std::nullopt; };
  FakeViewer viewer;
  engine::Metrics metrics;
  Limits limits;
  limits.drain_timeout = 10ms;
  auto server = std::make_unique<Server>(Options{"127.0.0.1:0", limits}, gate, viewer, metrics,
                                         [] { return std::make_unique<FakeReader>(); });
  server->start();
  Wire waiting(server->port());
  waiting.say(ask);
  gate.await_held(1);
  server.reset();
  gate.release(reply(200, {}));
  EXPECT_TRUE(waiting.ended());
}

}  // namespace
}  // namespace jackfield::http::testing
