#include "flow/event.hpp"

#include <stdexcept>

namespace jackfield::flow {

// On disk an event is a msgpack map of its members that differ from their defaults, under one-letter names.
std::vector<std::uint8_t> encode(const Event& event) {
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

Event decode(const std::uint8_t* data, std::size_t size) {
  try {
    Value map = Value::from_msgpack(data, data + size);
    Event event;
    const int kind = map.at("k").get<int>();
    if (kind < static_cast<int>(EventKind::started) || kind > static_cast<int>(EventKind::not_done)) {
      throw std::runtime_error("event kind " + std::to_string(kind) + ", expected 1 to 15");
    }
    event.kind = static_cast<EventKind>(kind);
    event.at = TimePoint{Millis{map.at("t").get<std::int64_t>()}};
    event.token = map.value("n", std::uint32_t{0});
    event.attempt = map.value("a", std::uint32_t{0});
    event.code = map.value("c", std::string{});
    event.text = map.value("x", std::string{});
    event.name = map.value("e", std::string{});
    if (auto body = map.find("b"); body != map.end()) event.body = std::move(*body);
    event.after = Millis{map.value("r", std::int64_t{0})};
    event.took_us = map.value("u", std::int64_t{0});
    event.version = map.value("v", std::string{});
    return event;
  } catch (const Value::exception& error) {
    throw std::runtime_error(std::string("not a journal event: ") + error.what());
  }
}

}  // namespace jackfield::flow
