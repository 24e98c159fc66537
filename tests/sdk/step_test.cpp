// Steps as the host meets them: a library is loaded, described, given settings and tasks.
#include <jackfield/testing.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dlfcn.h>

#include <chrono>

namespace {

using jackfield::testing::FakeHost;
using nlohmann::json;
using testing::HasSubstr;
using namespace std::chrono_literals;

std::string refusal(const std::string& settings, const char* file = FIXTURES "/outcomes.so") {
  FakeHost host;
  try {
    (void)host.load(file, settings);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "taken";
}

/// What create() says by itself: not every host validates first.
std::string refusal_of_create(const std::string& packed) {
  FakeHost host;
  auto plugin = host.load(FIXTURES "/outcomes.so");
  jf_host callbacks{};
  callbacks.size = sizeof callbacks;
  callbacks.property = [](void*, jf_bytes, std::uint8_t*, std::uint64_t) -> std::int64_t { return -1; };
  callbacks.log = [](void*, std::int32_t, jf_bytes, jf_bytes) {};
  jf_error error{};
  error.size = sizeof error;
  void* instance = nullptr;
  const jf_bytes settings{reinterpret_cast<const std::uint8_t*>(packed.data()), packed.size()};
  if (plugin.table()->create(&callbacks, settings, &instance, &error) == JF_OK) {
    plugin.table()->stop(instance);
    plugin.table()->destroy(instance);
    return "taken";
  }
  return {reinterpret_cast<const char*>(error.text.data), static_cast<std::size_t>(error.text.len)};
}

TEST(Step, TheFifteenLinePluginDoesItsWork) {
  FakeHost host;
  auto plugin = host.load(FIXTURES "/limit.so", R"({"limit":500})");
  EXPECT_EQ(plugin.call("limit.check", R"({"id":"o1","total":499.5})").json(), json::parse(R"({"ok":true})"));
  const auto refused = plugin.call("limit.check", R"({"id":"o2","total":600})");
  EXPECT_EQ(refused.status, JF_REJECT);
  EXPECT_EQ(refused.code, "LIMIT");
  EXPECT_EQ(refused.text, "order o2 is above the limit");
}

TEST(Step, SettingsKeepTheirInitialisers) {
  FakeHost host;
  auto plugin = host.load(FIXTURES "/limit.so");
  EXPECT_EQ(plugin.call("limit.check", R"({"id":"o1","total":1000})").status, JF_OK);
  EXPECT_EQ(plugin.call("limit.check", R"({"id":"o1","total":1001})").status, JF_REJECT);
}

TEST(Step, TheDescriptorSaysAllThereIsToKnow) {
  FakeHost host;
  const auto limit = host.load(FIXTURES "/limit.so").descriptor();
  EXPECT_EQ(limit, json::parse(R"({"id":"limit","version":"1.0.0","kind":"plugin","summary":"","capabilities":[],
    "settings":{"type":"object","properties":{"limit":{"type":"number","default":1000.0}},"additionalProperties":false},
    "steps":[{"id":"limit.check","summary":"Refuses orders above a limit","capabilities":["pure"],
      "input":{"type":"object","properties":{"id":{"type":"string","default":""},
                                             "total":{"type":"number","default":0.0}}},
      "output":{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"]}}]})"));
  const auto outcomes = host.load(FIXTURES "/outcomes.so").descriptor();
  EXPECT_EQ(outcomes["kind"], "adapter");
  EXPECT_EQ(outcomes["summary"], "Says everything");
  EXPECT_EQ(outcomes["capabilities"], (json{"reentrant", "blocking"}));
  EXPECT_EQ(outcomes["steps"][0]["input"]["required"], json{"say"});
  EXPECT_EQ(outcomes["settings"]["properties"]["hold"]["default"], "30m");
}

TEST(Step, EveryOutcomeHasItsStatus) {
  FakeHost host;
  auto plugin = host.load(FIXTURES "/outcomes.so");
  const auto say = [&](const std::string& word) { return plugin.call("outcomes.say", json{{"say", word}}.dump()); };
  EXPECT_EQ(say("reject").status, JF_REJECT);
  EXPECT_EQ(say("reject").text, "无可用号码");
  EXPECT_EQ(say("retry").status, JF_RETRY);
  EXPECT_EQ(say("retry").retry_after_ms, 250u);
  EXPECT_EQ(say("fail").status, JF_FAIL);
  EXPECT_EQ(say("fail").code, "WRONG");
  EXPECT_EQ(say("not done").status, JF_NOT_DONE);
  EXPECT_EQ(say("unknown").status, JF_UNKNOWN);
  EXPECT_EQ(say("unknown").retry_after_ms, 70u);
  EXPECT_EQ(say("broken").status, JF_BROKEN);
  EXPECT_EQ(say("throw").status, JF_FAIL);
  EXPECT_EQ(say("throw").code, "EXCEPTION");
  EXPECT_EQ(say("throw").text, "unforeseen");
  EXPECT_EQ(say("throw a number").code, "EXCEPTION");
}

TEST(Step, TheContextTellsOfTheTask) {
  FakeHost host;
  host.now += 7ms;
  auto plugin = host.load(FIXTURES "/outcomes.so");
  const auto said = plugin
                        .call("outcomes.say", R"({"say":"ok"})",
                              {.key = "i9/say", .instance = "i9", .flow = "open-account", .attempt = 3, .timeout = 5s})
                        .json();
  EXPECT_EQ(said["key"], "i9/say");
  EXPECT_EQ(said["instance"], "i9");
  EXPECT_EQ(said["flow"], "open-account");
  EXPECT_EQ(said["step"], "outcomes.say");
  EXPECT_EQ(said["attempt"], 3);
  EXPECT_EQ(said["now_ms"], host.now.time_since_epoch().count());
  EXPECT_EQ(said["remaining_ms"], 5000);
  EXPECT_EQ(said["is_cancelled"], false);
  EXPECT_EQ(host.logs().back().text, "said ok");
  EXPECT_EQ(host.logs().back().level, JF_LOG_WARN);
  EXPECT_EQ(host.metric("said"), 2);
}

TEST(Step, InvalidInputNamesEveryMember) {
  FakeHost host;
  auto plugin = host.load(FIXTURES "/outcomes.so");
  const auto answer = plugin.call("outcomes.say", R"({"number":"5","tags":["a",2],"more":1})");
  EXPECT_EQ(answer.status, JF_NOT_DONE);
  EXPECT_EQ(answer.code, "INPUT_INVALID");
  EXPECT_EQ(answer.text,
            "/say: required, but missing; /number: expected integer from -2147483648 to 2147483647, "
            "found string; /tags/1: expected string, found integer 2");
}

TEST(Step, AStepOfAnotherPluginIsNotTaken) {
  FakeHost host;
  auto plugin = host.load(FIXTURES "/outcomes.so");
  EXPECT_EQ(plugin.call("limit.check").code, "STEP_UNKNOWN");
}

TEST(Step, ATaskCancelledBeforeItBeganIsNotRun) {
  FakeHost host;
  auto plugin = host.load(FIXTURES "/outcomes.so");
  const auto answer = plugin.call("outcomes.say", R"({"say":"ok"})", {.timeout = -1ms});
  EXPECT_EQ(answer.status, JF_RETRY);
  EXPECT_EQ(host.metric("said"), 0);
}

TEST(Settings, AreRefusedBeforeAnythingIsOpened) {
  EXPECT_THAT(refusal(R"({"hold":"soon"})"), HasSubstr("hold"));
  EXPECT_EQ(refusal(R"({"hold":"49h"})"), "hold: found more than 48h, expected less");
  EXPECT_EQ(refusal(R"({"hold":"48h"})"), "taken");
  EXPECT_EQ(refusal(R"({"hold":null})"), "taken");
  EXPECT_THAT(refusal(R"({"hodl":"5s"})"), HasSubstr("hodl"));
}

TEST(Settings, AreReadWithTheSameCareWithoutTheHostsCheck) {
  EXPECT_EQ(refusal_of_create("\x81\xa4hodl\xa2"
                              "5s"),
            "settings: /: unknown key 'hodl' (did you mean 'hold'?)");
  EXPECT_EQ(refusal_of_create("\x81\xa4hold\xa4soon"),
            "settings: /hold: expected duration such as \"500ms\", \"5s\", \"30m\", \"24h\" or \"90d\", found 'soon'");
  EXPECT_EQ(refusal_of_create("\x81\xa8password\x05"), "settings: /password: expected string, found integer");
  EXPECT_THAT(refusal_of_create("\xc1"), HasSubstr("no msgpack"));
  EXPECT_EQ(refusal_of_create(""), "taken");
}

TEST(Settings, PathsAreAbsolute) {
  FakeHost host{{.data_dir = "/srv/data", .config_dir = "/etc/jackfield"}};
  auto plugin = host.load(FIXTURES "/outcomes.so");
  EXPECT_EQ(host.logs().front().text, "numbers /etc/jackfield/data/numbers.csv folder /srv/data/files");
}

TEST(Library, RefusesAHostOfNoVersion) {
  FakeHost host;
  auto plugin = host.load(FIXTURES "/limit.so");
  jf_host callbacks{};
  callbacks.size = 8;
  jf_error error{};
  error.size = sizeof error;
  void* instance = nullptr;
  EXPECT_EQ(plugin.table()->create(&callbacks, {}, &instance, &error), JF_FAIL);
  EXPECT_THAT(std::string(reinterpret_cast<const char*>(error.text.data), error.text.len),
              HasSubstr("found a host table of 8 bytes"));
  jf_error small{};  // one of a host that knows no text
  small.size = 8;
  EXPECT_EQ(plugin.table()->create(&callbacks, {}, &instance, &small), JF_FAIL);
  EXPECT_EQ(small.text.data, nullptr);
}

TEST(Library, LeavesTheProcessWhenItIsClosed) {
  for (const char* file : {FIXTURES "/limit.so", FIXTURES "/courier.so", FIXTURES "/outcomes.so"}) {
    {
      FakeHost host;
      auto plugin = host.load(file);
      (void)plugin.call(plugin.descriptor()["steps"][0]["id"], R"({"say":"fail","how":"throw","total":2000})");
    }
    EXPECT_EQ(dlopen(file, RTLD_NOW | RTLD_NOLOAD), nullptr) << file << " stays mapped";
  }
}

}  // namespace
