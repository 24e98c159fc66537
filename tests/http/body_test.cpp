#include "engine/body.hpp"

#include "engine/mask.hpp"

#include <gtest/gtest.h>

namespace jackfield::engine {
namespace {

using flow::Value;

std::string refusal(const Body& body) {
  const auto* reply = std::get_if<Reply>(&body);
  return reply == nullptr ? "" : std::to_string(reply->status) + " " + reply->body.value("detail", "");
}

bool tells(const Body& body, const std::string& text) { return refusal(body).find(text) != std::string::npos; }

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

TEST(Body, ReadsWhatWasWritten) {
  const Value value{{"a", {1, -2, 2.5, true, nullptr, "开户"}}, {"b", {{"c", Value::object()}}}};
  EXPECT_EQ(std::get<Value>(read_json(value.dump())), value);
  EXPECT_EQ(std::get<Value>(read_msgpack(write_msgpack(value))), value);
}

TEST(Body, ReadsEveryKindOfNumberAndText) {
  const auto value = std::get<Value>(
      read_json("\xef\xbb\xbf [0, -0, 7, -7, 18446744073709551615, -9223372036854775808, 18446744073709551616, 0.1,"
                " 1e-7, 2.5E3, \"\\u5f00\\u6237 \\ud83d\\ude00 \\n\\\"\", \"\\u0000\", \"号码 0123456789\"] "));
  EXPECT_EQ(value, (Value{0, 0, 7, -7, 18446744073709551615U, INT64_MIN, 18446744073709551616.0, 0.1, 1e-7, 2500.0,
                          "开户 😀 \n\"", std::string(1, '\0'), "号码 0123456789"}));
  EXPECT_TRUE(value[2].is_number_unsigned());
  EXPECT_TRUE(value[6].is_number_float());
}

TEST(Body, TakesSixtyFourLevelsAndNotOneMore) {
  EXPECT_EQ(refusal(read_json(nested(64))), "");
  EXPECT_TRUE(tells(read_json(nested(65)), "deeper than 64"));
  EXPECT_TRUE(tells(read_json(nested(30'000)), "deeper than 64"));
  EXPECT_EQ(refusal(read_msgpack(std::string(63, '\x91') + "\x90")), "");
  EXPECT_TRUE(tells(read_msgpack(std::string(60'000, '\x91')), "deeper than 64"));
}

TEST(Body, RefusesAMemberGivenTwice) {
  EXPECT_TRUE(tells(read_json(R"({"a":1,"b":{"a":1},"a":2})"), "given twice"));
  EXPECT_TRUE(tells(read_msgpack("\x82\xa1"
                                 "a\x01\xa1"
                                 "a\x02"),
                    "given twice"));
}

TEST(Body, RefusesTextThatIsNotUtf8) {
  EXPECT_TRUE(tells(read_json("{\"a\":\"\xff\"}"), "400"));
  EXPECT_TRUE(tells(read_json("{\"a\":\"\xed\xa0\x80\"}"), "400"));
  EXPECT_TRUE(tells(read_json(R"({"a":"\ud800"})"), "400"));
  EXPECT_TRUE(tells(read_msgpack("\x81\xa1"
                                 "a\xa1\xff"),
                    "not UTF-8"));
  EXPECT_TRUE(tells(read_msgpack("\x81\xa1\xff\x01"), "not UTF-8"));
}

TEST(Body, RefusesWhatIsMalformedAndRepeatsNothingOfIt) {
  for (const char* text :
       {"", " ", "{", "{\"a\":}", "[1,]", "nul", "{} {}", "{'a':1}", "1e999", "\"110105194912310021"}) {
    const auto read = read_json(text);
    EXPECT_TRUE(tells(read, "400")) << text;
    EXPECT_FALSE(tells(read, "1101051949")) << text;
  }
  EXPECT_TRUE(tells(read_json(std::string_view("{}\0{}", 5)), "400"));
  EXPECT_TRUE(tells(read_json(std::string_view("\"a\0b\"", 5)), "400"));
  EXPECT_TRUE(tells(read_json("\"a\nb\""), "400"));
  EXPECT_TRUE(tells(read_msgpack("\xc1"), "400"));
  EXPECT_TRUE(tells(read_msgpack("\xdd\xff\xff\xff\xff"), "400"));  // four billion items, and then nothing
  EXPECT_TRUE(tells(read_msgpack("\x81\x01\x02"), "400"));          // a number for a member's name
  EXPECT_TRUE(tells(read_msgpack("\xc4\x01x"), "binary"));
  EXPECT_TRUE(tells(read_msgpack(std::string("\x01\x02")), "400"));
  EXPECT_TRUE(tells(read_msgpack("\xcb\x7f\xf8" + std::string(6, '\0')), "400"));  // not a number
}

// A plugin may be hostile, or broken: what it answers goes through the engine, the store and the API after this.
TEST(Body, ReadsAStepsOutputWithinLimits) {
  EXPECT_EQ(read_output(""), std::optional<Value>(Value::object()));
  EXPECT_EQ(read_output("\x81\xa1" "a\x01"), std::optional<Value>(Value{{"a", 1}}));
  EXPECT_EQ(read_output("\x81\xa1" "a\xc4\x01x"), std::optional<Value>(Value{{"a", Value::binary({'x'})}}));
  EXPECT_TRUE(read_output("\x81\xa1" "a" + std::string(127, '\x91') + '\x01'));
  EXPECT_FALSE(read_output("\x81\xa1" "a" + std::string(128, '\x91') + '\x01'));
  EXPECT_FALSE(read_output("\x81\xa1" "a" + std::string(10'000'000, '\x91') + '\x01'));
  EXPECT_FALSE(read_output("\x81\xa1" "a\xa1\xff")) << "no UTF-8";
  EXPECT_FALSE(read_output("\x91\x01")) << "no map";
  EXPECT_FALSE(read_output("\x81\xa1" "a")) << "cut short";
  EXPECT_FALSE(read_output("\x80\x80")) << "more than one";
}

TEST(Body, ReadsTheLabelsOfAMetric) {
  using Labels = std::map<std::string, std::string>;
  EXPECT_EQ(read_labels(""), Labels());
  EXPECT_EQ(read_labels("\x83\xa1" "a\xa1" "b\xa1" "c\x01\xa1" "d\x91\x01"), (Labels{{"a", "b"}, {"c", "1"}}));
  EXPECT_EQ(read_labels("\x81\xa1" "a" + std::string(10'000'000, '\x91') + '\x01'), Labels());
  EXPECT_EQ(read_labels("\x81\xa1" "a\x91\xa1\xff"), Labels());
}

TEST(Mask, HidesWhatIsPersonalAtAnyDepth) {
  const Value value{{"msisdn", "13800138000"},
                    {"customer", {{"id_number", "1101"}, {"agent", {{"id_number", 7}}}}},
                    {"cards", {{{"ki", "00FF"}, {"iccid", "8986"}}}},
                    {"reference", nullptr}};
  const Value hidden{{"msisdn", "13800138000"},
                     {"customer", {{"id_number", "***"}, {"agent", {{"id_number", "***"}}}}},
                     {"cards", {{{"ki", "***"}, {"iccid", "8986"}}}},
                     {"reference", nullptr}};
  EXPECT_EQ(masked(value), hidden);
}

}  // namespace
}  // namespace jackfield::engine
