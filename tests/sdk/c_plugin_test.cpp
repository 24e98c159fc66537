// A plugin that knows abi.h alone does all that one made with the C++ layer does.
#include <jackfield/testing.hpp>

#include <gtest/gtest.h>

namespace {

using jackfield::testing::FakeHost;

TEST(PluginInC, AnswersThroughTheBareInterface) {
  FakeHost host;
  auto plugin = host.load(FIXTURES "/echo.so", R"({"shout":true})");
  EXPECT_EQ(plugin.call("echo.repeat", R"({"text":"jackfield"})").json(), (nlohmann::json{{"text", "JACKFIELD"}}));
}

TEST(PluginInC, TakesManyTasksACall) {
  FakeHost host;
  auto plugin = host.load(FIXTURES "/echo.so");
  const auto answers = plugin.call_batch({{"echo.repeat", R"({"text":"a"})"},
                                          {"echo.repeat", R"({"text":"012345678901234567890123456789012"})"},
                                          {"echo.repeat", R"({"text":"c"})"}});
  EXPECT_EQ(answers[0].json()["text"], "a");
  EXPECT_EQ(answers[1].code, "TEXT_TOO_LONG");
  EXPECT_EQ(answers[2].json()["text"], "c");
}

TEST(PluginInC, HasItsSettingsCheckedByItsSchema) {
  FakeHost host;
  EXPECT_THROW((void)host.load(FIXTURES "/echo.so", R"({"shout":"loud"})"), std::runtime_error);
  EXPECT_THROW((void)host.load(FIXTURES "/echo.so", R"({"shuot":true})"), std::runtime_error);
}

}  // namespace
