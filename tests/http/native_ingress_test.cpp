// The native ingress, asked over loopback TCP by the sockets its clients use.
#include "lane/native_ingress.hpp"

#include "engine/native_service.hpp"
#include "http/fake_engine.hpp"

#include <gtest/gtest.h>
#include <zmq.hpp>

namespace jackfield::http::testing {
namespace {

using namespace std::chrono_literals;

struct Ingress {
  explicit Ingress(std::size_t pending_most = 100, std::chrono::milliseconds drain_most = 5s,
                   std::chrono::milliseconds hearing_most = 1h, std::size_t kept_most_bytes = 16'000'000) {
    lane::NativeIngress::Options options;
    options.listen = "tcp://127.0.0.1:*";
    options.pending_most = pending_most;
    options.drain_most = drain_most;
    options.hearing_most = hearing_most;
    options.kept_most_bytes = kept_most_bytes;
    options.busy = engine::native_problem(503, "QUEUE_FULL", "try again");
    options.malformed = engine::native_problem(400, "MALFORMED", "one frame");
    ingress = std::make_unique<lane::NativeIngress>(
        options, [this](std::string_view message, auto answer) { service.serve(message, std::move(answer)); });
    ingress->start();
  }
  FakeGate gate;
  FakeViewer viewer;
  engine::NativeService service{gate, viewer};
  std::unique_ptr<lane::NativeIngress> ingress;
};

struct Asker {
  Asker(const Ingress& to, zmq::socket_type type, int buffer_bytes = -1) : socket(context, type) {
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::rcvbuf, buffer_bytes);
    if (buffer_bytes > 0) socket.set(zmq::sockopt::rcvhwm, 1);
    socket.set(zmq::sockopt::rcvtimeo, 20'000);
    socket.connect(to.ingress->endpoint());
  }
  void say(const std::string& bytes) { socket.send(zmq::buffer(bytes), zmq::send_flags::none); }
  void say(const Value& map) {
    std::string bytes;
    Value::to_msgpack(map, nlohmann::detail::output_adapter<char>(bytes));
    say(bytes);
  }
  Value hear() {
    zmq::message_t message;
    if (!socket.recv(message)) return "nothing came";
    return Value::from_msgpack(message.to_string_view(), true, false);
  }
  Value ask(const Value& map) {
    say(map);
    return hear();
  }
  zmq::context_t context;
  zmq::socket_t socket;
};

const Value start{{"v", 1},      {"op", "start"},   {"flow", "open-account"},
                  {"key", "k1"}, {"wait_ms", 1500}, {"body", {{"channel", "hall"}, {"fee", nullptr}}}};

TEST(NativeIngress, StartsAnInstanceForAReqSocket) {
  Ingress host;
  Asker asker(host, zmq::socket_type::req);
  EXPECT_EQ(asker.ask(start), (Value{{"ok", true}, {"instance", {{"id", "I1"}}}}));
  const auto asked = host.gate.last();
  EXPECT_EQ(asked.op, Op::start);
  EXPECT_EQ(asked.flow, "open-account");
  EXPECT_EQ(asked.key, "k1");
  EXPECT_EQ(asked.wait, 1500ms);
  EXPECT_EQ(asked.body, (Value{{"channel", "hall"}}));
  EXPECT_EQ(asker.ask({{"v", 1}, {"op", "get"}, {"id", "I1"}})["ok"], true) << "and the socket goes on";
}

TEST(NativeIngress, AnswersADealerAsAnswersComeWithItsReference) {
  Ingress host;
  host.gate.respond = [](const Request&) { return std::nullopt; };
  Asker asker(host, zmq::socket_type::dealer);
  asker.say(Value{{"v", 1}, {"op", "get"}, {"id", "a"}, {"ref", "first"}});
  asker.say(Value{{"v", 1}, {"op", "get"}, {"id", "b"}, {"ref", 2}});
  host.gate.await_held(2);
  host.gate.release_newest(reply(200, {{"id", "b"}}));
  EXPECT_EQ(asker.hear(), (Value{{"ok", true}, {"instance", {{"id", "b"}}}, {"ref", 2}}));
  host.gate.release(engine::problem(404, "INSTANCE_UNKNOWN", "none"));
  const auto refused = asker.hear();
  EXPECT_EQ(refused["ok"], false);
  EXPECT_EQ(refused["problem"]["code"], "INSTANCE_UNKNOWN");
  EXPECT_EQ(refused["ref"], "first");
}

TEST(NativeIngress, KeepsTheEnvelopeOfADealerThatSendsADelimiter) {
  Ingress host;
  Asker asker(host, zmq::socket_type::dealer);
  asker.socket.send(zmq::message_t(), zmq::send_flags::sndmore);
  asker.say(Value{{"v", 1}, {"op", "get"}, {"id", "a"}});
  zmq::message_t delimiter;
  ASSERT_TRUE(asker.socket.recv(delimiter));
  EXPECT_EQ(delimiter.size(), 0U);
  EXPECT_EQ(asker.hear()["ok"], true);
}

// Many languages pack a positive integer as a signed one.
TEST(NativeIngress, TakesEveryEncodingOfAnInteger) {
  Ingress host;
  Asker asker(host, zmq::socket_type::dealer);
  for (const std::string& wait : {std::string("\xd3\0\0\0\0\0\0\x05\xdc", 9), std::string("\xd1\x05\xdc", 3),
                                 std::string("\xcd\x05\xdc", 3), std::string("\xcf\0\0\0\0\0\0\x05\xdc", 9)}) {
    asker.say("\x84\xa1v\x01\xa2op\xa6" "cancel\xa2id\xa2I7\xa7wait_ms" + wait);
    EXPECT_EQ(asker.hear()["ok"], true);
  }
  EXPECT_EQ(asker.ask({{"v", 1}, {"op", "cancel"}, {"id", "I7"}, {"wait_ms", -1}})["ok"], false);
  EXPECT_EQ(asker.ask({{"v", 1}, {"op", "cancel"}, {"id", "I7"}, {"wait_ms", 1.5}})["ok"], false);
}

TEST(NativeIngress, KnowsItsOperations) {
  Ingress host;
  Asker asker(host, zmq::socket_type::req);
  const std::pair<const char*, Op> operations[] = {{"get", Op::get}, {"cancel", Op::cancel}, {"retry", Op::retry}};
  for (const auto& [name, op] : operations) {
    EXPECT_EQ(asker.ask({{"v", 1}, {"op", name}, {"id", "I7"}})["ok"], true) << name;
    EXPECT_EQ(host.gate.last().op, op);
    EXPECT_EQ(host.gate.last().id, "I7");
  }
  EXPECT_EQ(asker.ask({{"v", 1},
                       {"op", "event"},
                       {"correlation", "c"},
                       {"name", "n"},
                       {"event_id", "e"},
                       {"body", {{"result", "done"}}}})["ok"],
            true);
  EXPECT_EQ(host.gate.last().correlation, "c");
  EXPECT_EQ(host.gate.last().event_id, "e");
  EXPECT_EQ(asker.ask({{"v", 1}, {"op", "event"}, {"id", "I1"}, {"name", "choose"}})["ok"], true);
  EXPECT_EQ(host.gate.last().body, Value::object());
}

TEST(NativeIngress, ChecksOrdersAsHttpDoes) {
  Ingress host;
  Asker asker(host, zmq::socket_type::req);
  const auto refused = asker.ask({{"v", 1}, {"op", "start"}, {"flow", "open-account"}, {"body", {{"fee", "much"}}}});
  EXPECT_EQ(refused["problem"]["status"], 422);
  EXPECT_EQ(refused["problem"]["errors"].size(), 2U);
  EXPECT_TRUE(host.gate.asked().empty());
}

TEST(NativeIngress, TellsWhatIsWrongWithAMessage) {
  Ingress host;
  Asker asker(host, zmq::socket_type::dealer);
  const std::tuple<Value, int, const char*> wrong[] = {
      {Value::array(), 400, "MALFORMED"},
      {Value::object(), 400, "VERSION_UNKNOWN"},
      {{{"v", 2}, {"op", "get"}, {"id", "a"}}, 400, "VERSION_UNKNOWN"},
      {{{"v", 1}}, 400, "OP_UNKNOWN"},
      {{{"v", 1}, {"op", "drop"}}, 400, "OP_UNKNOWN"},
      {{{"v", 1}, {"op", "get"}}, 400, "BAD_NAME"},
      {{{"v", 1}, {"op", "get"}, {"id", 7}}, 400, "MALFORMED"},
      {{{"v", 1}, {"op", "get"}, {"id", "a"}, {"wait_ms", -1}}, 400, "MALFORMED"},
      {{{"v", 1}, {"op", "event"}, {"name", "n"}, {"body", Value::object()}}, 422, "INVALID_BODY"},
      {{{"v", 1}, {"op", "start"}, {"flow", "f"}}, 422, "INVALID_BODY"},
      {{{"v", 1}, {"op", "start"}, {"flow", "f"}, {"body", {{"x", std::string(70'000, 'x')}}}}, 413, "TOO_LARGE"},
  };
  for (const auto& [message, status, code] : wrong) {
    const auto refused = asker.ask(message);
    EXPECT_EQ(refused["ok"], false) << code;
    EXPECT_EQ(refused["problem"]["status"], status) << code;
    EXPECT_EQ(refused["problem"]["code"], code);
  }
  EXPECT_TRUE(host.gate.asked().empty());
}

TEST(NativeIngress, OutlivesGarbage) {
  Ingress host;
  Asker asker(host, zmq::socket_type::dealer);
  for (const std::string& noise :
       {std::string(), std::string("\xc1"), std::string("{\"v\":1}"), std::string(60'000, '\x91'),
        std::string("\xdf\xff\xff\xff\xff"), std::string(1000, '\0')}) {
    asker.say(noise);
    EXPECT_EQ(asker.hear()["problem"]["status"], 400);
  }
  for (int i = 0; i < 20; ++i) asker.socket.send(zmq::str_buffer("part"), zmq::send_flags::sndmore);
  asker.say(std::string("end"));
  EXPECT_EQ(asker.hear()["problem"]["status"], 400);
  EXPECT_EQ(asker.ask({{"v", 1}, {"op", "get"}, {"id", "a"}})["ok"], true);
}

TEST(NativeIngress, RefusesMoreThanItWillKeep) {
  Ingress host(2);
  host.gate.respond = [](const Request&) { return std::nullopt; };
  Asker asker(host, zmq::socket_type::dealer);
  for (const char* id : {"a", "b", "c"}) asker.say(Value{{"v", 1}, {"op", "get"}, {"id", id}});
  EXPECT_EQ(asker.hear()["problem"]["code"], "QUEUE_FULL");
  host.gate.await_held(2);
  host.gate.release(reply(200, {}));
  EXPECT_EQ(asker.hear()["ok"], true);
  asker.say(Value{{"v", 1}, {"op", "get"}, {"id", "d"}});
  host.gate.await_held(2);
  EXPECT_EQ(host.gate.last().id, "d");
  host.gate.release(reply(200, {}));
  host.gate.release(reply(200, {}));
}

constexpr int many = 3000;

// One whose answers are more than ZeroMQ queues for one and the kernel's buffers hold.
struct Late : Asker {
  explicit Late(Ingress& to) : Asker(to, zmq::socket_type::dealer, 64 * 1024) {
    to.gate.respond = [](const Request& request) {
      return reply(200, {{"id", request.id}, {"paper", std::string(request.id == "beside" ? 1 : 4000, 'x')}});
    };
    for (int number = 0; number < many; ++number) {
      say(Value{{"v", 1}, {"op", "get"}, {"id", "a"}, {"ref", number}});
    }
  }
};

/// Returns when all its questions were heard, and one of another that came after them was answered.
void await_all_heard(Ingress& host) {
  host.gate.await_asked(many);
  EXPECT_EQ(Asker(host, zmq::socket_type::req).ask({{"v", 1}, {"op", "get"}, {"id", "beside"}})["ok"], true);
}

TEST(NativeIngress, KeepsTheAnswersOfOneThatReadsLateAndServesOthers) {
  Ingress host(many);
  Late late(host);
  await_all_heard(host);
  for (int number = 0; number < many; ++number) ASSERT_EQ(late.hear()["ref"], number);
  EXPECT_EQ(late.ask({{"v", 1}, {"op", "get"}, {"id", "beside"}, {"ref", "last"}})["ref"], "last");
}

TEST(NativeIngress, DropsTheAnswersOfOneThatDoesNotReadUntilItDoes) {
  Ingress host(many, 5s, 0ms);
  Late late(host);
  await_all_heard(host);
  int came = 0;
  Value heard;
  for (; heard != "last"; came += heard.is_number()) {
    if (came % 100 == 0) late.say(Value{{"v", 1}, {"op", "get"}, {"id", "beside"}, {"ref", "last"}});
    heard = late.hear()["ref"];
  }
  EXPECT_GE(came, 1000) << "those that ZeroMQ queues are not lost";
  EXPECT_LT(came, many);
}

TEST(NativeIngress, HearsNobodyWhereTooMuchIsKeptAndLosesNothing) {
  Ingress host(many, 5s, 1h, 1024);
  Late late(host);
  for (int number = 0; number < many; ++number) ASSERT_EQ(late.hear()["ref"], number);
  EXPECT_EQ(Asker(host, zmq::socket_type::req).ask({{"v", 1}, {"op", "get"}, {"id", "beside"}})["ok"], true);
}

TEST(NativeIngress, SaysWhenTheEngineTakesNoMore) {
  Ingress host;
  host.gate.full = true;
  Asker asker(host, zmq::socket_type::req);
  EXPECT_EQ(asker.ask(start)["problem"]["status"], 503);
}

TEST(NativeIngress, SurvivesAnAskerThatLeft) {
  Ingress host;
  host.gate.respond = [](const Request&) { return std::nullopt; };
  {
    Asker gone(host, zmq::socket_type::req);
    gone.say(start);
    host.gate.await_held(1);
  }
  host.gate.release(reply(200, {}));
  host.gate.respond = [](const Request&) { return reply(200, {}); };
  Asker asker(host, zmq::socket_type::req);
  EXPECT_EQ(asker.ask(start)["ok"], true);
}

TEST(NativeIngress, AnswersWhatIsPendingWhenItStops) {
  Ingress host;
  host.gate.respond = [](const Request&) { return std::nullopt; };
  Asker asker(host, zmq::socket_type::req);
  asker.say(start);
  host.gate.await_held(1);
  std::thread stop([&] { host.ingress->stop(); });
  host.gate.release(reply(200, {{"id", "I1"}}));
  stop.join();
  EXPECT_EQ(asker.hear()["ok"], true);
}

TEST(NativeIngress, IsNotHeldUpByAnEngineThatNeverAnswers) {
  auto host = std::make_unique<Ingress>(10, 20ms);
  host->gate.respond = [](const Request&) { return std::nullopt; };
  Asker asker(*host, zmq::socket_type::req);
  asker.say(start);
  host->gate.await_held(1);
  host->ingress.reset();
  host->gate.release(reply(200, {}));  // nobody is there any more
}

TEST(NativeIngress, SaysWhenItsAddressIsInUse) {
  Ingress host;
  lane::NativeIngress second({.listen = host.ingress->endpoint()}, [](std::string_view, auto answer) { answer(""); });
  try {
    second.start();
    FAIL() << "two cannot listen at one address";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()).rfind("address in use: tcp://127.0.0.1:", 0), 0U) << error.what();
  }
  lane::NativeIngress wrong({.listen = "nonsense"}, [](std::string_view, auto answer) { answer(""); });
  EXPECT_THROW(wrong.start(), std::runtime_error);
}

}  // namespace
}  // namespace jackfield::http::testing
