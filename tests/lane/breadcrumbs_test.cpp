// What a process that died leaves behind. The dead are children of the test.
#include "lane/breadcrumbs.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace jackfield::lane {
namespace {

jf_bytes borrowed(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

class BreadcrumbsTest : public ::testing::Test {
 protected:
  BreadcrumbsTest() {
    std::string name = (std::filesystem::temp_directory_path() / "jackfield-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    file = folder + "/breadcrumbs";
  }
  ~BreadcrumbsTest() override { std::filesystem::remove_all(folder); }

  // A child enters a call for a task and ends as `end` does.
  template <class End>
  void die(End end) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      Breadcrumbs crumbs(file);
      Breadcrumbs::mark_faults();
      const std::string step = "limit.check", instance = "01J", key = "01J/limit.check";
      jf_task task{};
      task.size = sizeof task;
      task.token = 7;
      task.step = borrowed(step);
      task.instance = borrowed(instance);
      task.key = borrowed(key);
      const jf_task* const tasks[] = {&task};
      crumbs.enter("limit@abc", tasks);
      end(crumbs);
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
  }

  std::string folder, file;
};

TEST_F(BreadcrumbsTest, HasItsRoomOnTheDiskBeforeItIsWritten) {
  const Breadcrumbs crumbs(file);
  struct stat found{};
  ASSERT_EQ(::stat(file.c_str(), &found), 0);
  EXPECT_GE(found.st_blocks * 512, found.st_size) << "a full disk would be the end of the process";
}

TEST_F(BreadcrumbsTest, AFaultIsMarkedWhereItHappened) {
  die([](Breadcrumbs&) { ::raise(SIGSEGV); });
  const auto found = Breadcrumbs::read(file);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].plugin, "limit@abc");
  EXPECT_EQ(found[0].step, "limit.check");
  EXPECT_EQ(found[0].instance, "01J");
  EXPECT_EQ(found[0].key, "01J/limit.check");
  EXPECT_EQ(found[0].tokens, std::vector<std::uint64_t>{7});
  EXPECT_EQ(found[0].signal, SIGSEGV);
}

TEST_F(BreadcrumbsTest, AnAbortIsMarked) {
  die([](Breadcrumbs&) { std::abort(); });
  ASSERT_EQ(Breadcrumbs::read(file).size(), 1u);
  EXPECT_EQ(Breadcrumbs::read(file)[0].signal, SIGABRT);
}

TEST_F(BreadcrumbsTest, AKillFromOutsideIsNobodysFault) {
  die([](Breadcrumbs&) { ::kill(::getpid(), SIGKILL); });
  ASSERT_EQ(Breadcrumbs::read(file).size(), 1u) << "it was inside";
  EXPECT_EQ(Breadcrumbs::read(file)[0].signal, 0);
}

TEST_F(BreadcrumbsTest, AFaultOutsideOfAnyPluginBlamesNone) {
  die([](Breadcrumbs& crumbs) {
    crumbs.leave();
    ::raise(SIGSEGV);
  });
  EXPECT_TRUE(Breadcrumbs::read(file).empty());
}

TEST_F(BreadcrumbsTest, WhatIsNoneOfOursIsPassedOver) {
  EXPECT_TRUE(Breadcrumbs::read(file).empty());
  std::ofstream(file) << "something else";
  EXPECT_TRUE(Breadcrumbs::read(file).empty());
}

}  // namespace
}  // namespace jackfield::lane
