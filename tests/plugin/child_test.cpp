// Whatever a child process does, its parent learns of it and goes on.
#include "plugin/child.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace jackfield::plugin {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

ChildOutcome outcome_of(const ChildWork& work, std::chrono::milliseconds timeout = 20s) {
  const auto outcome = run_child(work, timeout, 64);
  return outcome ? *outcome : ChildOutcome{};
}

TEST(Child, IsHeard) {
  const auto outcome = outcome_of([](int parent) { say(parent, "all is well"); });
  EXPECT_EQ(outcome.said, "all is well");
  EXPECT_EQ(outcome.ending(), "");
  EXPECT_FALSE(outcome.hung);
}

TEST(Child, IsHeardNoLongerThanAsked) {
  EXPECT_EQ(outcome_of([](int parent) { say(parent, std::string(1 << 20, 'x')); }).said, std::string(64, 'x'));
}

TEST(Child, ThatCrashesIsNamedByItsSignal) {
  const auto outcome = outcome_of([](int parent) {
    say(parent, "before");
    std::fputs("last\nwords\n", stderr);
    ::raise(SIGSEGV);
  });
  EXPECT_EQ(outcome.said, "before");
  EXPECT_EQ(outcome.ending(), "signal 11 (Segmentation fault): last words");
}

TEST(Child, ThatLeavesIsNamedByItsStatus) {
  EXPECT_EQ(outcome_of([](int) { ::_exit(3); }).ending(), "status 3");
}

TEST(Child, ThatHangsIsEnded) {
  const auto outcome = outcome_of(
      [](int) {
        for (;;) ::pause();
      },
      100ms);
  EXPECT_TRUE(outcome.hung);
}

// The grandchild holds the pipes open: it must not keep the parent waiting for ever.
TEST(Child, LeavesNothingRunningBehindIt) {
  const auto outcome = outcome_of(
      [](int parent) {
        const auto grandchild = ::fork();
        if (grandchild == 0)
          for (;;) ::pause();
        say(parent, std::to_string(grandchild));
      },
      2s);
  const int grandchild = std::stoi(outcome.said);
  for (int i = 0; i < 2000 && ::kill(grandchild, 0) == 0; ++i) ::usleep(5000);  // until its new parent has buried it
  EXPECT_NE(::kill(grandchild, 0), 0);
}

}  // namespace
}  // namespace jackfield::plugin
