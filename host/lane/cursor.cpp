#include "lane/cursor.hpp"

#include <msgpack.hpp>

#include <bit>

namespace jackfield::lane {
namespace {

// What begins a member: https://github.com/msgpack/msgpack/blob/master/spec.md
enum Head : std::uint8_t {
  bin8 = 0xc4, bin16, bin32,
  float32 = 0xca, float64,
  uint8 = 0xcc, uint16, uint32, uint64,
  int8 = 0xd0, int16, int32, int64,
  str8 = 0xd9, str16, str32,
  array16 = 0xdc, array32
};

bool is_positive(std::uint8_t head) { return head < 0x80; }
bool is_negative(std::uint8_t head) { return head >= 0xe0; }
bool is_array(std::uint8_t head) { return (head & 0xf0) == 0x90; }
bool is_text(std::uint8_t head) { return (head & 0xe0) == 0xa0; }

// Takes what is passed over, but no depth without end.
class Passed : public msgpack::null_visitor {
 public:
  bool start_array(std::uint32_t) { return ++depth_ <= deepest; }
  bool end_array() { return --depth_ >= 0; }
  bool start_map(std::uint32_t) { return ++depth_ <= deepest; }
  bool end_map() { return --depth_ >= 0; }

 private:
  static constexpr int deepest = 8;
  int depth_ = 0;
};

}  // namespace

std::uint8_t Cursor::bad() {
  good_ = false;
  left_ = {};
  return 0xc1;  // never used
}

std::uint8_t Cursor::head() {
  if (left_.empty()) return bad();
  const auto first = static_cast<std::uint8_t>(left_.front());
  left_.remove_prefix(1);
  return first;
}

std::uint64_t Cursor::big_endian(std::size_t size) {
  if (left_.size() < size) return bad(), 0;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<std::uint8_t>(left_[i]);
  left_.remove_prefix(size);
  return value;
}

std::string_view Cursor::take(std::size_t size, std::size_t most) {
  if (size > most || size > left_.size()) return bad(), std::string_view{};
  const auto taken = left_.substr(0, size);
  left_.remove_prefix(size);
  return taken;
}

std::uint32_t Cursor::array(std::uint32_t known) {
  const auto first = head();
  std::uint64_t members = 0;
  if (is_array(first)) members = first & 0x0f;
  else if (first == array16 || first == array32) members = big_endian(first == array16 ? 2 : 4);
  else bad();
  if (members < known) bad();
  return good_ ? static_cast<std::uint32_t>(members) : 0;
}

Cursor::Whole Cursor::whole() {
  const auto first = head();
  if (is_positive(first)) return {first, false};
  if (is_negative(first)) return {static_cast<std::int8_t>(first), true};
  if (first >= uint8 && first <= uint64) return {static_cast<std::int64_t>(big_endian(1u << (first - uint8))), false};
  if (first < int8 || first > int64) return bad(), Whole{};
  const unsigned bits = 64 - (8u << (first - int8));
  const auto value = static_cast<std::int64_t>(big_endian(1u << (first - int8)) << bits) >> bits;
  return {value, value < 0};
}

double Cursor::real() {
  const auto first = left_.empty() ? bad() : static_cast<std::uint8_t>(left_.front());
  if (first == float32 || first == float64) {
    head();
    if (first == float32) return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(big_endian(4))));
    return std::bit_cast<double>(big_endian(8));
  }
  const Whole number = whole();
  return number.negative ? static_cast<double>(number.value) : static_cast<double>(static_cast<std::uint64_t>(number.value));
}

std::string_view Cursor::text(std::size_t most) {
  const auto first = head();
  if (is_text(first)) return take(first & 0x1f, most);
  if (first < str8 || first > str32) return bad(), std::string_view{};
  return take(big_endian(1u << (first - str8)), most);
}

std::string_view Cursor::bytes(std::size_t most) {
  const auto first = head();
  if (first < bin8 || first > bin32) return bad(), std::string_view{};
  return take(big_endian(1u << (first - bin8)), most);
}

void Cursor::skip(std::uint32_t members) {
  for (; members > 0 && good_; --members) {
    Passed passed;
    std::size_t read = 0;
    if (!msgpack::parse(left_.data(), left_.size(), read, passed)) bad();
    else left_.remove_prefix(read);
  }
}

}  // namespace jackfield::lane
