#include "flow/event.hpp"

#include <cstdint>
#include <stdexcept>

namespace jackfield::flow {

namespace {

// What Value::to_msgpack() makes of a map of an event's members, byte for byte, without the map: every step of every
// instance is encoded once.
class Row {
 public:
  Row() { bytes_.reserve(160); }

  void number(char name, std::int64_t value) {
    key(name);
    if (value >= 0) return positive(static_cast<std::uint64_t>(value));
    if (value >= -32) return big_endian(static_cast<std::uint64_t>(value), 1);
    const int size = value >= INT8_MIN ? 1 : value >= INT16_MIN ? 2 : value >= INT32_MIN ? 4 : 8;
    bytes_.push_back(size == 1 ? 0xd0 : size == 2 ? 0xd1 : size == 4 ? 0xd2 : 0xd3);
    big_endian(static_cast<std::uint64_t>(value), size);
  }
  void text(char name, const std::string& value) {
    key(name);
    const std::size_t size = value.size();
    if (size < 32) {
      bytes_.push_back(static_cast<std::uint8_t>(0xa0 | size));
    } else {
      const int digits = size <= UINT8_MAX ? 1 : size <= UINT16_MAX ? 2 : 4;
      bytes_.push_back(digits == 1 ? 0xd9 : digits == 2 ? 0xda : 0xdb);
      big_endian(size, digits);
    }
    bytes_.insert(bytes_.end(), value.begin(), value.end());
  }
  void value(char name, const Value& value) {
    key(name);
    Value::to_msgpack(value, bytes_);
  }
  std::vector<std::uint8_t> take() {
    bytes_[0] |= members_;
    return std::move(bytes_);
  }

 private:
  void key(char name) {
    ++members_;
    bytes_.push_back(0xa1);
    bytes_.push_back(static_cast<std::uint8_t>(name));
  }
  void positive(std::uint64_t value) {
    if (value < 128) return bytes_.push_back(static_cast<std::uint8_t>(value));
    const int size = value <= UINT8_MAX ? 1 : value <= UINT16_MAX ? 2 : value <= UINT32_MAX ? 4 : 8;
    bytes_.push_back(size == 1 ? 0xcc : size == 2 ? 0xcd : size == 4 ? 0xce : 0xcf);
    big_endian(value, size);
  }
  void big_endian(std::uint64_t value, int size) {
    while (size-- > 0) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * size)));
  }

  std::vector<std::uint8_t> bytes_{0x80};  // a map of at most fifteen
  std::uint8_t members_ = 0;
};

}  // namespace

// On disk an event is a msgpack map of its members that differ from their defaults, under one-letter names in order.
std::vector<std::uint8_t> encode(const Event& event) {
  Row row;
  if (event.attempt != 0) row.number('a', event.attempt);
  if (!event.body.is_null()) row.value('b', event.body);
  if (!event.code.empty()) row.text('c', event.code);
  if (!event.name.empty()) row.text('e', event.name);
  row.number('k', static_cast<int>(event.kind));
  if (event.token != 0) row.number('n', event.token);
  if (event.after.count() != 0) row.number('r', event.after.count());
  row.number('t', event.at.time_since_epoch().count());
  if (event.took_us != 0) row.number('u', event.took_us);
  if (!event.version.empty()) row.text('v', event.version);
  if (!event.text.empty()) row.text('x', event.text);
  return row.take();
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
