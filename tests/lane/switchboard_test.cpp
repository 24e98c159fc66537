// Tasks reach plugins and answers come back: each once, no more under way than credit allows, nobody waits for another.
#include "engine_side.hpp"

#include "lane/frames.hpp"

#include <gmock/gmock.h>

#include <stdexcept>
#include <thread>

namespace jackfield::lane {
namespace {

using testing::HasSubstr;

std::int32_t answer_all(Made& made, TaskSpan tasks) {
  for (const auto* task : tasks) made.complete(task->token);
  return JF_OK;
}

TEST(Switchboard, AHundredThousandTasksAreAnsweredOnceEach) {
  FakePlugin fast("fast", answer_all);
  EngineSide engine({&fast}, 1000);
  std::uint64_t next = 1;
  engine.until([&] {
    while (next <= 100'000 && engine.give(next, "fast.go")) ++next;
    return engine.count == 100'000;
  });
  EXPECT_EQ(engine.answers.size(), 100'000u);
  EXPECT_EQ(engine.status().calls, 100'000u);
  EXPECT_EQ(engine.status().late, 0u);
  EXPECT_EQ(engine.status().in_flight, 0u);
  EXPECT_EQ(fast.most_inside, 1) << "it is not reentrant";
}

TEST(Switchboard, TheAnswerCarriesWhatThePluginSaid) {
  FakePlugin fast("fast", [](Made& made, TaskSpan tasks) {
    made.complete(tasks[0]->token, JF_RETRY, "BUSY", 250);
    return JF_OK;
  });
  EngineSide engine({&fast});
  ASSERT_TRUE(engine.give(1, "fast.go"));
  engine.until_answers(1);
  EXPECT_EQ(engine.answers[1].status, JF_RETRY);
  EXPECT_EQ(engine.answers[1].code, "BUSY");
  EXPECT_EQ(engine.answers[1].retry_after_ms, 250u);
  EXPECT_GE(engine.answers[1].took_us, 0);
}

TEST(Switchboard, TheTaskArrivesWhole) {
  std::string seen;
  FakePlugin fast("fast", [&](Made& made, TaskSpan tasks) {
    const auto text = [](const jf_bytes& b) { return std::string(reinterpret_cast<const char*>(b.data), b.len); };
    const jf_task& task = *tasks[0];
    seen = text(task.step) + " " + text(task.instance) + " " + text(task.flow) + " " + text(task.key) + " " +
           std::to_string(task.attempt) + " " + std::to_string(task.deadline_ms) + " " + std::to_string(task.input.len);
    return answer_all(made, tasks);
  });
  EngineSide engine({&fast});
  ASSERT_TRUE(engine.give(1, "fast.go", 2'000'000));
  engine.until_answers(1);
  EXPECT_EQ(seen, "fast.go i1 open-account i1/fast.go 1 2000000 1");
}

TEST(Switchboard, AnUnknownStepIsAnsweredThroughCollect) {
  FakePlugin fast("fast", answer_all);
  EngineSide engine({&fast});
  ASSERT_TRUE(engine.give(1, "fast.fly"));
  engine.until_answers(1);
  EXPECT_EQ(engine.answers[1].status, JF_FAIL);
  EXPECT_EQ(engine.answers[1].code, "STEP_UNKNOWN");
  EXPECT_THAT(engine.answers[1].text, HasSubstr("'fast.fly'"));
}

TEST(Switchboard, AFullQueueRefuses) {
  FakePlugin fast("fast", answer_all);
  EngineSide engine({&fast}, 10);
  for (std::uint64_t token = 1; token <= 10; ++token) ASSERT_TRUE(engine.give(token, "fast.go"));
  EXPECT_FALSE(engine.give(11, "fast.go"));
  EXPECT_EQ(engine.status().waiting, 10u);
  engine.until_answers(10);
  EXPECT_TRUE(engine.give(11, "fast.go"));
}

TEST(Switchboard, WhatIsAbandonedWhileItWaitsMakesRoomAndIsNeverDone) {
  std::vector<std::uint64_t> done;
  FakePlugin fast("fast", [&](Made& made, TaskSpan tasks) {
    for (const auto* task : tasks) done.push_back(task->token);
    return answer_all(made, tasks);
  });
  EngineSide engine({&fast}, 2);
  ASSERT_TRUE(engine.give(1, "fast.go"));
  ASSERT_TRUE(engine.give(2, "fast.go"));
  engine.abandon(1);
  EXPECT_EQ(engine.status().waiting, 1u);
  ASSERT_TRUE(engine.give(3, "fast.go"));
  engine.until_answers(2);
  EXPECT_EQ(done, (std::vector<std::uint64_t>{2, 3}));
}

// A plugin that keeps everything: no more may be under way to it than its credit, and nothing else grows.
TEST(Switchboard, NoMoreIsUnderWayThanCreditAllows) {
  constexpr std::size_t credit = 2 * max_tasks;
  std::vector<std::uint64_t> held;
  std::size_t most_held = 0, most_a_call = 0;
  const jf_host* host = nullptr;
  FakePlugin slow("slow", [&](Made& made, TaskSpan tasks) {
    made.fake->change([&] {
      host = made.host;
      for (const auto* task : tasks) held.push_back(task->token);
      most_held = std::max(most_held, held.size());
      most_a_call = std::max(most_a_call, tasks.size());
    });
    return JF_PENDING;
  });
  EngineSide engine({&slow});
  for (std::uint64_t token = 1; token <= 1000; ++token) ASSERT_TRUE(engine.give(token, "slow.go"));
  while (engine.count < 1000) {
    engine.until([&] {
      const std::lock_guard lock(slow.guard);
      return held.size() == std::min<std::size_t>(credit, 1000 - engine.count);
    });
    EXPECT_LE(engine.status().in_flight, credit);
    std::vector<std::uint64_t> now;
    slow.change([&] { now.swap(held); });
    const Made made{&slow, host, 1};
    std::thread foreign([&] {  // completions come from a thread that is none of the host's
      for (const auto token : now) made.complete(token);
    });
    foreign.join();
    const auto before = engine.count;
    engine.until([&] { return engine.count == before + now.size(); });
  }
  EXPECT_EQ(most_held, credit);
  EXPECT_LE(most_a_call, max_tasks);
  EXPECT_EQ(engine.answers.size(), 1000u);
}

TEST(Switchboard, ManyForeignThreadsAnswerAtOnce) {
  std::vector<std::thread> threads;
  FakePlugin slow("slow", [&](Made& made, TaskSpan tasks) {
    for (const auto* task : tasks)
      threads.emplace_back([copy = made, token = task->token] { copy.complete(token); });
    return JF_PENDING;
  });
  slow.on_stop = [&](Made&) {
    for (auto& thread : threads) thread.join();
  };
  EngineSide engine({&slow});
  for (std::uint64_t token = 1; token <= 500; ++token) ASSERT_TRUE(engine.give(token, "slow.go"));
  engine.until_answers(500);
  EXPECT_EQ(engine.status().late, 0u);
}

TEST(Switchboard, OtherPluginsDoNotWaitForOneThatBlocks) {
  bool release = false;
  FakePlugin blocked("blocked", [&](Made& made, TaskSpan tasks) {
    made.fake->wait([&] { return release; });
    return answer_all(made, tasks);
  });
  FakePlugin fast("fast", answer_all);
  EngineSide engine({&blocked, &fast});
  ASSERT_TRUE(engine.give(1, "blocked.go"));
  for (std::uint64_t token = 2; token <= 5001; ++token) ASSERT_TRUE(engine.give(token, "fast.go"));
  engine.until_answers(5000);
  EXPECT_EQ(engine.answers.count(1), 0u);
  blocked.change([&] { release = true; });
  engine.until_answers(5001);
}

TEST(Switchboard, AnIdleThreadTakesWhatWouldWaitBehindABlockedOne) {
  bool blocked = false, release = false;
  FakePlugin adapter("adapter", [&](Made& made, TaskSpan tasks) {
    if (tasks[0]->token == 1) made.fake->change([&] { blocked = true; });
    made.fake->wait([&] { return tasks[0]->token == 1 ? release : blocked; });  // none is done before one is blocked
    return answer_all(made, tasks);
  });
  adapter.plugin.descriptor.reentrant = adapter.plugin.descriptor.blocking = true;
  adapter.plugin.threads = 2;
  EngineSide engine({&adapter});
  for (std::uint64_t token = 1; token <= 100; ++token) ASSERT_TRUE(engine.give(token, "adapter.go"));
  engine.until_answers(99);
  EXPECT_EQ(engine.answers.count(1), 0u);
  adapter.change([&] { release = true; });
  engine.until_answers(100);
  EXPECT_EQ(adapter.most_inside, 2);
}

TEST(Switchboard, AReentrantPluginRunsOnAllItsThreads) {
  FakePlugin wide("wide", [](Made& made, TaskSpan tasks) {
    made.fake->wait([&] { return made.fake->most_inside == 4; });  // none leaves before all four came
    return answer_all(made, tasks);
  });
  wide.plugin.descriptor.reentrant = true;
  wide.plugin.threads = 4;
  EngineSide engine({&wide});
  for (std::uint64_t token = 1; token <= 400; ++token) ASSERT_TRUE(engine.give(token, "wide.go"));
  engine.until_answers(400);
  EXPECT_EQ(wide.made, 1) << "they share one instance";
}

TEST(Switchboard, ALateAnswerIsDroppedAndCountedAndGivesItsCreditBack) {
  Made keeper;
  std::vector<std::uint64_t> held;
  FakePlugin slow("slow", [&](Made& made, TaskSpan tasks) {
    made.fake->change([&] {
      keeper = made;
      for (const auto* task : tasks) held.push_back(task->token);
    });
    return JF_PENDING;
  });
  EngineSide engine({&slow});
  ASSERT_TRUE(engine.give(1, "slow.go"));
  engine.until([&] {
    const std::lock_guard lock(slow.guard);
    return held.size() == 1;
  });
  engine.abandon(1);
  keeper.complete(1);
  engine.until([&] { return engine.status().late == 1; });
  EXPECT_EQ(engine.status().in_flight, 0u);
  EXPECT_EQ(engine.count, 0u);
}

TEST(Switchboard, ASecondAnswerIsDroppedAndCounted) {
  FakePlugin twice("twice", [](Made& made, TaskSpan tasks) {
    made.complete(tasks[0]->token);
    made.complete(tasks[0]->token, JF_FAIL, "CHANGED_ITS_MIND");
    return JF_OK;
  });
  EngineSide engine({&twice});
  ASSERT_TRUE(engine.give(1, "twice.go"));
  engine.until_answers(1);
  EXPECT_EQ(engine.answers[1].status, JF_OK);
  EXPECT_EQ(engine.status().late, 1u);
}

TEST(Switchboard, AbandoningTellsThePluginWhileItIsBusy) {
  bool told = false;
  FakePlugin patient("patient", [&](Made& made, TaskSpan tasks) {
    EXPECT_EQ(made.host->cancelled(made.host->self, tasks[0]->token), 0);
    made.fake->wait([&] { return told; });
    EXPECT_EQ(made.host->cancelled(made.host->self, tasks[0]->token), 1);
    return answer_all(made, tasks);
  });
  patient.on_cancel = [&](Made& made, std::uint64_t token) {
    EXPECT_EQ(token, 1u);
    made.fake->change([&] { told = true; });
  };
  EngineSide engine({&patient});
  ASSERT_TRUE(engine.give(1, "patient.go"));
  engine.until([&] {
    const std::lock_guard lock(patient.guard);
    return patient.inside == 1;
  });
  engine.abandon(1);
  engine.until([&] { return engine.status().late == 1; });
  EXPECT_EQ(engine.count, 0u);
}

TEST(Switchboard, ATaskPastItsDeadlineIsNotBegun) {
  FakePlugin fast("fast", [](Made& made, TaskSpan tasks) {
    ADD_FAILURE() << "nobody wants this answer";
    return answer_all(made, tasks);
  });
  EngineSide engine({&fast});
  ASSERT_TRUE(engine.give(1, "fast.go", engine.now() - 1));
  engine.until_answers(1);
  EXPECT_EQ(engine.answers[1].status, JF_RETRY);
  EXPECT_EQ(engine.answers[1].code, "NOT_BEGUN");
}

TEST(Switchboard, StopFinishesWhatHasBegun) {
  std::vector<std::string> order;
  bool release = false;
  FakePlugin slow("slow", [&](Made& made, TaskSpan tasks) {
    made.fake->wait([&] { return release; });
    made.fake->change([&] { order.push_back("processed"); });
    return answer_all(made, tasks);
  });
  slow.on_stop = [&](Made& made) { made.fake->change([&] { order.push_back("stopped"); }); };
  EngineSide engine({&slow});
  ASSERT_TRUE(engine.give(1, "slow.go"));
  engine.until([&] {
    const std::lock_guard lock(slow.guard);
    return slow.inside == 1;
  });
  std::thread stopping([&] { engine.stop(); });
  slow.change([&] { release = true; });
  stopping.join();
  EXPECT_EQ(order, (std::vector<std::string>{"processed", "stopped"}));
  EXPECT_EQ(slow.destroyed, 1);
}

TEST(Switchboard, APluginThatRefusesItsSettingsStopsTheStart) {
  FakePlugin fast("fast", answer_all), fussy("fussy", answer_all), picky("picky", answer_all);
  fussy.on_create = [](int) { return "numbers.csv:3: a number of 12 digits"; };
  picky.on_create = [](int) { return "no url"; };
  try {
    EngineSide engine({&fast, &fussy, &picky});
    FAIL() << "it started";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("plugin 'fussy' cannot be made: numbers.csv:3: a number of 12 digits"));
    EXPECT_THAT(error.what(), HasSubstr("plugin 'picky' cannot be made: no url"));
  }
  EXPECT_EQ(fast.destroyed, 1);
}

TEST(Switchboard, ThePluginReadsPropertiesAndSecretsAndGivesMetrics) {
  std::string read;
  FakePlugin curious("curious", [&](Made& made, TaskSpan tasks) {
    const auto bytes = [](std::string_view text) {
      return jf_bytes{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
    };
    for (const char* name :
         {"data_dir", "config_dir", "zone", "store_url", "plugin_id", "secret:password", "shoe_size"}) {
      std::uint8_t buffer[64];
      const auto size = made.host->property(made.host->self, bytes(name), buffer, sizeof buffer);
      read += size < 0 ? "none" : std::string(reinterpret_cast<char*>(buffer), static_cast<std::size_t>(size)) + " ";
    }
    std::uint8_t two[2];
    EXPECT_EQ(made.host->property(made.host->self, bytes("zone"), two, 2), 13);
    made.host->metric(made.host->self, JF_METRIC_COUNTER, bytes("sold"), {}, 3);
    EXPECT_EQ(made.host->now_ms(made.host->self), 1'000'000);
    return answer_all(made, tasks);
  });
  EngineSide engine({&curious});
  ASSERT_TRUE(engine.give(1, "curious.go"));
  engine.until_answers(1);
  EXPECT_EQ(read, "/data /config Asia/Shanghai sqlite3://x curious sesame none");
  EXPECT_EQ(engine.metrics, "curious 0 sold 3");
}

}  // namespace
}  // namespace jackfield::lane
