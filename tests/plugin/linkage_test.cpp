// What a library exports and needs is read from its bytes; no bytes can harm the reader.
#include "folder.hpp"

#include "plugin/inspection.hpp"
#include "plugin/linkage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace jackfield::plugin {
namespace {

using testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

Bytes bytes_of(const std::string& library) { return std::get<Bytes>(read_library(Folder::original(library))); }

TEST(Linkage, ListsWhatIsExported) {
  const auto linkage = read_linkage(bytes_of("good"));
  ASSERT_EQ(linkage.exports.size(), 1u);
  EXPECT_EQ(linkage.exports[0].name, "jackfield_plugin_v1");
  EXPECT_TRUE(linkage.exports[0].function);
  EXPECT_FALSE(linkage.exports[0].unique);
  EXPECT_FALSE(linkage.never_unloaded);
}

TEST(Linkage, ListsTheVersionsItNeeds) {
  const auto linkage = read_linkage(bytes_of("throws"));  // C++, so it needs some
  EXPECT_THAT(linkage.needs, testing::Contains(testing::Field(&Linkage::Need::version, testing::StartsWith("GLIBCXX_"))));
  EXPECT_THAT(linkage.needs, testing::Contains(testing::Field(&Linkage::Need::library, "libstdc++.so.6")));
}

TEST(Linkage, NamesWhatTheLinkerMissesWithoutRunningTheLibrary) {
  const auto missed = missing(Folder::original("unresolved"));
  ASSERT_TRUE(missed);
  ASSERT_EQ(missed->size(), 1u);
  EXPECT_THAT(missed->front(), HasSubstr("undefined symbol: nobody_has_this_function"));
  for (const char* library : {"good", "crashes", "hangs", "exits", "throws"}) {
    const auto none = missing(Folder::original(library));
    ASSERT_TRUE(none);
    EXPECT_THAT(*none, testing::IsEmpty()) << library;
  }
}

// Bytes changed at random: an answer, never a read outside the file (run under asan to be sure of it).
TEST(Linkage, SurvivesAnyBytes) {
  const Bytes whole = bytes_of("throws");
  std::mt19937 random(7114);
  for (int round = 0; round < 3000; ++round) {
    Bytes bytes = whole;
    for (int i = 0; i < 8; ++i) bytes[i % 2 == 0 ? random() % 4096 : bytes.size() - 1 - random() % 4096] = std::uint8_t(random());
    (void)read_linkage(bytes);
  }
}

}  // namespace
}  // namespace jackfield::plugin
