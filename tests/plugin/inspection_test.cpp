// What a library says of itself is read from its bytes, and no bytes can harm the reader.
#include "folder.hpp"

#include "plugin/digest.hpp"
#include "plugin/inspection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace jackfield::plugin {
namespace {

using testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

Bytes good() { return std::get<Bytes>(read_library(Folder::original("good"))); }

TEST(Inspection, NamesALibraryWithoutRunningIt) {
  const auto inspected = inspect("good.so", good());
  ASSERT_TRUE(std::holds_alternative<Inspection>(inspected)) << std::get<Refusal>(inspected).text();
  const auto& found = std::get<Inspection>(inspected);
  EXPECT_EQ(found.id, "good");
  EXPECT_EQ(found.version, "1.2.3");
  EXPECT_EQ(found.abi_major, 1u);
  EXPECT_EQ(found.abi_minor, 0u);
}

TEST(Inspection, NamesALibraryWhoseConstructorCrashes) {
  const auto bytes = std::get<Bytes>(read_library(Folder::original("crashes")));
  const auto inspected = inspect("crashes.so", bytes);
  ASSERT_TRUE(std::holds_alternative<Inspection>(inspected));
  EXPECT_EQ(std::get<Inspection>(inspected).id, "good");
}

// The section headers are the last thing in the file, so no cut-off copy is whole.
TEST(Inspection, RefusesEveryTruncation) {
  const Bytes whole = good();
  for (std::size_t size = 0; size < whole.size(); size += size < 256 ? 1 : 97) {
    const auto inspected = inspect("cut.so", std::span(whole).first(size));
    ASSERT_TRUE(std::holds_alternative<Refusal>(inspected)) << size;
    if (size < 4) continue;  // too short to tell from any other file
    EXPECT_THAT(std::get<Refusal>(inspected).found, HasSubstr("truncated")) << size;
    EXPECT_THAT(std::get<Refusal>(inspected).mend, HasSubstr("copy the library again")) << size;
  }
}

TEST(Inspection, RefusesAnotherMachine) {
  Bytes bytes = good();
  bytes[18] = 8;  // e_machine: MIPS
  bytes[19] = 0;
  const auto inspected = inspect("mips.so", bytes);
  ASSERT_TRUE(std::holds_alternative<Refusal>(inspected));
  EXPECT_THAT(std::get<Refusal>(inspected).found, HasSubstr("ELF machine 8"));
}

TEST(Inspection, RefusesAThirtyTwoBitLibrary) {
  Bytes bytes = good();
  bytes[4] = 1;
  const auto inspected = inspect("small.so", bytes);
  ASSERT_TRUE(std::holds_alternative<Refusal>(inspected));
  EXPECT_THAT(std::get<Refusal>(inspected).found, HasSubstr("not 64-bit"));
}

// Bytes changed at random: an answer of either kind, never a read outside the file (run under asan to be sure of it).
TEST(Inspection, SurvivesAnyBytes) {
  const Bytes whole = good();
  std::mt19937 random(7114);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    Bytes bytes = whole;
    for (int i = 0; i < 8; ++i) {
      const bool header = i % 2 == 0;  // the headers are where damage is read
      const std::size_t at = header ? random() % 64 : bytes.size() - 1 - random() % 4096;
      bytes[at] = static_cast<std::uint8_t>(random());
    }
    refused += std::holds_alternative<Refusal>(inspect("changed.so", bytes)) ? 1 : 0;
  }
  EXPECT_GT(refused, 1000);
}

TEST(Digest, IsSha256) {
  const std::string abc = "abc";  // FIPS 180-2, B.1
  EXPECT_EQ(sha256({reinterpret_cast<const std::uint8_t*>(abc.data()), abc.size()}),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace jackfield::plugin
