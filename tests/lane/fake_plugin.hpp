// A plugin made of lambdas, and the registry that offers it: no library is loaded.
//
// The table has no place for a pointer of its own, so the settings carry the fake's address to create().
#pragma once

#include "plugin/registry.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace jackfield::lane {

class FakePlugin;

/// One made instance.
struct Made {
  FakePlugin* fake = nullptr;
  const jf_host* host = nullptr;
  int number = 0;

  void complete(std::uint64_t token, std::int32_t status = JF_OK, const std::string& code = "",
                std::uint32_t retry_after_ms = 0) const {
    jf_result result{};
    result.size = sizeof result;
    result.status = status;
    result.retry_after_ms = retry_after_ms;
    static constexpr std::uint8_t empty_map[] = {0x80};
    if (status == JF_OK) result.output = {empty_map, 1};
    result.code = {reinterpret_cast<const std::uint8_t*>(code.data()), code.size()};
    host->complete(host->self, token, &result);
  }
};

using TaskSpan = std::span<const jf_task* const>;

class FakePlugin {
 public:
  FakePlugin(std::string id, std::function<std::int32_t(Made&, TaskSpan)> process) : on_process(std::move(process)) {
    plugin.descriptor.id = std::move(id);
    plugin.descriptor.version = "1.0.0";
    plugin.descriptor.kind = "plugin";
    plugin::StepDescriptor step;
    step.id = plugin.descriptor.id + ".go";
    plugin.descriptor.steps.push_back(step);
    plugin.table = &table();
    plugin.settings_json =
        nlohmann::json{{"fake", reinterpret_cast<std::uintptr_t>(this)}, {"password", "sesame"}}.dump();
  }
  // What a thread left behind may still do comes first.
  ~FakePlugin() { wait([this] { return destroyed == made; }); }
  FakePlugin(const FakePlugin&) = delete;
  FakePlugin& operator=(const FakePlugin&) = delete;

  /// Waits until `true`, which every change of the counters below asks anew.
  template <class Condition>
  void wait(Condition condition) {
    std::unique_lock lock(guard);
    changed.wait(lock, condition);
  }
  template <class Change>
  void change(Change change_it) {
    const std::lock_guard lock(guard);
    change_it();
    changed.notify_all();
  }

  plugin::Plugin plugin;
  std::function<std::int32_t(Made&, TaskSpan)> on_process;
  std::function<std::string(int number)> on_create;   // what it refuses with; empty: it does not
  std::function<void(Made&)> on_stop;
  std::function<void(Made&, std::uint64_t)> on_cancel;

  std::mutex guard;
  std::condition_variable changed;
  int made = 0, refused = 0, stopped = 0, destroyed = 0;
  int inside = 0, most_inside = 0;                    // threads in process()

 private:
  static const jf_plugin& table() {
    static const jf_plugin the_table{sizeof(jf_plugin), 0, {}, create, process, cancel, stop, destroy};
    return the_table;
  }
  static std::int32_t create(const jf_host* host, jf_bytes settings, void** instance, jf_error* error) {
    const auto decoded = nlohmann::json::from_msgpack(settings.data, settings.data + settings.len);
    auto& fake = *reinterpret_cast<FakePlugin*>(decoded["fake"].get<std::uintptr_t>());
    static thread_local std::string text;
    text = fake.on_create ? fake.on_create(fake.made + fake.refused + 1) : "";
    if (!text.empty()) {
      fake.change([&] { ++fake.refused; });
      error->text = {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
      return JF_FAIL;
    }
    auto* const one = new Made{&fake, host, 0};
    fake.change([&] { one->number = ++fake.made; });
    *instance = one;
    return JF_OK;
  }
  static std::int32_t process(void* instance, const jf_task* const* tasks, std::uint64_t n) {
    auto& one = *static_cast<Made*>(instance);
    auto& fake = *one.fake;
    fake.change([&] { fake.most_inside = std::max(fake.most_inside, ++fake.inside); });
    struct Leave {
      FakePlugin& fake;
      ~Leave() { fake.change([this] { --fake.inside; }); }
    } leave{fake};
    return fake.on_process(one, {tasks, n});
  }
  static void cancel(void* instance, std::uint64_t token) {
    auto& one = *static_cast<Made*>(instance);
    if (one.fake->on_cancel) one.fake->on_cancel(one, token);
  }
  static void stop(void* instance) {
    auto& one = *static_cast<Made*>(instance);
    if (one.fake->on_stop) one.fake->on_stop(one);
    one.fake->change([&] { ++one.fake->stopped; });
  }
  static void destroy(void* instance) {
    auto* const one = static_cast<Made*>(instance);
    auto& fake = *one->fake;
    delete one;
    fake.change([&] { ++fake.destroyed; });
  }
};

class FakeRegistry final : public plugin::Registry {
 public:
  explicit FakeRegistry(std::initializer_list<FakePlugin*> fakes) {
    for (const auto* fake : fakes) plugins_.push_back(fake->plugin);
  }
  const std::vector<plugin::Plugin>& plugins() const override { return plugins_; }
  const plugin::Plugin* find(const std::string& id) const override {
    for (const auto& plugin : plugins_)
      if (plugin.descriptor.id == id) return &plugin;
    return nullptr;
  }
  const plugin::StepDescriptor* step(const std::string& id) const override {
    for (const auto& plugin : plugins_)
      for (const auto& one : plugin.descriptor.steps)
        if (one.id == id) return &one;
    return nullptr;
  }
  const plugin::Surroundings& surroundings() const override { return surroundings_; }
  void put(const plugin::Plugin& next) override {
    for (auto& plugin : plugins_)
      if (plugin.descriptor.id == next.descriptor.id) plugin = next;
  }

 private:
  std::vector<plugin::Plugin> plugins_;
  plugin::Surroundings surroundings_{"/data", "/config", "Asia/Shanghai", "sqlite3://x"};
};

}  // namespace jackfield::lane
