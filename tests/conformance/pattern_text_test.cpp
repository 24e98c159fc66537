// A text made from an expression matches it, as std::regex, which is another reader of the same language, finds.
#include "conformance/pattern_text.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace jackfield::conformance {
namespace {

class PatternText : public testing::TestWithParam<const char*> {};

TEST_P(PatternText, Matches) {
  std::mt19937_64 random(7114);
  for (int i = 0; i < 200; ++i) {
    const auto text = text_like(GetParam(), random);
    ASSERT_TRUE(text) << GetParam();
    EXPECT_TRUE(std::regex_match(*text, std::regex(GetParam()))) << GetParam() << " and " << *text;
  }
}

INSTANTIATE_TEST_SUITE_P(Each, PatternText,
                         testing::Values("^[0-9]+(ms|s|m|h|d)$", "^[0-9]+(ms|s|m|h|d)\\.\\.[0-9]+(ms|s|m|h|d)$",
                                         "^(\\+?86)?1[0-9]{10}$", "^[A-Z][A-Z0-9_]*$", "^[0-9a-f]{8}-[0-9a-f]{4}$",
                                         "^\\d{3,5}\\s?\\w+$", "a|b|(?:cd){2}", "^[^/]+/[^/]*$", "^x{2,}y??$",
                                         "^[\\w.-]+@[\\w-]+\\.[a-z]{2,3}$", ""));

TEST(PatternTextAtItsEnd, SaysWhatItDoesNotFollow) {
  std::mt19937_64 random(1);
  for (const char* pattern : {"(?=a)a", "(a)\\1", "a{9999}", "[a", "(a", "*", "a)", "\\p{L}"})
    EXPECT_FALSE(text_like(pattern, random)) << pattern;
}

}  // namespace
}  // namespace jackfield::conformance
