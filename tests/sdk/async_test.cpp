// Steps that answer later, from threads of their own.
#include <jackfield/testing.hpp>

#include <gtest/gtest.h>

namespace {

using jackfield::testing::Answer;
using jackfield::testing::FakeHost;

class AsyncStep : public testing::Test {
 protected:
  Answer send(const std::string& how) {
    const auto token = plugin.start("courier.send", nlohmann::json{{"how", how}}.dump());
    EXPECT_EQ(plugin.look(token).status, JF_PENDING);
    plugin.call("courier.deliver");
    return plugin.wait(token);
  }
  FakeHost host;
  jackfield::testing::Plugin plugin = host.load(FIXTURES "/courier.so");
};

TEST_F(AsyncStep, AnswersFromAnotherThread) {
  EXPECT_EQ(send("van").json()["by"], "courier");
  EXPECT_EQ(send("reject").code, "NOBODY_HOME");
  EXPECT_EQ(send("retry").retry_after_ms, 30u);
  EXPECT_EQ(send("fail").status, JF_FAIL);
  EXPECT_EQ(send("unknown").status, JF_UNKNOWN);
}

TEST_F(AsyncStep, MayAnswerInsideTheCall) {
  EXPECT_EQ(plugin.call("courier.send", R"({"how":"at once"})").json()["by"], "clerk");
}

TEST_F(AsyncStep, WhatStartThrowsIsTheAnswer) {
  const auto answer = plugin.call("courier.send", R"({"how":"throw"})");
  EXPECT_EQ(answer.status, JF_REJECT);
  EXPECT_EQ(answer.code, "TOO_HEAVY");
}

TEST_F(AsyncStep, InvalidInputIsAnsweredAtOnce) {
  EXPECT_EQ(plugin.call("courier.send", R"({"how":5})").code, "INPUT_INVALID");
}

TEST_F(AsyncStep, ADroppedCompletionFailsItsTask) {
  EXPECT_EQ(plugin.call("courier.send", R"({"how":"forget"})").code, "DROPPED");
  EXPECT_EQ(send("drop").code, "DROPPED");
}

TEST_F(AsyncStep, TheFirstAnswerCounts) {
  EXPECT_EQ(send("twice").json()["by"], "courier");
  EXPECT_TRUE(host.faults().empty());
}

TEST_F(AsyncStep, OneCallHoldsBothKinds) {
  const auto answers = plugin.call_batch({{"courier.send", R"({"how":"at once"})"}, {"courier.deliver"}});
  EXPECT_EQ(answers[0].status, JF_OK);
  EXPECT_EQ(answers[1].status, JF_OK);
}

TEST_F(AsyncStep, StopLetsTheStepAnswerWhatIsOwed) {
  const auto token = plugin.start("courier.send", R"({"how":"van"})");
  plugin.stop();
  EXPECT_EQ(plugin.look(token).code, "CLOSED");
}

TEST_F(AsyncStep, IsToldOfACancel) {
  const auto token = plugin.start("courier.send", R"({"how":"van"})");
  plugin.cancel(token);
  plugin.call("courier.deliver");
  EXPECT_EQ(plugin.wait(token).status, JF_OK);  // a hint; the host drops the answer
}

}  // namespace
