// How an order that ends otherwise than completed is taken back.
#include "play.hpp"

#include <functional>

namespace jackfield::flow {
namespace {

TEST(Undo, ARejectionUndoesWhatWasDoneInReverseAndKeepsTheReason) {
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
  EXPECT_EQ(input_of(undo).at("output"), (Value{{"id", 7}})) << "an undo is given input and output of its step";
  play.answer(undo, EventKind::done);
  EXPECT_EQ(play.state.status, Status::rejected);
  ASSERT_TRUE(play.state.rejection);
  EXPECT_EQ(play.state.rejection->code, "NO");
  EXPECT_EQ(play.state.rejection->step, "x.three");
}

TEST(Undo, AFailedStepThatCanBeUndoneIsUndoneTooForItMayHaveDoneAPart) {
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

TEST(Undo, AStepThatCertainlyDidNothingIsNotUndone) {
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

TEST(Undo, AStepOfWhichOneAttemptMayHaveHappenedIsUndone) {
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

TEST(Undo, AnAttemptThatVerifyDeniesWasNone) {
  Play play({"flow: f\nsteps:\n  - a: once.pay\n    undo: y.pay\n    verify: x.ask\n"});
  play.start();
  play.answer(play.take("once.pay"), EventKind::unknown, "TIMEOUT");
  play.done("x.ask", {{"applied", false}});
  play.pass(Millis{100});
  play.reject("once.pay", "DECLINED");
  EXPECT_EQ(play.state.status, Status::rejected);
  EXPECT_EQ(play.wanted(), "");
}

TEST(Undo, ACancelUndoesWhatWaitsToBeTriedAgainOnlyWhereItMayHaveHappened) {
  for (const auto kind : {EventKind::retry, EventKind::unknown}) {
    Play play({paid_then_worked});
    play.start();
    play.done("x.pay");
    play.answer(play.take("x.work"), kind);
    play.tell(EventKind::cancel);
    EXPECT_EQ(play.wanted(), kind == EventKind::retry ? "y.pay" : "y.work");
  }
}

TEST(Undo, AnInstanceOfADefinitionFromBeforeIsFoldedAsItWasThen) {
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

TEST(Undo, AnUndoThatFailsIsHeldAndGoesOnWhenAPersonSaysSo) {
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

TEST(Undo, CancelUndoesUntilThePhaseFromWhichItIsTooLate) {
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

}  // namespace
}  // namespace jackfield::flow
