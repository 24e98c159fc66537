#include "engine/sink.hpp"

#include <algorithm>
#include <charconv>

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

void JsonSink::begin() {
  if (!named_ && !first_) out_ += ',';
  named_ = first_ = false;
}

void JsonSink::quote(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  if (!plain) {
    out_ += Value(text).dump(-1, ' ', false, Value::error_handler_t::replace);
    return;
  }
  out_ += '"';
  out_ += text;
  out_ += '"';
}

void JsonSink::key(std::string_view name) {
  begin();
  out_ += '"';
  out_ += name;
  out_ += "\":";
  named_ = true;
}

void JsonSink::text(std::string_view value) {
  begin();
  quote(value);
}

void JsonSink::number(std::int64_t value) {
  begin();
  char digits[24];
  out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void JsonSink::value(const Value& value) {
  if (value.is_null()) return null();
  begin();
  out_ += value.dump(-1, ' ', false, Value::error_handler_t::replace);
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
