// The figures of GET /metrics: one registry, the fixed names, and a door for what plugins count.
//
// Names and labels below are public and stay. Labels never carry what came from an order. Series are bounded: past
// `series_limit` a new one is not made, and jackfield_metrics_dropped_total says how often.
//
// Thread rule: every function, any thread; none blocks for longer than a short lock.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace jackfield::engine {

enum class MetricKind : std::int32_t { counter = 0, gauge = 1, histogram = 2 };  // as JF_METRIC_*

class Metrics {
 public:
  explicit Metrics(std::size_t series_limit = 4096);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// What there is to count, from the start on: each appears at 0 before the first order comes.
  void expect_flow(std::string_view flow);
  void expect_step(std::string_view step);
  void expect_plugin(std::string_view plugin);

  /// jackfield_instances{flow,state}: how many there are now; set once after recovery.
  void set_instances(std::string_view flow, std::string_view state, std::int64_t count);
  /// An instance came into a state; `from` is empty for a new one. Moves jackfield_instances, and counts
  /// jackfield_instances_total{flow,state} up.
  void instance_moved(std::string_view flow, std::string_view from, std::string_view to);
  /// Ended instances were deleted from the store.
  void instances_pruned(std::string_view flow, std::string_view state, std::int64_t count);

  /// jackfield_steps_total{step,outcome} and jackfield_step_seconds{step}.
  void step_done(std::string_view step, std::string_view outcome, std::chrono::microseconds took);
  /// jackfield_dead_letters: how many there are now.
  void set_dead_letters(std::int64_t count);
  /// jackfield_plugin_crashes_total{plugin}
  void plugin_crashed(std::string_view plugin);
  /// jackfield_plugin_quarantined{plugin}
  void plugin_quarantined(std::string_view plugin, bool is);
  /// jackfield_store_commit_seconds
  void committed(std::chrono::microseconds took);
  /// jackfield_http_requests_total{method,status}
  void http_answered(std::string_view method, int status);

  /// A plugin's own: jackfield_plugin_<name>{plugin="<id>",…}. A name or label that Prometheus does not take, or one
  /// used before as another kind, is dropped and counted.
  void plugin_metric(MetricKind kind, std::string_view plugin, std::string_view name,
                     const std::map<std::string, std::string>& labels, double value);

  /// Prometheus' text format, version 0.0.4.
  [[nodiscard]] std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jackfield::engine
