// When a plugin that crashes is taken out of use, and how it comes back. The time is the test's.
#include "lane/quarantine.hpp"

#include <gtest/gtest.h>

namespace jackfield::lane {
namespace {

using namespace std::chrono_literals;
using State = Quarantine::State;

class QuarantineTest : public ::testing::Test {
 protected:
  void crash() { quarantine.crashed(now); }
  [[nodiscard]] bool starts() { return quarantine.may_start(now); }

  Quarantine::Time now{1h};
  Quarantine quarantine{{3, 60s, 10s}};
};

TEST_F(QuarantineTest, TheFirstCrashIsForgivenAtOnceTheNextOnesWaitLonger) {
  crash();
  EXPECT_TRUE(starts());
  crash();
  EXPECT_FALSE(starts());
  now += 100ms;
  EXPECT_TRUE(starts());
}

TEST_F(QuarantineTest, SoManyCrashesWithinTheTimeAreEnough) {
  crash();
  crash();
  EXPECT_EQ(quarantine.state(), State::free);
  crash();
  EXPECT_EQ(quarantine.state(), State::quarantined);
  now += 9999ms;
  EXPECT_FALSE(starts());
  now += 1ms;
  EXPECT_TRUE(starts());
  EXPECT_EQ(quarantine.state(), State::probing);
}

TEST_F(QuarantineTest, TheSameNumberOverALongerTimeIsNot) {
  for (int i = 0; i < 10; ++i) {
    crash();
    now += 31s;
  }
  EXPECT_EQ(quarantine.state(), State::free);
}

TEST_F(QuarantineTest, AnAnswerWhileItIsTriedLetsItGo) {
  for (int i = 0; i < 3; ++i) crash();
  now += 10s;
  ASSERT_TRUE(starts());
  quarantine.answered();
  EXPECT_EQ(quarantine.state(), State::free);
  crash();
  EXPECT_EQ(quarantine.state(), State::free) << "what was before is forgiven";
}

TEST_F(QuarantineTest, ACrashWhileItIsTriedDoublesTheWait) {
  for (int i = 0; i < 3; ++i) crash();
  for (auto wait = 20s; wait < 100s; wait *= 2) {
    now = quarantine.next_start();
    ASSERT_TRUE(starts());
    crash();
    EXPECT_EQ(quarantine.state(), State::quarantined);
    EXPECT_EQ(quarantine.next_start() - now, wait);
  }
}

TEST_F(QuarantineTest, TheWaitHasAnEnd) {
  for (int i = 0; i < 3; ++i) crash();
  for (int i = 0; i < 40; ++i) {
    now = quarantine.next_start();
    ASSERT_TRUE(starts());
    crash();
  }
  EXPECT_EQ(quarantine.next_start() - now, 1h);
}

TEST_F(QuarantineTest, APersonLetsItGoAtOnce) {
  EXPECT_FALSE(quarantine.release());
  for (int i = 0; i < 3; ++i) crash();
  EXPECT_TRUE(quarantine.release());
  EXPECT_TRUE(starts());
  EXPECT_EQ(quarantine.state(), State::free);
}

TEST_F(QuarantineTest, CrashesInARowWaitAtMostHalfAMinuteUntilSomethingIsAnswered) {
  Quarantine patient{{1000, 60s, 10s}};
  for (int i = 0; i < 30; ++i) patient.crashed(now);
  EXPECT_EQ(patient.next_start() - now, 30s);
  patient.answered();
  patient.crashed(now);
  EXPECT_EQ(patient.next_start(), now);
}

}  // namespace
}  // namespace jackfield::lane
