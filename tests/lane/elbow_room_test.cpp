// Who is in the way of the engine's thread goes elsewhere, and may run where it might before.
#include "elbow_room.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

namespace jackfield::lane::testing {
namespace {

cpu_set_t allowed() {
  cpu_set_t may{};
  sched_getaffinity(0, sizeof may, &may);
  return may;
}

cpu_set_t only(int processor) {
  cpu_set_t one{};
  CPU_SET(static_cast<std::size_t>(processor), &one);
  return one;
}

class Elbows : public ::testing::Test {
 protected:
  void SetUp() override {
    may_ = allowed();
    if (CPU_COUNT(&may_) < 2) GTEST_SKIP() << "one processor has no elbow room";
    while (!CPU_ISSET(static_cast<std::size_t>(taken_), &may_)) ++taken_;
  }
  void TearDown() override { ElbowRoom::at_rest(); }

  /// In a thread of its own, which begins on the processor that is taken, with `mask` of what it may have.
  void there(const cpu_set_t& mask, const std::function<void(ElbowRoom&)>& then) const {
    std::thread([&] {
      const auto taken = only(taken_);
      ASSERT_EQ(sched_setaffinity(0, sizeof taken, &taken), 0);
      ElbowRoom::at_work();
      ElbowRoom room;
      ASSERT_EQ(sched_setaffinity(0, sizeof mask, &mask), 0);
      then(room);
    }).join();
  }

  /// Whether it steps aside; tried again where the kernel has moved it meanwhile.
  bool stands_aside(const cpu_set_t& mask, int times = 100) const {
    bool moved = false;
    for (; times > 0 && !moved; --times) there(mask, [&](ElbowRoom& room) { moved = room.step_aside(); });
    return moved;
  }

  cpu_set_t may_{};
  int taken_ = 0;
};

TEST_F(Elbows, StepsAsideFromTheOneAtWorkAndIsNotPinned) {
  bool moved = false;
  cpu_set_t after{};
  for (int tried = 0; tried < 100 && !moved; ++tried) {
    there(may_, [&](ElbowRoom& room) {
      moved = room.step_aside();
      after = allowed();
    });
  }
  EXPECT_TRUE(moved);
  EXPECT_TRUE(CPU_EQUAL(&after, &may_));
}

TEST_F(Elbows, StaysWhereTheOtherRests) {
  there(only(taken_), [&](ElbowRoom& room) {
    ElbowRoom::at_rest();
    EXPECT_FALSE(room.step_aside());
  });
}

TEST_F(Elbows, StaysWhereItMayBeNowhereElse) { EXPECT_FALSE(stands_aside(only(taken_))); }

TEST_F(Elbows, StepsAsideOnceInAWhile) {
  bool again = false;
  for (int tried = 0; tried < 100; ++tried) {
    there(may_, [&](ElbowRoom& room) {
      const auto since = std::chrono::steady_clock::now();
      if (!room.step_aside()) return;
      const auto taken = only(taken_);
      sched_setaffinity(0, sizeof taken, &taken);
      sched_setaffinity(0, sizeof may_, &may_);
      const bool moved = room.step_aside();
      again |= moved && std::chrono::steady_clock::now() - since < std::chrono::milliseconds(1);
    });
  }
  EXPECT_FALSE(again) << "within a millisecond";
}

}  // namespace
}  // namespace jackfield::lane::testing
