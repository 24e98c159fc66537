// Libraries made when an ABI minor was new are loaded and called by every later host, whatever made them.
#include "folder.hpp"

#include "plugin/loader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <mutex>
#include <ostream>

namespace jackfield::plugin {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

/// As much of a host as one task needs; the answer may come from another thread.
class Host {
 public:
  Host() {
    table_.size = sizeof table_;
    table_.abi_minor = JF_ABI_MINOR;
    table_.self = this;
    table_.complete = [](void* self, std::uint64_t token, const jf_result* result) {
      static_cast<Host*>(self)->take(token, *result);
    };
    table_.log = [](void*, std::int32_t, jf_bytes, jf_bytes) {};
    table_.metric = [](void*, std::int32_t, jf_bytes, jf_bytes, double) {};
    table_.now_ms = [](void*) { return std::int64_t{1'795'000'000'000}; };
    table_.cancelled = [](void*, std::uint64_t) { return 0; };
    table_.property = [](void*, jf_bytes, std::uint8_t*, std::uint64_t) { return std::int64_t{-1}; };
  }
  const jf_host* table() const { return &table_; }
  json wait() {
    std::unique_lock lock(guard_);
    if (!answered_.wait_for(lock, 30s, [this] { return !answer_.is_null(); })) return "no answer";
    return std::exchange(answer_, json());
  }

 private:
  void take(std::uint64_t token, const jf_result& result) {
    const std::lock_guard lock(guard_);
    answer_ = {{"token", token}, {"status", result.status}};
    if (result.status == JF_OK)
      answer_["output"] = json::from_msgpack(result.output.data, result.output.data + result.output.len);
    else
      answer_["code"] = std::string(reinterpret_cast<const char*>(result.code.data), result.code.len);
    answered_.notify_one();
  }

  jf_host table_{};
  std::mutex guard_;
  std::condition_variable answered_;
  json answer_;
};

struct Golden {
  const char *library, *id, *settings, *step, *input, *answer;
};
void PrintTo(const Golden& golden, std::ostream* out) { *out << golden.library << " " << golden.step; }

class GoldenLibrary : public testing::TestWithParam<Golden> {};

TEST_P(GoldenLibrary, IsLoadedAndCalled) {
#ifndef __x86_64__
  GTEST_SKIP() << "the kept libraries are for x86-64";
#endif
  const Golden& golden = GetParam();
  const Folder plugins, data;
  std::filesystem::copy_file(std::string(GOLDEN "/") + golden.library, plugins.file("one.so"));
  plugin::Setup setup{plugins.path(), {}, {}, std::nullopt, {data.path(), "config", "Asia/Shanghai", ""}};
  setup.plugins[golden.id] = json::parse(golden.settings);
  const auto loaded = make_registry(setup);
  ASSERT_TRUE(loaded.registry) << (loaded.refusals.empty() ? loaded.findings.front().message
                                                           : loaded.refusals.front().text());
  const Plugin& plugin = *loaded.registry->find(golden.id);
  ASSERT_NE(loaded.registry->step(golden.step), nullptr);

  Host host;
  const auto settings = json::to_msgpack(json::parse(plugin.settings_json));
  void* instance = nullptr;
  jf_error error{sizeof error, 0, {}};
  ASSERT_EQ(plugin.table->create(host.table(), {settings.data(), settings.size()}, &instance, &error), JF_OK);
  const auto input = json::to_msgpack(json::parse(golden.input));
  const std::string step = golden.step;
  jf_task task{};
  task.size = sizeof task;
  task.token = 7;
  task.step = {reinterpret_cast<const std::uint8_t*>(step.data()), step.size()};
  task.input = {input.data(), input.size()};
  const jf_task* const tasks[] = {&task};
  const auto status = plugin.table->process(instance, tasks, 1);
  EXPECT_TRUE(status == JF_OK || status == JF_PENDING) << status;
  EXPECT_EQ(host.wait(), json::parse(golden.answer));
  plugin.table->stop(instance);
  plugin.table->destroy(instance);
}

constexpr const char *ok = R"({"token":7,"status":0,"output":{"text":"good day Ada"}})",
                     *greeting = R"({"greeting":"good day"})", *ada = R"({"name":"Ada"})";

INSTANTIATE_TEST_SUITE_P(
    Each, GoldenLibrary,
    testing::Values(Golden{"1.0/mixed_gcc.so", "mixed", greeting, "mixed.greet", ada, ok},
                    Golden{"1.0/mixed_gcc.so", "mixed", greeting, "mixed.greet_all", ada, ok},
                    Golden{"1.0/mixed_gcc.so", "mixed", greeting, "mixed.greet_later", ada, ok},
                    Golden{"1.0/mixed_clang.so", "mixed", greeting, "mixed.greet", ada, ok},
                    Golden{"1.0/mixed_clang.so", "mixed", greeting, "mixed.greet_all", ada, ok},
                    Golden{"1.0/mixed_clang.so", "mixed", greeting, "mixed.greet_later", ada, ok},
                    Golden{"1.0/mixed_clang.so", "mixed", "{}", "mixed.greet", R"({"name":""})",
                           R"({"token":7,"status":3,"code":"NOBODY"})"},
                    Golden{"1.0/echo_c.so", "echo", R"({"shout":true})", "echo.repeat", R"({"text":"hello"})",
                           R"({"token":7,"status":0,"output":{"text":"HELLO"}})"}),
    [](const auto& golden) {
      std::string name = golden.param.library + std::string("_") + golden.param.step + std::to_string(golden.index);
      std::replace_if(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
      return name;
    });

}  // namespace
}  // namespace jackfield::plugin
