// What is tried again, when, under which key, and when no more: answers that fail, are unknown or do not come, a plugin
// that is away or dies, and a restart of the host.
#include "play.hpp"

namespace jackfield::flow {
namespace {

TEST(Retry, AnUnknownOutcomeIsTriedAgainNoSoonerThanTheOtherSideAsks) {
  Play play({"flow: f\nsteps:\n  - a: x.one\n"});
  play.start();
  Event unknown;
  const auto task = play.take("x.one");
  unknown.kind = EventKind::unknown;
  unknown.token = task.token;
  unknown.attempt = task.attempt;
  unknown.after = Millis{7000};
  play.feed(unknown);
  play.pass(Millis{6999});
  EXPECT_EQ(play.wanted(), "");
  play.pass(Millis{1});
  EXPECT_EQ(play.wanted(), "x.one");
}

TEST(Retry, ARetryWaitsLongerEachTimeWithOneKeyAndThenFails) {
  Play play({"flow: f\nsteps:\n  - a: x.one\n"});
  play.start();
  std::string key;
  for (const auto wait : {Millis{100}, Millis{200}}) {
    const auto task = play.take("x.one");
    if (key.empty()) key = task.key;
    EXPECT_EQ(task.key, key) << "all attempts carry one key";
    play.answer(task, EventKind::retry, "BUSY");
    EXPECT_EQ(play.wanted(), "");
    play.pass(wait - Millis{1});
    EXPECT_EQ(play.wanted(), "") << "timers never fire early";
    play.pass(Millis{1});
  }
  const auto last = play.take("x.one");
  EXPECT_EQ(last.attempt, 3u);
  play.answer(last, EventKind::retry, "BUSY");
  EXPECT_EQ(play.state.status, Status::failed);
  EXPECT_EQ(play.state.failure->code, "BUSY");
}

TEST(Retry, ACodeThatOnlySaysTryAgainIsNoCause) {
  for (const char* code : {"RETRY", ""}) {
    Play play({"flow: f\nsteps:\n  - a: x.one\n    retry: 1\n"});
    play.start();
    Event event;
    const auto task = play.take("x.one");
    event.kind = EventKind::retry;
    event.token = task.token;
    event.attempt = task.attempt;
    event.code = code;
    event.text = "the line is down";
    play.feed(event);
    EXPECT_EQ(play.state.failure->code, "RETRIES_SPENT") << code;
    EXPECT_EQ(play.state.failure->text, "the line is down");
  }
}

TEST(Retry, AParkedTaskWaitsWithoutCountingAsTried) {
  Play play({"flow: f\nsteps:\n  - a: x.one\n"});
  play.start();
  for (int round = 0; round < 10; ++round) {
    auto task = play.take("x.one");
    Event parked;
    parked.kind = EventKind::parked;
    parked.token = task.token;
    parked.attempt = task.attempt;
    parked.after = Millis{60'000};
    play.feed(parked);
    EXPECT_EQ(play.wanted(), "");
    play.pass(Millis{60'000});
  }
  play.done("x.one");
  EXPECT_EQ(play.state.status, Status::completed) << "three tries are its budget, and not one of them was spent";
}

TEST(Retry, APluginThatTakesTasksAgainGetsWhatWasParkedForItAtOnce) {
  Play play({"flow: f\nsteps:\n  - parallel:\n      - [{a: x.one}]\n      - [{b: y.two}]\n"});
  play.start();
  for (const char* step : {"x.one", "y.two"}) {
    auto task = play.take(step);
    Event parked;
    parked.kind = EventKind::parked;
    parked.token = task.token;
    parked.attempt = task.attempt;
    parked.after = Millis{3'600'000};
    play.feed(parked);
  }
  Event unparked;
  unparked.kind = EventKind::unparked;
  unparked.name = "x";
  EXPECT_TRUE(meets(play.graph, play.state, unparked));
  play.feed(unparked);
  EXPECT_EQ(play.wanted(), "x.one") << "and nothing that waits for another plugin";
  unparked.name = "z";
  EXPECT_FALSE(meets(play.graph, play.state, unparked));
}

TEST(Retry, ATaskThatKillsItsPluginIsHeldAndADeadLetter) {
  Play play({"flow: f\nsteps:\n  - a: x.one\n"});
  play.start();
  auto task = play.take("x.one");
  Event poisoned;
  poisoned.kind = EventKind::poisoned;
  poisoned.token = task.token;
  poisoned.attempt = task.attempt;
  poisoned.code = "PLUGIN_CRASHED";
  play.feed(poisoned);
  EXPECT_EQ(play.state.status, Status::held);
  ASSERT_EQ(play.buried.size(), 1u);
  EXPECT_EQ(play.buried[0].code, "PLUGIN_CRASHED");
  Event replay;
  replay.kind = EventKind::resume;
  replay.token = play.buried[0].token;
  play.feed(replay);
  play.done("x.one");
  EXPECT_EQ(play.state.status, Status::completed) << "a person may give it to the plugin again";
}

TEST(Retry, AnUnknownOutcomeIsVerifiedBeforeAnythingIsTriedAgain) {
  const std::string text = "flow: f\nsteps:\n  - a: once.pay\n    verify: x.ask\n";
  Play applied({text});
  applied.start();
  applied.answer(applied.take("once.pay"), EventKind::unknown, "TIMEOUT");
  EXPECT_EQ(applied.wanted(), "x.ask");
  applied.done("x.ask", {{"applied", true}, {"output", {{"id", 9}}}});
  EXPECT_EQ(applied.state.status, Status::completed);
  EXPECT_EQ(applied.state.data.at("a"), (Value{{"id", 9}}));

  Play lost({text});
  lost.start();
  lost.answer(lost.take("once.pay"), EventKind::unknown, "TIMEOUT");
  lost.done("x.ask", {{"applied", false}});
  lost.pass(Millis{100});
  EXPECT_EQ(lost.wanted(), "once.pay");

  Play silent({"flow: f\nsteps:\n  - a: once.pay\n"});
  silent.start();
  silent.answer(silent.take("once.pay"), EventKind::unknown, "TIMEOUT");
  EXPECT_EQ(silent.state.status, Status::held) << "nobody can be asked: a person must look";
}

TEST(Retry, NoAnswerWithinTheTimeLimitAbandonsTheAttempt) {
  Play play({"flow: f\nsteps:\n  - a: x.one\n    on: {TIMEOUT: b}\n  - reject: NEVER\n  - b: x.two\n"});
  play.start();
  const auto slow = play.take("x.one");
  play.pass(Millis{5000});
  ASSERT_EQ(play.abandoned.size(), 1u);
  EXPECT_EQ(play.wanted(), "x.two") << "the flow's timeout edge is taken";
  Event late;
  late.kind = EventKind::done;
  late.token = slow.token;
  late.attempt = slow.attempt;
  EXPECT_FALSE(meets(play.graph, play.state, late)) << "a late answer means nothing any more";
}

TEST(Retry, ARestartTriesWhatWasAtWorkAgainWithTheSameKeyAndANewAttempt) {
  Play play({"flow: f\nsteps:\n  - a: x.one\n"});
  play.start();
  const auto before = play.take("x.one");
  play.tell(EventKind::recovered);
  const auto after = play.take("x.one");
  EXPECT_EQ(after.key, before.key);
  EXPECT_EQ(after.attempt, before.attempt + 1) << "so that an adapter knows an earlier try may have had its effect";

  Play once({"flow: f\nsteps:\n  - a: once.pay\n"});
  once.start();
  once.tell(EventKind::recovered);
  EXPECT_EQ(once.state.status, Status::held) << "what may not be repeated is not repeated blindly";
}

}  // namespace
}  // namespace jackfield::flow
