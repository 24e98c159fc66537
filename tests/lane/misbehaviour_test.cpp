// A plugin that forgets, throws, breaks or hangs harms nothing but its own tasks.
#include "engine_side.hpp"

#include "lane/frames.hpp"

#include <gmock/gmock.h>

#include <set>
#include <stdexcept>

namespace jackfield::lane {
namespace {

using testing::HasSubstr;

std::int32_t answer_all(Made& made, TaskSpan tasks) {
  for (const auto* task : tasks) made.complete(task->token);
  return JF_OK;
}

TEST(Misbehaviour, ATaskThatWasNeverAnsweredFails) {
  FakePlugin lazy("lazy", [](Made&, TaskSpan) { return JF_OK; });
  EngineSide engine({&lazy});
  ASSERT_TRUE(engine.give(1, "lazy.go"));
  engine.until_answers(1);
  EXPECT_EQ(engine.answers[1].status, JF_FAIL);
  EXPECT_EQ(engine.answers[1].code, "NO_ANSWER");
  EXPECT_EQ(engine.status().failures, 1u);
}

TEST(Misbehaviour, AStatusThatIsNoneFails) {
  FakePlugin odd("odd", [](Made& made, TaskSpan tasks) {
    made.complete(tasks[0]->token, 99);
    return JF_OK;
  });
  EngineSide engine({&odd});
  ASSERT_TRUE(engine.give(1, "odd.go"));
  engine.until_answers(1);
  EXPECT_EQ(engine.answers[1].code, "BAD_STATUS");
}

TEST(Misbehaviour, AResultOfAnotherSizeFails) {
  FakePlugin odd("odd", [](Made& made, TaskSpan tasks) {
    jf_result result{};
    result.size = 4;
    made.host->complete(made.host->self, tasks[0]->token, &result);
    return JF_OK;
  });
  EngineSide engine({&odd});
  ASSERT_TRUE(engine.give(1, "odd.go"));
  engine.until_answers(1);
  EXPECT_EQ(engine.answers[1].code, "BAD_RESULT");
}

TEST(Misbehaviour, AnExceptionIsAnUnknownOutcomeAndANewInstance) {
  FakePlugin wild("wild", [](Made& made, TaskSpan tasks) -> std::int32_t {
    if (made.number == 1) throw std::runtime_error("over the wall");
    return answer_all(made, tasks);
  });
  EngineSide engine({&wild});
  ASSERT_TRUE(engine.give(1, "wild.go"));
  engine.until_answers(1);
  EXPECT_EQ(engine.answers[1].status, JF_UNKNOWN);
  ASSERT_TRUE(engine.give(2, "wild.go"));
  engine.until_answers(2);
  EXPECT_EQ(engine.answers[2].status, JF_OK);
}

TEST(Misbehaviour, ABrokenInstanceIsMadeAnewAndItsTaskTriedAgain) {
  FakePlugin brittle("brittle", [](Made& made, TaskSpan tasks) {
    if (made.number > 1) return answer_all(made, tasks);
    made.complete(tasks[0]->token, JF_BROKEN);
    return JF_OK;
  });
  EngineSide engine({&brittle});
  ASSERT_TRUE(engine.give(1, "brittle.go"));
  engine.until_answers(1);
  EXPECT_EQ(engine.answers[1].status, JF_RETRY);
  ASSERT_TRUE(engine.give(2, "brittle.go"));
  engine.until_answers(2);
  EXPECT_EQ(engine.answers[2].status, JF_OK);
  EXPECT_EQ(brittle.made, 2);
  EXPECT_EQ(brittle.destroyed, 1);
}

TEST(Misbehaviour, ABrokenCallRetriesAllItHeld) {
  FakePlugin brittle("brittle", [](Made& made, TaskSpan tasks) {
    return made.number > 1 ? answer_all(made, tasks) : JF_BROKEN;
  });
  EngineSide engine({&brittle});
  ASSERT_TRUE(engine.give(1, "brittle.go"));
  engine.until_answers(1);
  EXPECT_EQ(engine.answers[1].status, JF_RETRY);
  EXPECT_EQ(engine.answers[1].code, "PLUGIN_BROKEN");
}

// What the old instance had taken and never answered may have happened.
TEST(Misbehaviour, WhatABrokenInstanceStillOwesIsUnknown) {
  FakePlugin brittle("brittle", [](Made&, TaskSpan tasks) { return tasks[0]->token == 1 ? JF_PENDING : JF_BROKEN; });
  EngineSide engine({&brittle});
  ASSERT_TRUE(engine.give(1, "brittle.go"));
  engine.until([&] { return engine.status().in_flight == 1; });
  engine.until([&] {
    const std::lock_guard lock(brittle.guard);
    return brittle.most_inside == 1 && brittle.inside == 0;
  });
  ASSERT_TRUE(engine.give(2, "brittle.go"));
  engine.until_answers(2);
  EXPECT_EQ(engine.answers[1].status, JF_UNKNOWN);
  EXPECT_EQ(engine.answers[1].code, "PLUGIN_BROKEN");
  EXPECT_EQ(engine.answers[2].status, JF_RETRY);
}

TEST(Misbehaviour, TheTriesToMakeAnInstanceAreSpacedOut) {
  bool mended = false;
  FakePlugin brittle("brittle", [](Made& made, TaskSpan tasks) {
    return made.number > 1 ? answer_all(made, tasks) : JF_BROKEN;
  });
  brittle.on_create = [&](int number) { return number == 1 || mended ? "" : "its database is away"; };
  EngineSide engine({&brittle});
  std::uint64_t token = 1;
  const auto tried = [&] {
    EXPECT_TRUE(engine.give(token, "brittle.go"));
    engine.until_answers(token);
    return engine.answers[token++];
  };
  EXPECT_EQ(tried().status, JF_RETRY);
  std::int64_t last_wait_ms = 0;
  for (int i = 0; i < 12; ++i) {
    const auto refused = tried();  // one try to make it …
    EXPECT_EQ(refused.status, JF_RETRY);
    EXPECT_THAT(refused.text, HasSubstr("its database is away"));
    EXPECT_GE(refused.retry_after_ms, last_wait_ms);
    EXPECT_LE(refused.retry_after_ms, 30'000u);
    const int before = brittle.refused;
    (void)tried();                 // … and none before the wait is over
    EXPECT_EQ(brittle.refused, before);
    last_wait_ms = refused.retry_after_ms;
    engine.advance(last_wait_ms);
  }
  EXPECT_EQ(last_wait_ms, 30'000);
  EXPECT_EQ(engine.status().state, "broken");
  brittle.change([&] { mended = true; });
  EXPECT_EQ(tried().status, JF_OK);
  EXPECT_EQ(engine.status().state, "running");
}

struct Hanging {
  bool release = false;
  std::set<std::uint64_t> hang_on;
  FakePlugin plugin{"hanging", [this](Made& made, TaskSpan tasks) {
                      for (const auto* task : tasks)
                        if (hang_on.count(task->token) > 0) made.fake->wait([this] { return release; });
                      return answer_all(made, tasks);
                    }};
  ~Hanging() {
    plugin.change([this] { release = true; });
  }
  void until_inside(EngineSide& engine, int n) {
    engine.until([&] {
      const std::lock_guard lock(plugin.guard);
      return plugin.inside == n;
    });
  }
};

TEST(Misbehaviour, AThreadThatHangsLosesItsPlace) {
  Hanging hanging;
  hanging.hang_on = {1};
  EngineSide engine({&hanging.plugin});
  ASSERT_TRUE(engine.give(1, "hanging.go", engine.now() + 5000));
  hanging.until_inside(engine, 1);
  ASSERT_TRUE(engine.give(2, "hanging.go", engine.now() + 60'000));
  engine.advance(7000);
  engine.turn();
  EXPECT_EQ(engine.status().hung, 0) << "the grace is not over";
  engine.advance(100);
  engine.until_answers(2);
  EXPECT_EQ(engine.answers[1].status, JF_UNKNOWN);
  EXPECT_EQ(engine.answers[1].code, "TIMEOUT");
  EXPECT_EQ(engine.answers[2].status, JF_OK) << "what it had not read went to the new thread";
  EXPECT_EQ(engine.status().hung, 1);
  EXPECT_EQ(engine.status().threads, 1);
  EXPECT_EQ(hanging.plugin.made, 2) << "not reentrant: the new thread has an instance of its own";
  hanging.plugin.change([&] { hanging.release = true; });
  engine.until([&] { return engine.status().late == 1; });
  hanging.plugin.wait([&] { return hanging.plugin.destroyed == 1; });
  EXPECT_EQ(engine.count, 2u);
}

TEST(Misbehaviour, AnAbandonedTaskThatHangsIsNotAnswered) {
  Hanging hanging;
  hanging.hang_on = {1};
  EngineSide engine({&hanging.plugin});
  ASSERT_TRUE(engine.give(1, "hanging.go", engine.now() + 5000));
  hanging.until_inside(engine, 1);
  engine.advance(5000);
  engine.abandon(1);
  engine.advance(2100);
  engine.until([&] { return engine.status().hung == 1 && engine.status().in_flight == 0; });
  EXPECT_EQ(engine.count, 0u);
  ASSERT_TRUE(engine.give(2, "hanging.go"));
  engine.until_answers(1);
  EXPECT_EQ(engine.answers[2].status, JF_OK);
}

TEST(Misbehaviour, AnswersAHungThreadHadCollectedAreNotLost) {
  bool release = false;
  FakePlugin halfway("halfway", [&](Made& made, TaskSpan tasks) {
    made.complete(tasks[0]->token, JF_REJECT, "NO");
    made.fake->wait([&] { return release; });
    return JF_OK;
  });
  EngineSide engine({&halfway});
  ASSERT_TRUE(engine.give(1, "halfway.go", engine.now() + 1000));
  engine.until([&] {
    const std::lock_guard lock(halfway.guard);
    return halfway.inside == 1;
  });
  engine.advance(3100);
  engine.until_answers(1);
  EXPECT_EQ(engine.answers[1].code, "NO");
  halfway.change([&] { release = true; });
}

TEST(Misbehaviour, ThreadsThatHangAreBounded) {
  Hanging hanging;
  hanging.hang_on = {1, 2};
  EngineSide engine({&hanging.plugin});
  for (std::uint64_t token = 1; token <= 2; ++token) {
    ASSERT_TRUE(engine.give(token, "hanging.go", engine.now() + 1000));
    hanging.until_inside(engine, static_cast<int>(token));
    engine.advance(3100);
    engine.until_answers(token);
  }
  EXPECT_EQ(engine.status().hung, 2);
  EXPECT_EQ(engine.status().threads, 0);
  EXPECT_EQ(engine.status().state, "broken");
  ASSERT_TRUE(engine.give(3, "hanging.go"));
  engine.until_answers(3);
  EXPECT_EQ(engine.answers[3].status, JF_RETRY);
  EXPECT_EQ(engine.answers[3].code, "PLUGIN_HUNG");

  hanging.plugin.change([&] { hanging.release = true; });  // they come back: so does the place
  hanging.plugin.wait([&] { return hanging.plugin.inside == 0; });
  engine.until([&] {
    engine.advance(100);
    return engine.status().threads == 1;
  });
  ASSERT_TRUE(engine.give(4, "hanging.go"));
  engine.until_answers(4);
  EXPECT_EQ(engine.answers[4].status, JF_OK);
}

TEST(Misbehaviour, OneHungThreadOfManyLeavesTheSharedInstanceAlone) {
  Hanging hanging;
  hanging.hang_on = {1};
  hanging.plugin.plugin.descriptor.reentrant = hanging.plugin.plugin.descriptor.blocking = true;
  hanging.plugin.plugin.threads = 2;
  EngineSide engine({&hanging.plugin});
  ASSERT_TRUE(engine.give(1, "hanging.go", engine.now() + 1000));
  hanging.until_inside(engine, 1);
  engine.advance(3100);
  engine.until_answers(1);
  EXPECT_EQ(engine.status().threads, 2);
  for (std::uint64_t token = 2; token <= 50; ++token) ASSERT_TRUE(engine.give(token, "hanging.go"));
  engine.until_answers(50);
  EXPECT_EQ(hanging.plugin.made, 1);
}

// The plugin takes tasks, returns, and never answers. Their credit comes back once nobody waits for them.
TEST(Misbehaviour, LostCompletionsDoNotStopALaneForEver) {
  constexpr std::uint64_t credit = 2 * max_tasks;
  FakePlugin forgetful("forgetful", [](Made& made, TaskSpan tasks) {
    std::int32_t status = JF_OK;
    for (const auto* task : tasks) {
      if (task->token <= credit) status = JF_PENDING;
      else made.complete(task->token);
    }
    return status;
  });
  EngineSide engine({&forgetful});
  for (std::uint64_t token = 1; token <= credit + 1; ++token) ASSERT_TRUE(engine.give(token, "forgetful.go"));
  engine.until([&] { return engine.status().in_flight == credit; });
  for (std::uint64_t token = 1; token <= credit; ++token) engine.abandon(token);
  engine.until([&] {
    engine.advance(2100);
    return engine.count == 1;
  });
  EXPECT_EQ(engine.answers.count(credit + 1), 1u);
  EXPECT_EQ(engine.status().in_flight, 0u);
}

TEST(Misbehaviour, AThreadThatHangsAtTheEndIsLeftBehind) {
  Hanging hanging;
  hanging.hang_on = {1};
  {
    EngineSide engine({&hanging.plugin}, 10, std::chrono::milliseconds(20));
    ASSERT_TRUE(engine.give(1, "hanging.go"));
    hanging.until_inside(engine, 1);
  }
  EXPECT_EQ(hanging.plugin.destroyed, 0) << "nothing was pulled from under it";
  hanging.plugin.change([&] { hanging.release = true; });
  hanging.plugin.wait([&] { return hanging.plugin.destroyed == 1; });
}

TEST(Misbehaviour, AStopThatHangsIsLeftBehind) {
  bool release = false;
  FakePlugin stubborn("stubborn", answer_all);
  stubborn.on_stop = [&](Made& made) { made.fake->wait([&] { return release; }); };
  {
    EngineSide engine({&stubborn}, 10, std::chrono::milliseconds(20));
  }
  EXPECT_EQ(stubborn.stopped, 0);
  stubborn.change([&] { release = true; });
  stubborn.wait([&] { return stubborn.destroyed == 1; });
}

}  // namespace
}  // namespace jackfield::lane
