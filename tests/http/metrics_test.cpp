#include "engine/metrics.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace jackfield::engine {
namespace {

using namespace std::chrono_literals;

bool has(const Metrics& metrics, const std::string& line) {
  return metrics.text().find(line + "\n") != std::string::npos;
}

TEST(Metrics, CarryTheFixedNames) {
  Metrics metrics;
  metrics.instance_moved("open-account", "", "running");
  metrics.instance_moved("open-account", "running", "completed");
  metrics.step_done("credit.check", "done", 2ms);
  metrics.set_dead_letters(3);
  metrics.plugin_crashed("card");
  metrics.committed(700us);
  EXPECT_TRUE(has(metrics, R"(jackfield_instances_total{flow="open-account",state="completed"} 1)"));
  EXPECT_TRUE(has(metrics, R"(jackfield_instances{flow="open-account",state="running"} 0)"));
  EXPECT_TRUE(has(metrics, R"(jackfield_instances{flow="open-account",state="completed"} 1)"));
  EXPECT_TRUE(has(metrics, R"(jackfield_steps_total{outcome="done",step="credit.check"} 1)"));
  EXPECT_TRUE(has(metrics, R"(jackfield_step_seconds_count{step="credit.check"} 1)"));
  EXPECT_TRUE(has(metrics, R"(jackfield_step_seconds_bucket{step="credit.check",le="0.001"} 0)"));
  EXPECT_TRUE(has(metrics, R"(jackfield_step_seconds_bucket{step="credit.check",le="0.0025"} 1)"));
  EXPECT_TRUE(has(metrics, "jackfield_dead_letters 3"));
  EXPECT_TRUE(has(metrics, R"(jackfield_plugin_crashes_total{plugin="card"} 1)"));
  EXPECT_TRUE(has(metrics, "jackfield_store_commit_seconds_count 1"));
}

TEST(Metrics, AppearAtZeroBeforeAnythingHappens) {
  Metrics metrics;
  metrics.expect_flow("open-account");
  metrics.expect_step("credit.check");
  metrics.expect_plugin("credit");
  for (const char* state : {"running", "waiting", "completed", "rejected", "cancelled", "failed", "held"}) {
    const std::string labels = std::string(R"({flow="open-account",state=")") + state + R"("} 0)";
    EXPECT_TRUE(has(metrics, "jackfield_instances" + labels)) << state;
    EXPECT_TRUE(has(metrics, "jackfield_instances_total" + labels)) << state;
  }
  EXPECT_TRUE(has(metrics, R"(jackfield_steps_total{outcome="done",step="credit.check"} 0)"));
  EXPECT_TRUE(has(metrics, R"(jackfield_step_seconds_count{step="credit.check"} 0)"));
  EXPECT_TRUE(has(metrics, R"(jackfield_plugin_crashes_total{plugin="credit"} 0)"));
  EXPECT_TRUE(has(metrics, "jackfield_dead_letters 0"));
  EXPECT_TRUE(has(metrics, "jackfield_store_commit_seconds_count 0"));
}

TEST(Metrics, GiveAPluginADoorOfItsOwn) {
  Metrics metrics;
  metrics.plugin_metric(MetricKind::counter, "resource", "reserved", {{"kind", "number"}}, 2);
  metrics.plugin_metric(MetricKind::gauge, "resource", "free", {}, 7);
  metrics.plugin_metric(MetricKind::histogram, "credit", "seconds", {}, 0.2);
  EXPECT_TRUE(has(metrics, R"(jackfield_plugin_reserved{kind="number",plugin="resource"} 2)"));
  EXPECT_TRUE(has(metrics, R"(jackfield_plugin_free{plugin="resource"} 7)"));
  EXPECT_TRUE(has(metrics, R"(jackfield_plugin_seconds_count{plugin="credit"} 1)"));
}

TEST(Metrics, DropWhatAPluginCannotMean) {
  Metrics metrics;
  metrics.plugin_metric(MetricKind::gauge, "p", "level", {}, 1);
  metrics.plugin_metric(MetricKind::counter, "p", "level", {}, 1);  // the same name as another kind
  metrics.plugin_metric(MetricKind::gauge, "p", "with space", {}, 1);
  metrics.plugin_metric(MetricKind::gauge, "p", "x", {{"plugin", "q"}}, 1);
  metrics.plugin_metric(MetricKind::counter, "p", "down", {}, -1);
  EXPECT_TRUE(has(metrics, "jackfield_metrics_dropped_total 4"));
  EXPECT_TRUE(has(metrics, R"(jackfield_plugin_level{plugin="p"} 1)"));
}

TEST(Metrics, OfAPluginAreNeverTakenForTheHosts) {
  Metrics metrics;
  metrics.plugin_quarantined("p", true);
  metrics.plugin_metric(MetricKind::counter, "p", "quarantined", {}, 1);
  metrics.plugin_metric(MetricKind::gauge, "p", "quarantined", {}, 0);
  metrics.plugin_metric(MetricKind::gauge, "p", "crashes_total", {}, 1);
  metrics.plugin_metric(static_cast<MetricKind>(7), "p", "odd", {}, 1);
  EXPECT_TRUE(has(metrics, R"(jackfield_plugin_quarantined{plugin="p"} 1)"));
  EXPECT_TRUE(has(metrics, "jackfield_metrics_dropped_total 4"));
  metrics.plugin_metric(MetricKind::counter, "p", "odd", {}, 1);
  EXPECT_TRUE(has(metrics, R"(jackfield_plugin_odd{plugin="p"} 1)")) << "a kind that is none takes no name";
}

TEST(Metrics, DoNotGrowWithoutBound) {
  Metrics metrics(10);
  for (int i = 0; i < 100; ++i) metrics.plugin_metric(MetricKind::counter, "p", "n", {{"id", std::to_string(i)}}, 1);
  EXPECT_TRUE(has(metrics, R"(jackfield_plugin_n{id="9",plugin="p"} 1)"));
  EXPECT_FALSE(has(metrics, R"(jackfield_plugin_n{id="10",plugin="p"} 1)"));
  EXPECT_TRUE(has(metrics, "jackfield_metrics_dropped_total 90"));
}

TEST(Metrics, CountFromSeveralThreadsAtOnce) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) metrics.step_done("a.b", i % 2 == 0 ? "done" : "failed", 1us);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(has(metrics, R"(jackfield_steps_total{outcome="done",step="a.b"} 2000)"));
  EXPECT_TRUE(has(metrics, R"(jackfield_step_seconds_count{step="a.b"} 4000)"));
}

}  // namespace
}  // namespace jackfield::engine
