// Every library that does one thing wrong is caught by the check that has its name, and by no other that is not told
// here; a library that does nothing wrong passes them all.
#include "conformance/examination.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <set>

namespace jackfield::conformance {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Names = std::set<std::string>;

struct Wrong {
  const char *library, *check, *found;  // caught by this check, which says this
  Names also = {};                      // what else follows from it
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.library; }

std::vector<Item> examined(const std::string& file, const std::string& only = "") {
  Subject subject;
  subject.file = file;
  subject.seed = 7114;
  subject.limit = 2s;  // under ThreadSanitizer a busy machine takes a second to load a library
  subject.only = only;
  return examine(std::move(subject));
}

std::string told(const std::vector<Item>& items) {
  std::string all;
  for (const auto& item : items)
    all += std::string(to_string(item.verdict.state)) + " " + item.check + ": " + item.verdict.text() + "\n";
  return all;
}

Names failed(const std::vector<Item>& items) {
  Names names;
  for (const auto& item : items)
    if (item.verdict.state == Verdict::failed) names.insert(item.check);
  return names;
}

const Verdict& verdict(const std::vector<Item>& items, const std::string& check) {
  for (const auto& item : items)
    if (item.check == check) return item.verdict;
  throw std::runtime_error("no check " + check);
}

void expect_caught(const std::string& file, const Wrong& wrong) {
  const auto items = examined(file);
  Names expected = wrong.also;
  expected.insert(wrong.check);
  EXPECT_EQ(failed(items), expected) << told(items);
  const Verdict& caught = verdict(items, wrong.check);
  EXPECT_THAT(caught.found, HasSubstr(wrong.found));
  EXPECT_FALSE(caught.expected.empty());
  EXPECT_FALSE(caught.mend.empty());
  EXPECT_THAT(caught.text(), testing::Not(HasSubstr("\n")));
}

class Misbehaving : public testing::TestWithParam<Wrong> {};
TEST_P(Misbehaving, IsCaughtByName) {
  expect_caught(std::string(MISBEHAVING "/") + GetParam().library + ".so", GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Each, Misbehaving,
    testing::Values(
        Wrong{"completes_twice", "completion", "was answered 2 times, for one token"},
        Wrong{"completes_foreign", "completion", "which was never given out"},
        Wrong{"forgets_one", "completion", "returned OK with 1 task of 3 tasks unanswered",
              {"threads", "stop"}},
        Wrong{"never_completes", "completion", "1 task never answered, the first for step good.echo",
              {"input", "threads", "cancel", "deadline", "stop"}},
        Wrong{"answers_nonsense", "answers", "an output that is no map: \"no\""},
        Wrong{"crashes_on_truncated", "input", "a crash with signal 11 (Segmentation fault), while it was at this: step"},
        Wrong{"takes_truncated", "input", "and answered OK"},
        Wrong{"reads_answered", "borrow", "a crash with signal 11 (Segmentation fault), while it was given step good.echo"},
        Wrong{"is_not_pure", "pure", "step good.echo that answered the same input once with OK"},
        Wrong{"is_not_reentrant", "threads", "pure step good.echo that answered otherwise than from one thread"},
        Wrong{"ignores_cancel", "cancel", "not over 2000 ms after it was given a task already cancelled"},
        Wrong{"hangs_past_deadline", "deadline", "not over 2000 ms after it was given a task past its deadline"},
        Wrong{"drops_at_stop", "stop", "tasks still unanswered when stop() returned"},
        Wrong{"answers_after_stop", "stop", "an answer after stop() had returned"},
        Wrong{"hangs_in_stop", "instance", "no end after 10000 ms, while it was stopping"},
        Wrong{"leaks_memory", "leaks", "memory that grew by at least"},
        Wrong{"leaks_instances", "leaks", "rounds of 12 instances"},
        Wrong{"leaks_files", "leaks", "more open files after calls"},
        Wrong{"leaves_thread", "unload", "1 threads that still run after destroy()"},
        Wrong{"stays_mapped", "unload", "it is linked with -z nodelete"},
        Wrong{"unique", "unique", "STB_GNU_UNIQUE", {"exports", "unload"}},
        Wrong{"exports_too_much", "exports", "1 more exported symbols: convenient"},
        Wrong{"needs_newer_glibc", "glibc", "a need of GLIBC_2.99 of libfuture.so"},
        Wrong{"begins_at_load", "load", "1 threads it started while it was loaded"},
        Wrong{"takes_any_settings", "settings", "create() that took"},
        Wrong{"crashes_without_settings", "settings",
              "a crash with signal 11 (Segmentation fault), while it was given no settings at all"},
        Wrong{"refuses_without_a_word", "settings", "without a word"}),
    [](const auto& wrong) { return std::string(wrong.param.library); });

class Broken : public testing::TestWithParam<Wrong> {};
TEST_P(Broken, IsCaughtByName) {
  expect_caught(std::string(BROKEN "/") + GetParam().library + ".so", GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Each, Broken,
    testing::Values(
        Wrong{"no_entry", "exports", "no exported function jackfield_plugin_v1"},
        Wrong{"no_section", "identity", "no section .jackfield"}, Wrong{"too_old", "identity", "ABI 0.9"},
        Wrong{"too_new", "identity", "ABI 1.99"}, Wrong{"next_major", "identity", "ABI 2.0"},
        Wrong{"other_id", "identity", "a descriptor of good 1.2.3 in a library whose section .jackfield says better"},
        Wrong{"new_table", "load", "a table of ABI 1.99"}, Wrong{"small_table", "load", "bytes, which is too old"},
        Wrong{"no_table", "load", "returned no table"}, Wrong{"throws", "load", "a constructor that threw"},
        Wrong{"crashes", "load", "a constructor that crashed with signal 11"},
        Wrong{"exits", "load", "a constructor that ended the process with status 3"},
        Wrong{"hangs", "load", "a constructor that still hung after 2000 ms"},
        Wrong{"unresolved", "symbols", "undefined symbol: nobody_has_this_function"},
        Wrong{"bad_json", "descriptor", "expected JSON"},
        Wrong{"bad_descriptor", "descriptor", "steps[1].id: expected text, found a number"}),
    [](const auto& wrong) { return std::string(wrong.param.library); });

TEST(Conformance, APluginInCPassesAll) {
  const auto items = examined(BROKEN "/good.so");
  EXPECT_EQ(items.size(), check_names().size());
  for (const auto& item : items) EXPECT_EQ(item.verdict.state, Verdict::ok) << item.check << ": " << item.verdict.text();
}

// It answers some tasks inside process() and some later, all in one call: what was answered is not read again.
TEST(Conformance, StepsOfAllKindsOfTheSdkPassAll) {
  const auto items = examined(MISBEHAVING "/mixed.so");
  EXPECT_EQ(items.size(), check_names().size());
  for (const auto& item : items) EXPECT_EQ(item.verdict.state, Verdict::ok) << item.check << ": " << item.verdict.text();
}

TEST(Conformance, WhatIsNoLibraryIsRefusedAndNothingElseTried) {
  const auto items = examined("/dev/null");
  EXPECT_EQ(failed(items), Names{"library"}) << told(items);
  for (std::size_t i = 1; i < items.size(); ++i)
    EXPECT_EQ(items[i].verdict.found, "not tried: library comes first") << items[i].check;
}

TEST(Conformance, TheSameSeedFindsTheSame) {
  const auto once = examined(MISBEHAVING "/crashes_on_truncated.so", "input");
  const auto again = examined(MISBEHAVING "/crashes_on_truncated.so", "input");
  EXPECT_EQ(verdict(once, "input").found, verdict(again, "input").found);
  EXPECT_EQ(failed(once), Names{"input"}) << told(once);
}

TEST(Conformance, OneCheckAloneBringsThoseItBuildsOn) {
  Names made;
  for (const auto& item : examined(BROKEN "/good.so", "pure")) made.insert(item.check);
  EXPECT_EQ(made, (Names{"library", "load", "descriptor", "instance", "pure"}));
}

TEST(Conformance, SettingsThatDoNotFitAreSaidToBe) {
  Subject subject;
  subject.file = BROKEN "/good.so";
  subject.block = {{"limit", 0}};
  const auto items = examine(std::move(subject));
  EXPECT_EQ(failed(items), Names{"instance"}) << told(items);
  EXPECT_THAT(verdict(items, "instance").found, HasSubstr("/plugins/good/limit: expected integer, at least 1, found 0"));
  EXPECT_EQ(verdict(items, "leaks").state, Verdict::not_applicable);
}

}  // namespace
}  // namespace jackfield::conformance
