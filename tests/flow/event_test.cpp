// The journal's bytes: old rows are read for ever, so what is written may not change its form.
#include "flow/event.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace jackfield::flow {
namespace {

// The form in plain words: a map of what differs from the defaults, as nlohmann writes one.
std::vector<std::uint8_t> as_a_map(const Event& event) {
  Value map = {{"k", static_cast<int>(event.kind)}, {"t", event.at.time_since_epoch().count()}};
  if (event.token != 0) map["n"] = event.token;
  if (event.attempt != 0) map["a"] = event.attempt;
  if (!event.code.empty()) map["c"] = event.code;
  if (!event.text.empty()) map["x"] = event.text;
  if (!event.name.empty()) map["e"] = event.name;
  if (!event.body.is_null()) map["b"] = event.body;
  if (event.after.count() != 0) map["r"] = event.after.count();
  if (event.took_us != 0) map["u"] = event.took_us;
  if (!event.version.empty()) map["v"] = event.version;
  return Value::to_msgpack(map);
}

TEST(Event, IsOnDiskAMapOfWhatDiffersFromTheDefaults) {
  Event event;
  EXPECT_EQ(encode(event), as_a_map(event));
  event = {EventKind::done, TimePoint{Millis{1'732'262'400'123}}, 7, 2, "CODE", "why", "name",
           {{"msisdn", "13900000001"}, {"fee", -12.5}, {"list", {1, nullptr, true}}}, Millis{250}, 1'234, "1.0.0+abc"};
  EXPECT_EQ(encode(event), as_a_map(event));
}

TEST(Event, IsTheSameOnDiskForNumbersOfEverySize) {
  using Limits = std::numeric_limits<std::int64_t>;
  for (const std::int64_t number :
       {Limits::min(), std::int64_t{INT32_MIN} - 1, std::int64_t{INT32_MIN}, std::int64_t{-32769}, std::int64_t{-32768},
        std::int64_t{-129}, std::int64_t{-128}, std::int64_t{-33}, std::int64_t{-32}, std::int64_t{-1}, std::int64_t{1},
        std::int64_t{127}, std::int64_t{128}, std::int64_t{255}, std::int64_t{256}, std::int64_t{65535},
        std::int64_t{65536}, std::int64_t{UINT32_MAX}, std::int64_t{UINT32_MAX} + 1, Limits::max()}) {
    Event event;
    event.at = TimePoint{Millis{number}};
    event.took_us = number;
    event.token = static_cast<std::uint32_t>(number);
    EXPECT_EQ(encode(event), as_a_map(event)) << number;
  }
}

TEST(Event, IsTheSameOnDiskForTextsOfEverySize) {
  for (const std::size_t size : {1, 31, 32, 255, 256, 65535, 65536}) {
    Event event;
    event.text = std::string(size, 'x');
    event.body = std::string(size, 'y');
    EXPECT_EQ(encode(event), as_a_map(event)) << size;
    EXPECT_EQ(decode(encode(event).data(), encode(event).size()).text, event.text) << size;
  }
}

}  // namespace
}  // namespace jackfield::flow
