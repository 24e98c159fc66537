#include "engine/sink.hpp"

#include <charconv>
#include <cstring>

namespace jackfield::engine {

using flow::Value;

Value* TreeSink::put(Value value) {
  if (open_.empty()) {
    root_ = std::move(value);
    return &root_;
  }
  Value& parent = *open_.back();
  if (parent.is_object()) {
    auto& members = parent.get_ref<Value::object_t&>();
    return &members.emplace_hint(members.end(), std::exchange(key_, {}), std::move(value))->second;
  }
  parent.push_back(std::move(value));
  return &parent.back();  // stays put: its parent grows only after it is closed
}

namespace {

// False where there is a quotation mark, a backslash, a control character, or a byte that is not ASCII; and now and
// then where there is none, in bytes beside one another: it only says whether the long way can be spared.
bool is_plain(std::string_view text) {
  constexpr std::uint64_t each = 0x0101010101010101, top = 0x80 * each;
  const auto zero = [](std::uint64_t word) { return (word - each) & ~word; };
  std::uint64_t odd = 0;
  while (!text.empty()) {
    std::uint64_t word = ' ' * each;
    const std::size_t size = std::min(text.size(), sizeof word);
    std::memcpy(&word, text.data(), size);
    text.remove_prefix(size);
    odd |= word | (word - ' ' * each) | zero(word ^ ('"' * each)) | zero(word ^ ('\\' * each));
  }
  return (odd & top) == 0;
}

}  // namespace

void JsonSink::text(std::string_view value) {
  if (!is_plain(value)) return raw(Value(value).dump(-1, ' ', false, Value::error_handler_t::replace));
  char* at = begin(value.size() + 2);
  *at++ = '"';
  at = std::copy(value.begin(), value.end(), at);
  *at++ = '"';
  written_to(at);
}

void JsonSink::number(std::int64_t value) {
  constexpr std::size_t most = 20;
  char* const at = begin(most);
  written_to(std::to_chars(at, at + most, value).ptr);
}

void JsonSink::value(const Value& value) {
  if (value.is_null()) return null();
  raw(value.dump(-1, ' ', false, Value::error_handler_t::replace));
}

void MsgpackSink::big_endian(std::uint64_t value, int bytes) {
  while (bytes-- > 0) out_ += static_cast<char>(value >> (8 * bytes) & 0xff);
}

void MsgpackSink::head(std::size_t count, unsigned few, unsigned many) {
  if (count < 16) {
    out_ += static_cast<char>(few | count);
  } else {
    const bool huge = count > UINT16_MAX;
    out_ += static_cast<char>(huge ? many + 1 : many);
    big_endian(count, huge ? 4 : 2);
  }
}

void MsgpackSink::text(std::string_view value) {
  const std::size_t size = value.size();
  if (size < 32) {
    out_ += static_cast<char>(0xa0 | size);
  } else {
    const int digits = size <= UINT8_MAX ? 1 : size <= UINT16_MAX ? 2 : 4;
    out_ += static_cast<char>(digits == 1 ? 0xd9 : digits == 2 ? 0xda : 0xdb);
    big_endian(size, digits);
  }
  out_ += value;
}

void MsgpackSink::number(std::int64_t value) { Value::to_msgpack(Value(value), {out_}); }

void MsgpackSink::value(const Value& value) { Value::to_msgpack(value, {out_}); }

}  // namespace jackfield::engine
