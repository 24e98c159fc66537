#include "engine/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace jackfield::engine {
namespace {

using Labels = std::map<std::string, std::string>;
using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;

const Histogram::BucketBoundaries& seconds_buckets() {
  static const Histogram::BucketBoundaries buckets{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                   0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30};
  return buckets;
}

double seconds(std::chrono::microseconds took) { return std::chrono::duration<double>(took).count(); }

bool takes_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// What the host itself says of plugins, under the names that theirs get.
bool is_own(std::string_view name) { return name == "crashes_total" || name == "quarantined"; }

bool takes_label(const std::string& name, const std::string& value) {
  return takes_name(name) && !(name[0] >= '0' && name[0] <= '9') && name.substr(0, 2) != "__" && name != "plugin" &&
         name != "le" && value.size() <= 256;
}

// Two label values to their series, found without building strings: steps are counted at every transition. Of the
// second there are few.
template <class Series>
class Pairs {
 public:
  Series* find(std::string_view a, std::string_view b) const {
    const auto found = series_.find(a);
    if (found == series_.end()) return nullptr;
    const auto at = std::find_if(found->second.begin(), found->second.end(), [&](const auto& one) { return one.first == b; });
    return at == found->second.end() ? nullptr : at->second;
  }
  void keep(std::string_view a, std::string_view b, Series* series) {
    series_[std::string(a)].emplace_back(std::string(b), series);
  }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::vector<std::pair<std::string, Series*>>, Hash, std::equal_to<>> series_;
};

}  // namespace

struct Metrics::Impl {
  explicit Impl(std::size_t limit) : series_limit(limit) {}

  prometheus::Registry registry;
  std::size_t series_limit;
  // Guards the maps below, not the figures: prometheus-cpp's own are atomic. Held for a look-up.
  std::mutex mutex;
  std::size_t series = 0;
  Pairs<Counter> instances_total, steps_total, crashes, requests;
  Pairs<Gauge> instances, quarantined;
  Pairs<Histogram> step_seconds;
  std::map<std::string, MetricKind> plugin_kinds;
  std::set<std::pair<std::string, Labels>> plugin_series;

  template <class Series>
  static prometheus::Family<Series>& family(prometheus::Registry& registry, const std::string& name,
                                            const std::string& help) {
    if constexpr (std::is_same_v<Series, Counter>) {
      return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
    } else if constexpr (std::is_same_v<Series, Gauge>) {
      return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
    } else {
      return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
    }
  }

  prometheus::Family<Counter>& instances_total_family =
      family<Counter>(registry, "jackfield_instances_total", "Instances that came into a state.");
  prometheus::Family<Gauge>& instances_family =
      family<Gauge>(registry, "jackfield_instances", "Instances kept, by the state they are in.");
  prometheus::Family<Counter>& steps_family =
      family<Counter>(registry, "jackfield_steps_total", "Attempts at a step, by outcome.");
  prometheus::Family<Histogram>& step_seconds_family =
      family<Histogram>(registry, "jackfield_step_seconds", "How long an attempt at a step took.");
  Gauge& dead_letters =
      family<Gauge>(registry, "jackfield_dead_letters", "Dead letters that wait for a person.").Add({});
  prometheus::Family<Counter>& crashes_family =
      family<Counter>(registry, "jackfield_plugin_crashes_total", "How often a plugin broke or its process died.");
  prometheus::Family<Gauge>& quarantined_family =
      family<Gauge>(registry, "jackfield_plugin_quarantined", "1 while a plugin is quarantined or being tried after.");
  Histogram& commits =
      family<Histogram>(registry, "jackfield_store_commit_seconds", "How long the store took to commit a batch.")
          .Add({}, seconds_buckets());
  prometheus::Family<Counter>& requests_family =
      family<Counter>(registry, "jackfield_http_requests_total", "Answers of the HTTP API, by method and status.");
  Counter& dropped = family<Counter>(registry, "jackfield_metrics_dropped_total",
                                     "Figures not kept: too many series, or a name that is none.")
                         .Add({});

  template <class Series, class... Args>
  Series* at(Pairs<Series>& known, prometheus::Family<Series>& in, std::string_view a, std::string_view b,
             const char* a_name, const char* b_name, const Args&... args) {
    const std::lock_guard lock(mutex);
    if (Series* found = known.find(a, b)) return found;
    if (series >= series_limit) {
      dropped.Increment();
      return nullptr;
    }
    ++series;
    Labels labels{{a_name, std::string(a)}};
    if (b_name != nullptr) labels.emplace(b_name, std::string(b));
    Series* made = &in.Add(labels, args...);
    known.keep(a, b, made);
    return made;
  }

  // True where this plugin's series may be used: the name keeps its first kind, and there is room.
  bool admit(MetricKind kind, const std::string& name, const Labels& labels) {
    const std::lock_guard lock(mutex);
    const auto known = plugin_kinds.find(name);
    if (known != plugin_kinds.end() && known->second != kind) return false;
    if (plugin_series.count({name, labels}) > 0) return true;
    if (series >= series_limit) return false;
    ++series;
    plugin_kinds.emplace(name, kind);
    plugin_series.emplace(name, labels);
    return true;
  }
};

Metrics::Metrics(std::size_t series_limit) : impl_(std::make_unique<Impl>(series_limit)) {}
Metrics::~Metrics() = default;

void Metrics::expect_flow(std::string_view flow) {
  for (const char* state : {"running", "waiting", "completed", "rejected", "cancelled", "failed", "held"}) {
    impl_->at(impl_->instances, impl_->instances_family, flow, state, "flow", "state");
    impl_->at(impl_->instances_total, impl_->instances_total_family, flow, state, "flow", "state");
  }
}

void Metrics::expect_step(std::string_view step) {
  for (const char* outcome : {"done", "retry", "rejected", "failed", "unknown", "timeout"}) {
    impl_->at(impl_->steps_total, impl_->steps_family, step, outcome, "step", "outcome");
  }
  impl_->at(impl_->step_seconds, impl_->step_seconds_family, step, "", "step", nullptr, seconds_buckets());
}

void Metrics::expect_plugin(std::string_view plugin) {
  impl_->at(impl_->crashes, impl_->crashes_family, plugin, "", "plugin", nullptr);
}

void Metrics::set_instances(std::string_view flow, std::string_view state, std::int64_t count) {
  Gauge* gauge = impl_->at(impl_->instances, impl_->instances_family, flow, state, "flow", "state");
  if (gauge != nullptr) gauge->Set(static_cast<double>(count));
}

void Metrics::instance_moved(std::string_view flow, std::string_view from, std::string_view to) {
  if (from == to) return;
  if (!from.empty()) {
    Gauge* left = impl_->at(impl_->instances, impl_->instances_family, flow, from, "flow", "state");
    if (left != nullptr) left->Decrement();
  }
  Gauge* now = impl_->at(impl_->instances, impl_->instances_family, flow, to, "flow", "state");
  if (now != nullptr) now->Increment();
  Counter* total = impl_->at(impl_->instances_total, impl_->instances_total_family, flow, to, "flow", "state");
  if (total != nullptr) total->Increment();
}

void Metrics::instances_pruned(std::string_view flow, std::string_view state, std::int64_t count) {
  Gauge* gauge = impl_->at(impl_->instances, impl_->instances_family, flow, state, "flow", "state");
  if (gauge != nullptr) gauge->Decrement(static_cast<double>(count));
}

void Metrics::step_done(std::string_view step, std::string_view outcome, std::chrono::microseconds took) {
  Counter* total = impl_->at(impl_->steps_total, impl_->steps_family, step, outcome, "step", "outcome");
  if (total != nullptr) total->Increment();
  Histogram* time =
      impl_->at(impl_->step_seconds, impl_->step_seconds_family, step, "", "step", nullptr, seconds_buckets());
  if (time != nullptr) time->Observe(seconds(took));
}

void Metrics::set_dead_letters(std::int64_t count) { impl_->dead_letters.Set(static_cast<double>(count)); }

void Metrics::plugin_crashed(std::string_view plugin) {
  Counter* total = impl_->at(impl_->crashes, impl_->crashes_family, plugin, "", "plugin", nullptr);
  if (total != nullptr) total->Increment();
}

void Metrics::plugin_quarantined(std::string_view plugin, bool is) {
  Gauge* gauge = impl_->at(impl_->quarantined, impl_->quarantined_family, plugin, "", "plugin", nullptr);
  if (gauge != nullptr) gauge->Set(is ? 1 : 0);
}

void Metrics::committed(std::chrono::microseconds took) { impl_->commits.Observe(seconds(took)); }

void Metrics::http_answered(std::string_view method, int status) {
  const std::string code = std::to_string(status);
  Counter* total = impl_->at(impl_->requests, impl_->requests_family, method, code, "method", "status");
  if (total != nullptr) total->Increment();
}

void Metrics::plugin_metric(MetricKind kind, std::string_view plugin, std::string_view name,
                            const std::map<std::string, std::string>& labels, double value) {
  const bool known = kind == MetricKind::counter || kind == MetricKind::gauge || kind == MetricKind::histogram;
  const bool well_formed = known && takes_name(name) && !is_own(name) && std::isfinite(value) && labels.size() <= 8 &&
                           !(kind == MetricKind::counter && value < 0) &&
                           std::all_of(labels.begin(), labels.end(),
                                       [](const auto& label) { return takes_label(label.first, label.second); });
  const std::string full = "jackfield_plugin_" + std::string(name);
  Labels all = labels;
  all["plugin"] = std::string(plugin);
  if (!well_formed || !impl_->admit(kind, full, all)) return impl_->dropped.Increment();
  const std::string help = "Counted by a plugin.";
  switch (kind) {
    case MetricKind::counter: return Impl::family<Counter>(impl_->registry, full, help).Add(all).Increment(value);
    case MetricKind::gauge: return Impl::family<Gauge>(impl_->registry, full, help).Add(all).Set(value);
    case MetricKind::histogram:
      return Impl::family<Histogram>(impl_->registry, full, help).Add(all, seconds_buckets()).Observe(value);
  }
  impl_->dropped.Increment();
}

std::string Metrics::text() const { return prometheus::TextSerializer().Serialize(impl_->registry.Collect()); }

}  // namespace jackfield::engine
