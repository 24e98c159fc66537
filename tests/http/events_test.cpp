// Events, to an instance and by correlation.
#include "http/fake_engine.hpp"
#include "http/wire.hpp"

#include <gtest/gtest.h>

namespace jackfield::http::testing {
namespace {

using namespace std::chrono_literals;

TEST(Events, ReachTheInstanceTheyName) {
  Running host;
  const auto heard =
      once(host.port(), post("/v1/instances/I1/events/choose", R"({"msisdn":"13800138000","tariff":null})",
                             "Prefer: wait=5\r\nIdempotency-Key: e1\r\n"));
  EXPECT_EQ(heard.status, 200);
  const auto asked = host.gate.last();
  EXPECT_EQ(asked.op, Op::event);
  EXPECT_EQ(asked.id, "I1");
  EXPECT_EQ(asked.name, "choose");
  EXPECT_EQ(asked.event_id, "e1");
  EXPECT_EQ(asked.wait, 5s);
  EXPECT_EQ(asked.body, (Value{{"msisdn", "13800138000"}}));
}

TEST(Events, ToAnInstanceMayComeWithoutABody) {
  Running host;
  EXPECT_EQ(once(host.port(), post("/v1/instances/I1/events/go", "")).status, 200);
  EXPECT_EQ(host.gate.last().body, Value::object());
}

TEST(Events, AreAddressedByCorrelationAndNamedByTheirId) {
  Running host;
  host.gate.respond = [](const Request&) { return reply(202, {{"state", "kept"}}); };
  const std::string receipt = R"({"id":"w7","correlation":"01J","result":"done"})";
  EXPECT_EQ(once(host.port(), post("/v1/events/pending-completion", receipt)).status, 202);
  auto asked = host.gate.last();
  EXPECT_EQ(asked.name, "pending-completion");
  EXPECT_EQ(asked.correlation, "01J");
  EXPECT_EQ(asked.event_id, "w7");
  EXPECT_TRUE(asked.id.empty());
  EXPECT_EQ(asked.body["result"], "done");
  (void)once(host.port(), post("/v1/events/pending-completion", receipt, "Idempotency-Key: h1\r\n"));
  EXPECT_EQ(host.gate.last().event_id, "h1") << "the header goes before the body";
}

TEST(Events, WithoutACorrelationAre422AtThatMember) {
  Running host;
  for (const char* body : {"{}", R"({"correlation":7})", R"({"correlation":""})", R"({"correlation":null})"}) {
    const auto heard = once(host.port(), post("/v1/events/pending-completion", body));
    EXPECT_EQ(heard.status, 422) << body;
    EXPECT_EQ(heard.json()["errors"][0]["path"], "/correlation") << body;
  }
  EXPECT_EQ(once(host.port(), post("/v1/events/x", R"({"correlation":"a","id":7})")).json()["errors"][0]["path"],
            "/id");
  EXPECT_EQ(once(host.port(), post("/v1/events/x", "[]")).status, 422);
  EXPECT_EQ(once(host.port(), post("/v1/instances/I1/events/x", "7")).status, 422);
  EXPECT_EQ(once(host.port(), post("/v1/events/x", "", "Content-Type: application/json\r\n")).status, 400);
  EXPECT_TRUE(host.gate.asked().empty());
}

}  // namespace
}  // namespace jackfield::http::testing
