#include "play.hpp"

#include <functional>

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
  EXPECT_EQ(task.input, (Value{{"n", 2}})) << "its input is what `with` picks";
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
  EXPECT_EQ(first.input, at);
  play.answer(first, EventKind::retry);
  play.pass(Millis{100});
  const auto second = play.take("x.two");
  EXPECT_EQ(second.attempt, 2u);
  EXPECT_EQ(second.input, at);
  play.tell(EventKind::recovered);
  EXPECT_EQ(play.take("x.two").input, at);
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

TEST(Decide, ARejectionUndoesWhatWasDoneInReverseAndKeepsTheReason) {
  Play play({R"(
flow: f
steps:
  - a: x.one
    undo: y.one
  - b: x.two
    undo: y.two
  - c: x.three
)"});
  play.start();
  play.done("x.one", {{"id", 7}});
  play.done("x.two");
  play.reject("x.three", "NO");
  EXPECT_EQ(play.wanted(), "y.two") << "the last one done is undone first, alone";
  EXPECT_EQ(play.state.status, Status::running) << "the end is reached when all is undone";
  play.done("y.two");
  const auto undo = play.take("y.one");
  EXPECT_EQ(undo.input.at("output"), (Value{{"id", 7}})) << "an undo is given input and output of its step";
  play.answer(undo, EventKind::done);
  EXPECT_EQ(play.state.status, Status::rejected);
  ASSERT_TRUE(play.state.rejection);
  EXPECT_EQ(play.state.rejection->code, "NO");
  EXPECT_EQ(play.state.rejection->step, "x.three");
}

TEST(Decide, AFlowsOwnNoIsToldAtTheStepThatLedToIt) {
  Play play({"flow: f\nsteps:\n  - a: x.one\n  - b: x.two\n  - c: x.far\n    detach: true\n  - reject: LISTED\n"});
  play.start();
  play.done("x.one");
  play.done("x.two");
  ASSERT_TRUE(play.state.rejection);
  EXPECT_EQ(play.state.rejection->step, "x.two") << "not the node's own id, and not what is only queued";
}

TEST(Decide, AFailedStepThatCanBeUndoneIsUndoneTooForItMayHaveDoneAPart) {
  Play play({"flow: f\nsteps:\n  - a: x.one\n    undo: y.one\n"});
  play.start();
  play.fail("x.one", "ERR3001");
  play.done("y.one");
  EXPECT_EQ(play.state.status, Status::failed);
  EXPECT_EQ(play.state.failure->code, "ERR3001");
}

const std::string paid_then_worked = R"(
flow: f
steps:
  - a: x.pay
    undo: y.pay
  - b: x.work
    undo: y.work
)";

TEST(Decide, AStepThatCertainlyDidNothingIsNotUndone) {
  for (const auto last : {EventKind::retry, EventKind::not_done}) {
    Play play({paid_then_worked});
    play.start();
    play.done("x.pay");
    for (const auto wait : {Millis{100}, Millis{200}}) {
      play.answer(play.take("x.work"), EventKind::retry, "UNREACHABLE");
      play.pass(wait);
    }
    play.answer(play.take("x.work"), last, "HTTP_422");
    EXPECT_EQ(play.wanted(), "y.pay") << "the system was never reached: there is nothing of it to take back";
    play.done("y.pay");
    EXPECT_EQ(play.state.status, Status::failed);
    EXPECT_EQ(play.state.failure->step, "x.work");
  }
}

TEST(Decide, AStepOfWhichOneAttemptMayHaveHappenedIsUndone) {
  const auto unknown = [](Play& play) { play.answer(play.take("x.work"), EventKind::unknown, "NO_ANSWER"); };
  const auto timeout = [](Play& play) { play.pass(Millis{5000}); };
  const auto restart = [](Play& play) { play.tell(EventKind::recovered); };
  for (const std::function<void(Play&)>& first : {std::function<void(Play&)>(unknown), {timeout}, {restart}}) {
    for (const auto last : {EventKind::retry, EventKind::not_done, EventKind::rejected}) {
      Play play({paid_then_worked});
      play.start();
      play.done("x.pay");
      first(play);
      play.pass(Millis{1000});
      while (!play.tasks.empty() && play.tasks.front().step == "x.work") {
        const auto task = play.take("x.work");
        if (task.attempt > 1) play.answer(task, last, "NO");
        play.pass(Millis{1000});
      }
      EXPECT_EQ(play.wanted(), "y.work") << "the first attempt may have had its effect";
    }
  }
}

TEST(Decide, AnAttemptThatVerifyDeniesWasNone) {
  Play play({"flow: f\nsteps:\n  - a: once.pay\n    undo: y.pay\n    verify: x.ask\n"});
  play.start();
  play.answer(play.take("once.pay"), EventKind::unknown, "TIMEOUT");
  play.done("x.ask", {{"applied", false}});
  play.pass(Millis{100});
  play.reject("once.pay", "DECLINED");
  EXPECT_EQ(play.state.status, Status::rejected);
  EXPECT_EQ(play.wanted(), "");
}

TEST(Decide, ACancelUndoesWhatWaitsToBeTriedAgainOnlyWhereItMayHaveHappened) {
  for (const auto kind : {EventKind::retry, EventKind::unknown}) {
    Play play({paid_then_worked});
    play.start();
    play.done("x.pay");
    play.answer(play.take("x.work"), kind);
    play.tell(EventKind::cancel);
    EXPECT_EQ(play.wanted(), kind == EventKind::retry ? "y.pay" : "y.work");
  }
}

TEST(Decide, AnInstanceOfADefinitionFromBeforeIsFoldedAsItWasThen) {
  Play play({paid_then_worked});
  play.graph.exact_undo = false;
  play.start();
  play.done("x.pay");
  for (const auto wait : {Millis{100}, Millis{200}, Millis{0}}) {
    play.answer(play.take("x.work"), EventKind::retry, "UNREACHABLE");
    play.pass(wait);
  }
  EXPECT_EQ(play.wanted(), "y.work");
}

TEST(Decide, AnUnknownOutcomeIsTriedAgainNoSoonerThanTheOtherSideAsks) {
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

TEST(Decide, AnUndoThatFailsIsHeldAndGoesOnWhenAPersonSaysSo) {
  Play play({"flow: f\nsteps:\n  - a: x.one\n    undo: y.one\n  - b: x.two\n"});
  play.start();
  play.done("x.one");
  play.reject("x.two", "NO");
  play.fail("y.one", "GONE");
  EXPECT_EQ(play.state.status, Status::held) << "never silent";
  play.tell(EventKind::resume);
  play.done("y.one");
  EXPECT_EQ(play.state.status, Status::rejected);
}

TEST(Decide, ARetryWaitsLongerEachTimeWithOneKeyAndThenFails) {
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

TEST(Decide, ACodeThatOnlySaysTryAgainIsNoCause) {
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

TEST(Decide, AParkedTaskWaitsWithoutCountingAsTried) {
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

TEST(Decide, APluginThatTakesTasksAgainGetsWhatWasParkedForItAtOnce) {
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

TEST(Decide, ATaskThatKillsItsPluginIsHeldAndADeadLetter) {
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
  EXPECT_EQ(play.take("x.one").input, (Value{{"sum", 5}}));
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
  EXPECT_EQ(task.input, (Value{{"n", 3}}));
  play.answer(task, EventKind::done, {}, {{"m", 4}});
  EXPECT_EQ(play.take("x.after").input, (Value{{"m", 4}}));

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

TEST(Decide, AnUnknownOutcomeIsVerifiedBeforeAnythingIsTriedAgain) {
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

TEST(Decide, NoAnswerWithinTheTimeLimitAbandonsTheAttempt) {
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

TEST(Decide, ARestartTriesWhatWasAtWorkAgainWithTheSameKeyAndANewAttempt) {
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

TEST(Decide, CancelUndoesUntilThePhaseFromWhichItIsTooLate) {
  const std::string text = R"(
flow: f
cancel_until: construction
acceptance:
  - a: x.one
    undo: y.one
  - await: choose
    within: 1h
    on_timeout: cancelled
construction:
  - b: x.two
    undo: y.two
)";
  Play early({text});
  early.start();
  early.done("x.one");
  early.tell(EventKind::cancel);
  early.done("y.one");
  EXPECT_EQ(early.state.status, Status::cancelled);

  Play late({text});
  late.start();
  late.done("x.one");
  late.arrive("choose");
  Event cancel;
  cancel.kind = EventKind::cancel;
  EXPECT_FALSE(meets(late.graph, late.state, cancel)) << "construction has begun";
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
  EXPECT_EQ(play.take("x.tell").input, (Value{{"outcome", "rejected"}}));
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
  EXPECT_EQ(second.input, (Value{{"item", 2}}));
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
