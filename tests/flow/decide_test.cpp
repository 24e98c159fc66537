// The way of an order through its flow.
#include "play.hpp"

namespace jackfield::flow {
namespace {

TEST(Decide, StepsRunOneAfterTheOtherAndTheResultIsMadeOfTheirOutputs) {
  Play play({R"(
flow: f
steps:
  - a: x.one
  - b: x.two
    with: {n: a.n + 1}
result: {n: b.n}
)"});
  play.start();
  EXPECT_EQ(play.wanted(), "x.one") << "the second step waits for the first";
  play.done("x.one", {{"n", 1}});
  const auto task = play.take("x.two");
  EXPECT_EQ(input_of(task), (Value{{"n", 2}})) << "its input is what `with` picks";
  EXPECT_EQ(task.key, "I1/x.two") << "the key of an effect is <instance>/<step>";
  play.answer(task, EventKind::done, {}, {{"n", 2}});
  EXPECT_EQ(play.state.status, Status::completed);
  EXPECT_EQ(play.state.result, (Value{{"n", 2}}));
}

TEST(Decide, InstanceNowIsWhenTheStepWasComeToOnEveryAttempt) {
  Play play({"flow: f\nsteps:\n  - a: x.one\n  - b: x.two\n    with: {at: instance.now}\n"});
  play.start();
  play.now += Millis{500};
  play.done("x.one");
  const Value at = {{"at", play.now.time_since_epoch().count()}};
  const auto first = play.take("x.two");
  EXPECT_EQ(input_of(first), at);
  play.answer(first, EventKind::retry);
  play.pass(Millis{100});
  const auto second = play.take("x.two");
  EXPECT_EQ(second.attempt, 2u);
  EXPECT_EQ(input_of(second), at);
  play.tell(EventKind::recovered);
  EXPECT_EQ(input_of(play.take("x.two")), at);
}

TEST(Decide, AStepWhoseConditionDoesNotHoldIsPassedOver) {
  Play play({R"(
flow: f
steps:
  - a: x.one
    when: order.wanted
  - b: x.two
)"});
  play.start({{"wanted", false}});
  EXPECT_EQ(play.wanted(), "x.two");
}

TEST(Decide, SwitchTakesTheFirstBranchThatHoldsElseTheLast) {
  const std::string text = R"(
flow: f
steps:
  - switch:
      - when: order.n == 1
        do: [{a: x.one}]
      - when: order.n >= 1
        do: [{b: x.two}]
      - else: [{c: x.three}]
  - d: x.end
)";
  for (const auto& [n, step] : {std::pair{1, "x.one"}, {2, "x.two"}, {0, "x.three"}}) {
    Play play({text});
    play.start({{"n", n}});
    EXPECT_EQ(play.wanted(), step);
    play.done(step);
    EXPECT_EQ(play.wanted(), "x.end") << "after a branch the flow goes on behind the switch";
  }
}

TEST(Decide, AFlowsOwnNoIsToldAtTheStepThatLedToIt) {
  Play play({"flow: f\nsteps:\n  - a: x.one\n  - b: x.two\n  - c: x.far\n    detach: true\n  - reject: LISTED\n"});
  play.start();
  play.done("x.one");
  play.done("x.two");
  ASSERT_TRUE(play.state.rejection);
  EXPECT_EQ(play.state.rejection->step, "x.two") << "not the node's own id, and not what is only queued";
}

TEST(Decide, AnErrorEdgeLeadsOnAndALoopGetsAKeyOfItsOwn) {
  Play play({R"(
flow: f
steps:
  - ask: x.ask
  - a: x.one
    on:
      TAKEN: {when: not order.fixed, to: ask, forget: [ask.n]}
)"});
  play.start();
  play.done("x.ask", {{"n", 1}});
  play.reject("x.one", "TAKEN");
  EXPECT_FALSE(play.state.data.at("ask").contains("n")) << "what the edge forgets is gone";
  play.done("x.ask", {{"n", 2}});
  const auto again = play.take("x.one");
  EXPECT_EQ(again.key, "I1/x.one#2") << "a second visit is another effect";

  Play fixed({R"(
flow: f
steps:
  - ask: x.ask
  - a: x.one
    on: {TAKEN: {when: not order.fixed, to: ask}}
)"});
  fixed.start({{"fixed", true}});
  fixed.done("x.ask");
  fixed.reject("x.one", "TAKEN");
  EXPECT_EQ(fixed.state.status, Status::rejected) << "an edge whose condition does not hold is none";
}

TEST(Decide, ParallelBranchesRunSideBySideAndJoin) {
  Play play({R"(
flow: f
steps:
  - parallel:
      - [{a: x.one}, {b: x.two}]
      - [{c: x.three}]
  - d: x.end
)"});
  play.start();
  EXPECT_EQ(play.wanted(), "x.one x.three");
  play.done("x.three");
  play.done("x.one");
  EXPECT_EQ(play.wanted(), "x.two") << "the join waits for the longest branch";
  play.done("x.two");
  EXPECT_EQ(play.wanted(), "x.end");
}

TEST(Decide, ABranchThatFailsWaitsForItsSiblingsAnswerThenUndoesIt) {
  Play play({R"(
flow: f
steps:
  - parallel:
      - - a: x.one
          undo: y.one
      - - b: x.two
)"});
  play.start();
  play.reject("x.two", "NO");
  EXPECT_EQ(play.state.status, Status::running) << "x.one is still at work and may have its effect";
  play.done("x.one");
  play.done("y.one");
  EXPECT_EQ(play.state.status, Status::rejected);
}

TEST(Decide, AwaitMeetsItsEventOnceAndGoesOn) {
  Play play({R"(
flow: f
steps:
  - await: paid
    within: 1m
    on_timeout: cancelled
  - a: x.one
    with: {sum: paid.sum}
)"});
  play.start();
  EXPECT_EQ(play.state.status, Status::waiting);
  ASSERT_EQ(play.awaits.size(), 1u);
  EXPECT_EQ(play.awaits[0].correlation, "I1") << "by default an event is addressed by the instance's id";
  play.arrive("paid", {{"sum", 5}});
  EXPECT_EQ(input_of(play.take("x.one")), (Value{{"sum", 5}}));
  EXPECT_TRUE(standing(play.graph, play.state).empty()) << "a second one meets nobody";
}

TEST(Decide, AnAwaitWhoseTimeIsOverEndsAsItSays) {
  const std::string text = "flow: f\nsteps:\n  - a: x.one\n    undo: y.one\n  - await: paid\n    within: 1m\n    on_timeout: ";
  Play cancelled({text + "cancelled\n"});
  cancelled.start();
  cancelled.done("x.one");
  cancelled.pass(Millis{60'000});
  cancelled.done("y.one");
  EXPECT_EQ(cancelled.state.status, Status::cancelled);

  Play held({text + "held\n"});
  held.start();
  held.done("x.one");
  held.pass(Millis{60'000});
  EXPECT_EQ(held.state.status, Status::held);
  held.arrive("paid");
  EXPECT_EQ(held.state.status, Status::completed) << "one that comes late takes a held instance on";
}

TEST(Decide, AnAwaitWithATimeLimitThatIsNoneEndsTheInstance) {
  for (const Value& limit : {Value("200000000000d"), Value("-5m"), Value(-1), Value("soon")}) {
    Play play({"flow: f\nsteps:\n  - await: paid\n    within: order.limit\n    on_timeout: cancelled\n"});
    play.start({{"limit", limit}});
    ASSERT_EQ(play.state.status, Status::failed) << limit;
    EXPECT_NE(play.state.failure->text.find("expected a duration like 30m"), std::string::npos) << limit;
  }
}

TEST(Decide, ASubFlowSeesItsInputAndGivesItsResult) {
  Play play({R"(
flow: f
steps:
  - sub-flow: inner
    with: {n: order.n}
    on: {BAD: rescue}
  - a: x.after
    with: {m: inner.m}
  - reject: NEVER
  - rescue: x.rescue
)",
             R"(
flow: inner
steps:
  - a: x.one
    with: {n: input.n}
result: {m: a.m}
)"});
  play.start({{"n", 3}});
  const auto task = play.take("x.one");
  EXPECT_EQ(input_of(task), (Value{{"n", 3}}));
  play.answer(task, EventKind::done, {}, {{"m", 4}});
  EXPECT_EQ(input_of(play.take("x.after")), (Value{{"m", 4}}));

  Play bad({R"(
flow: f
steps:
  - sub-flow: inner
    on: {BAD: rescue}
  - reject: NEVER
  - rescue: x.rescue
)",
            "flow: inner\nsteps:\n  - a: x.one\n"});
  bad.start();
  bad.reject("x.one", "BAD");
  EXPECT_EQ(bad.wanted(), "x.rescue") << "what a sub-flow does not catch, its caller may";
}

TEST(Decide, ADetachedStepNeverHoldsTheFlowUpNorUndoesIt) {
  Play play({R"(
flow: f
steps:
  - a: x.notice
    detach: true
  - b: x.two
)"});
  play.start();
  EXPECT_EQ(play.wanted(), "x.notice x.two");
  play.done("x.two");
  EXPECT_EQ(play.state.status, Status::completed) << "its durable queue holds the notice";
  play.answer(play.take("x.notice"), EventKind::retry, "DOWN");
  for (int i = 0; i < 100 && play.buried.empty(); ++i) {
    play.pass(Millis{250});
    if (!play.tasks.empty()) play.answer(play.take("x.notice"), EventKind::retry, "DOWN");
  }
  ASSERT_EQ(play.buried.size(), 1u) << "given up when its time is over, into the dead letters";
  EXPECT_EQ(play.buried[0].key, "I1/x.notice");
  EXPECT_EQ(play.state.status, Status::completed);
  play.tell(EventKind::resume, play.buried[0].token);
  play.done("x.notice");
  EXPECT_NE(play.history().find("x.notice:done"), std::string::npos) << "a replay delivers it";
}

TEST(Decide, APermanentRefusalOfADetachedStepIsADeadLetterAtOnce) {
  Play play({"flow: f\nsteps:\n  - a: x.notice\n    detach: true\n"});
  play.start();
  play.fail("x.notice", "HTTP_400");
  EXPECT_EQ(play.buried.size(), 1u);
}

TEST(Decide, EveryEndRunsFinally) {
  Play play({R"(
flow: f
steps:
  - a: x.one
finally:
  - told: x.tell
    with: {outcome: instance.outcome}
)"});
  play.start();
  play.reject("x.one", "NO");
  EXPECT_EQ(play.state.status, Status::rejected);
  EXPECT_EQ(input_of(play.take("x.tell")), (Value{{"outcome", "rejected"}}));
}

TEST(Decide, EachRunsItsBodyForEveryItemAndGathers) {
  Play play({R"(
flow: f
steps:
  - each: order.items
    as: item
    do:
      - a: x.one
        with: {item: item}
  - b: x.two
)"});
  play.start({{"items", {1, 2}}});
  const auto first = play.take("x.one");
  const auto second = play.take("x.one");
  EXPECT_NE(first.key, second.key) << "two targets are two effects";
  EXPECT_EQ(input_of(second), (Value{{"item", 2}}));
  play.answer(second, EventKind::done);
  play.answer(first, EventKind::done);
  EXPECT_EQ(play.wanted(), "x.two");
}

TEST(Decide, FoldingTheSameEventsGivesTheSameState) {
  Play play({"flow: f\nsteps:\n  - a: x.one\n    undo: y.one\n  - b: x.two\n"});
  play.start();
  play.answer(play.take("x.one"), EventKind::retry);
  play.pass(Millis{100});
  play.done("x.one");
  play.reject("x.two", "NO");
  State again;
  again.id = "I1";
  for (const auto& event : play.events) {
    const auto bytes = encode(event);
    (void)decide(play.graph, again, decode(bytes.data(), bytes.size()));
  }
  EXPECT_EQ(again.tokens.size(), play.state.tokens.size());
  EXPECT_EQ(again.history.size(), play.state.history.size());
  EXPECT_EQ(again.status, play.state.status);
  EXPECT_EQ(again.updated_at, play.state.updated_at);
}

}  // namespace
}  // namespace jackfield::flow
