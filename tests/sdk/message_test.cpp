// Messages: limits, malformed bytes, JSON text.
#include <jackfield/any.hpp>
#include <jackfield/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace jackfield;

std::string json_of(std::string_view packed) { return json_text(unpack(packed).get()); }

std::string refusal(std::string_view packed) {
  try {
    (void)unpack(packed);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "taken";
}

TEST(Message, NoBytesAreAnEmptyMap) { EXPECT_EQ(json_of(""), "{}"); }

TEST(Message, MalformedBytesAreRefused) {
  EXPECT_THAT(refusal("\x81\xa1"), testing::HasSubstr("no msgpack message"));
  EXPECT_THAT(refusal("\xc1"), testing::HasSubstr("no msgpack message"));
  EXPECT_THAT(refusal("\x01\x02"), testing::HasSubstr("after the end"));
  EXPECT_NE(refusal("\xdd\xff\xff\xff\xff"), "taken");  // an array that claims four thousand million items
}

TEST(Message, DepthIsBounded) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '\x91') + '\x01'; };
  EXPECT_EQ(refusal(nested(60)), "taken");
  EXPECT_NE(refusal(nested(70)), "taken");
  EXPECT_NO_THROW((void)json_to_msgpack(std::string(60, '[') + std::string(60, ']')));
  EXPECT_THROW((void)json_to_msgpack(std::string(100'000, '[')), std::invalid_argument);
  EXPECT_NO_THROW((void)json_to_msgpack("\"" + std::string(100, '[') + "\\\"" + std::string(100, '{') + "\""));
}

TEST(Message, JsonTextIsJson) {
  const std::string text = R"({"a":[1,-1,18446744073709551615,1.5,1e+300,"é\u0001\t",false,null,{}],"b":2.0})";
  EXPECT_EQ(json_of(json_to_msgpack(text)), text);
  EXPECT_EQ(json_of(std::string("\xc4\x04\x00\x01\x02\xff", 6)), "\"AAEC/w==\"");
  EXPECT_EQ(json_of(std::string("\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", 9)), "null");
}

TEST(Message, JsonErrorsSayWhere) {
  try {
    (void)json_to_msgpack("{\"a\":}");
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("column 6"));
  }
}

TEST(Any, PassesThroughWhatItHolds) {
  const Any any(json_to_msgpack(R"({"deep":[{"x":1}],"t":"y"})"));
  EXPECT_EQ(any.json(), R"({"deep":[{"x":1}],"t":"y"})");
  Buffer buffer;
  pack_value(buffer, any);
  EXPECT_EQ(view(buffer), any.packed());
}

TEST(Any, BecomesAnotherTypeOrSaysWhyNot) {
  EXPECT_EQ(Any::of(std::vector<int>{1, 2}).as<std::vector<int>>(), (std::vector<int>{1, 2}));
  EXPECT_THROW((void)Any::of(1).as<std::string>(), std::invalid_argument);
  EXPECT_FALSE(Any().as<std::optional<int>>());
  EXPECT_TRUE(Any().is_nil());
  EXPECT_EQ(Any().json(), "null");
}

}  // namespace
