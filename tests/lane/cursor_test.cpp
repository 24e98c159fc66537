// Every head that msgpack has, as msgpack's own packer writes it, and what is not to be believed.
#include "lane/cursor.hpp"

#include <gtest/gtest.h>
#include <msgpack.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace jackfield::lane::testing {
namespace {

template <class... Members>
std::string packed(const Members&... members) {
  msgpack::sbuffer buffer;
  msgpack::packer<msgpack::sbuffer> packer(buffer);
  (packer.pack(members), ...);
  return {buffer.data(), buffer.size()};
}

std::string bytes_of(std::size_t size) { return std::string(size, 'x'); }

TEST(Cursor, ReadsEveryWholeNumber) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{255},
                                     std::uint64_t{256}, std::uint64_t{65535}, std::uint64_t{65536},
                                     std::uint64_t{4294967295}, std::uint64_t{4294967296}, most}) {
    const auto bytes = packed(number);
    Cursor cursor(bytes);
    EXPECT_EQ(cursor.number<std::uint64_t>(), number);
    EXPECT_TRUE(cursor.good() && cursor.at_end()) << number;
  }
  for (const std::int64_t number : {-1L, -32L, -33L, -128L, -129L, -32768L, -32769L, -2147483648L, -2147483649L,
                                    std::numeric_limits<std::int64_t>::min()}) {
    const auto bytes = packed(number);
    Cursor cursor(bytes);
    EXPECT_EQ(cursor.number<std::int64_t>(), number);
    EXPECT_TRUE(cursor.good() && cursor.at_end()) << number;
    Cursor unsigned_one(bytes);
    unsigned_one.number<std::uint64_t>();
    EXPECT_FALSE(unsigned_one.good()) << number;
  }
}

// Many languages pack a positive integer as a signed one.
TEST(Cursor, ReadsAPositiveNumberThatWasPackedAsASignedOne) {
  for (const auto& bytes : {std::string("\xd0\x05", 2), std::string("\xd1\0\x05", 3), std::string("\xd2\0\0\0\x05", 5),
                            std::string("\xd3\0\0\0\0\0\0\0\x05", 9)}) {
    Cursor cursor(bytes);
    EXPECT_EQ(cursor.number<std::uint32_t>(), 5U);
    EXPECT_TRUE(cursor.good() && cursor.at_end());
  }
}

TEST(Cursor, RefusesANumberThatDoesNotFit) {
  const auto bytes = packed(300, -200, std::numeric_limits<std::uint64_t>::max());
  Cursor one(bytes);
  EXPECT_EQ(one.number<std::uint8_t>(), 0);
  EXPECT_FALSE(one.good());
  Cursor other(bytes);
  EXPECT_EQ(other.number<std::int32_t>(), 300);
  EXPECT_EQ(other.number<std::int32_t>(), -200);
  EXPECT_TRUE(other.good());
  other.number<std::int64_t>();
  EXPECT_FALSE(other.good()) << "two to the 64th is no signed number";
}

TEST(Cursor, ReadsTextsBytesAndListsOfEveryLength) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{15}, std::size_t{31}, std::size_t{32}, std::size_t{255},
                                 std::size_t{256}, std::size_t{65535}, std::size_t{65536}}) {
    const std::string text = bytes_of(size);
    const auto bytes = packed(text, std::vector<char>(text.begin(), text.end()), std::vector<int>(size, 1), 7);
    Cursor cursor(bytes);
    EXPECT_EQ(cursor.text(size), text);
    EXPECT_EQ(cursor.bytes(size), text);
    EXPECT_EQ(cursor.array(0), size);
    cursor.skip(static_cast<std::uint32_t>(size));
    EXPECT_EQ(cursor.number<int>(), 7);
    EXPECT_TRUE(cursor.good() && cursor.at_end()) << size;
    if (size == 0) continue;
    Cursor strict(bytes);
    EXPECT_TRUE(strict.text(size - 1).empty());
    EXPECT_FALSE(strict.good()) << "longer than it may be";
  }
}

TEST(Cursor, ReadsRealNumbers) {
  const auto bytes = packed(1.5, 2.5F, 3, -4, std::numeric_limits<std::uint64_t>::max());
  Cursor cursor(bytes);
  for (const double number : {1.5, 2.5, 3.0, -4.0, 18446744073709551615.0}) EXPECT_EQ(cursor.real(), number);
  EXPECT_TRUE(cursor.good() && cursor.at_end());
}

TEST(Cursor, PassesOverWhateverALaterVersionHas) {
  const auto bytes = packed(std::vector<std::vector<std::string>>{{"a"}, {}}, msgpack::type::nil_t(), true, 1.5, 9);
  Cursor cursor(bytes);
  cursor.skip(4);
  EXPECT_EQ(cursor.number<int>(), 9);
  EXPECT_TRUE(cursor.good() && cursor.at_end());
  const std::string deep(1000, '\x91');
  Cursor bottomless(deep);
  bottomless.skip(1);
  EXPECT_FALSE(bottomless.good());
}

TEST(Cursor, IsBadForGoodAtTheFirstThingThatDoesNotFit) {
  const auto bytes = packed(std::string("text"), 1);
  Cursor cursor(bytes);
  EXPECT_EQ(cursor.number<int>(), 0);
  EXPECT_EQ(cursor.number<int>(), 0) << "though one would come";
  EXPECT_EQ(cursor.array(0), 0U);
  EXPECT_TRUE(cursor.text(10).empty());
  EXPECT_FALSE(cursor.good());
}

TEST(Cursor, NeverReadsBehindTheEnd) {
  const auto bytes = packed(std::uint64_t{1} << 40, std::string(300, 'x'), std::vector<char>(300, 'y'), 1.5);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<char> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    Cursor cursor({cut.data(), cut.size()});
    cursor.number<std::uint64_t>();
    (void)cursor.text(1000);
    (void)cursor.bytes(1000);
    cursor.real();
    EXPECT_FALSE(cursor.good()) << size;
  }
}

TEST(Cursor, RefusesAListWithoutTheMembersItMustHave) {
  const auto bytes = packed(std::vector<int>{1, 2});
  Cursor cursor(bytes);
  EXPECT_EQ(cursor.array(3), 0U);
  EXPECT_FALSE(cursor.good());
}

}  // namespace
}  // namespace jackfield::lane::testing
