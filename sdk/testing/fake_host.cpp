#include "fake_state.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>

namespace jackfield::testing {

namespace {

std::string text(jf_bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data), static_cast<std::size_t>(bytes.len)};
}

Plugin::State& plugin_of(void* self) { return *static_cast<Plugin::State*>(self); }

std::int64_t now_ms(void* self) { return std::atomic_ref(plugin_of(self).host->now).load().time_since_epoch().count(); }

void complete(void* self, std::uint64_t token, const jf_result* result) {
  auto& fake = plugin_of(self).fake();
  const std::lock_guard lock(fake.mutex);
  const auto found = fake.tasks.find(token);
  if (found == fake.tasks.end()) {
    fake.faults.push_back("an answer for token " + std::to_string(token) + ", which was never given out");
    return;
  }
  Entry& entry = *found->second;
  if (++entry.answers > 1) {
    fake.faults.push_back("step " + entry.call.step + " was answered twice, second with code '" + text(result->code) +
                          "'");
    return;
  }
  if (result->status == JF_PENDING) fake.faults.push_back("step " + entry.call.step + " was answered with JF_PENDING");
  entry.answer.status = result->status;
  if (result->status == JF_OK) entry.answer.output = from_msgpack(text(result->output));
  entry.answer.code = text(result->code);
  entry.answer.text = text(result->text);
  entry.answer.retry_after_ms = result->retry_after_ms;
  fake.answered.notify_all();
}

void log(void* self, std::int32_t level, jf_bytes line, jf_bytes) {
  auto& fake = plugin_of(self).fake();
  const std::lock_guard lock(fake.mutex);
  fake.logs.push_back({level, text(line)});
}

void metric(void* self, std::int32_t kind, jf_bytes name, jf_bytes labels, double value) {
  auto& fake = plugin_of(self).fake();
  const std::lock_guard lock(fake.mutex);
  fake.metrics.push_back({kind, text(name), labels.len ? from_msgpack(text(labels)) : "", value});
}

std::int32_t cancelled(void* self, std::uint64_t token) {
  auto& fake = plugin_of(self).fake();
  const std::int64_t now = now_ms(self);
  const std::lock_guard lock(fake.mutex);
  const auto found = fake.tasks.find(token);
  if (found == fake.tasks.end()) return 1;
  const auto& entry = *found->second;
  return entry.is_cancelled || (entry.task.deadline_ms && now >= entry.task.deadline_ms);
}

std::optional<std::string> property_of(const Plugin::State& plugin, const std::string& name) {
  const Options& options = plugin.fake().options;
  if (name == "data_dir") return options.data_dir;
  if (name == "config_dir") return options.config_dir;
  if (name == "zone") return options.zone;
  if (name == "plugin_id") return plugin.id;
  if (name == "store_url") {
    return options.store_url.empty() ? "sqlite3://" + options.data_dir + "/jackfield.db" : options.store_url;
  }
  const auto found = options.properties.find(name);
  if (found == options.properties.end()) return {};
  return found->second;
}

std::int64_t property(void* self, jf_bytes name, std::uint8_t* buffer, std::uint64_t capacity) {
  const auto value = property_of(plugin_of(self), text(name));
  if (!value) return -1;
  if (buffer && capacity) std::memcpy(buffer, value->data(), std::min<std::size_t>(capacity, value->size()));
  return static_cast<std::int64_t>(value->size());
}

}  // namespace

jf_host make_callbacks(Plugin::State* self) {
  return {sizeof(jf_host), JF_ABI_MINOR, self, &complete, &log, &metric, &now_ms, &cancelled, &property};
}

FakeHost::FakeHost(Options options)
    : now(std::chrono::milliseconds(1'795'000'000'000)), state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}

FakeHost::~FakeHost() {
  for (const auto& fault : state_->faults) std::fprintf(stderr, "FakeHost: %s\n", fault.c_str());
  if (!state_->faults.empty()) std::abort();
}

void FakeHost::advance(std::chrono::milliseconds by) {
  const std::atomic_ref clock(now);
  clock.store(clock.load() + by);
}

Plugin FakeHost::load(jf_entry entry, const std::string& settings_json) {
  return Plugin(*this, entry(), nullptr, settings_json);
}

Plugin FakeHost::load(const std::string& file, const std::string& settings_json) {
  std::shared_ptr<void> library(dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL), [](void* it) {
    if (it) dlclose(it);
  });
  if (!library) throw std::runtime_error(dlerror());
  const auto entry = reinterpret_cast<jf_entry>(dlsym(library.get(), JF_ENTRY));
  if (!entry) throw std::runtime_error(file + ": found no symbol " JF_ENTRY ", expected a Jackfield plugin");
  return Plugin(*this, entry(), library, settings_json);
}

std::vector<LogLine> FakeHost::logs() const {
  const std::lock_guard lock(state_->mutex);
  return state_->logs;
}

std::vector<Metric> FakeHost::metrics() const {
  const std::lock_guard lock(state_->mutex);
  return state_->metrics;
}

double FakeHost::metric(std::string_view name) const {
  double value = 0;
  for (const auto& one : metrics()) {
    if (one.name == name) value = one.kind == JF_METRIC_COUNTER ? value + one.value : one.value;
  }
  return value;
}

std::vector<std::string> FakeHost::faults() {
  const std::lock_guard lock(state_->mutex);
  return std::exchange(state_->faults, {});
}

}  // namespace jackfield::testing
