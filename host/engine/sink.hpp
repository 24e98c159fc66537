// Where what people see is written to: a tree, JSON text, or msgpack.
//
// The three have the same members in the same order, byte for byte what the tree's own dump() and to_msgpack() give.
// A tree of an order of twenty steps is two hundred small allocations; whoever wants bytes in the end is spared it.
//
// A map is opened with the number of its members, which come in the order of their names.
#pragma once

#include "flow/value.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::engine {

class TreeSink {
 public:
  void open_map(std::size_t) { open_.push_back(put(flow::Value::object())); }
  void open_list(std::size_t) { open_.push_back(put(flow::Value::array())); }
  void close_map() { open_.pop_back(); }
  void close_list() { open_.pop_back(); }
  void key(std::string_view name) { key_ = name; }
  void text(std::string_view value) { put(std::string(value)); }
  void number(std::int64_t value) { put(value); }
  void null() { put(nullptr); }
  void value(const flow::Value& value) { put(value); }
  [[nodiscard]] flow::Value take() { return std::move(root_); }

 private:
  flow::Value* put(flow::Value value);

  flow::Value root_;
  std::vector<flow::Value*> open_;
  std::string key_;
};

class JsonSink {
 public:
  /// `room`: how many bytes it may become; more is taken where it is not enough.
  explicit JsonSink(std::size_t room) { out_.resize(room); }
  void open_map(std::size_t) { open('{'); }
  void open_list(std::size_t) { open('['); }
  void close_map() { close('}'); }
  void close_list() { close(']'); }
  /// Of plain letters: nothing in it is escaped.
  void key(std::string_view name) {
    char* at = begin(name.size() + 3);
    *at++ = '"';
    at = std::copy(name.begin(), name.end(), at);
    *at++ = '"';
    *at++ = ':';
    written_to(at);
    separate_ = false;
  }
  void text(std::string_view value);
  void number(std::int64_t value);
  void null() { raw("null"); }
  void value(const flow::Value& value);
  [[nodiscard]] std::string take() {
    out_.resize(size_);
    return std::move(out_);
  }

 private:
  // Where the next bytes go, at most `most` of them, behind a comma where one is due.
  char* begin(std::size_t most) {
    if (out_.size() - size_ < most + 1) out_.resize(2 * (size_ + most + 1));
    if (separate_) out_[size_++] = ',';
    separate_ = true;
    return out_.data() + size_;
  }
  void written_to(const char* end) { size_ = static_cast<std::size_t>(end - out_.data()); }
  void open(char bracket) {
    char* const at = begin(1);
    *at = bracket;
    written_to(at + 1);
    separate_ = false;
  }
  void close(char bracket) {
    separate_ = false;
    char* const at = begin(1);
    *at = bracket;
    written_to(at + 1);
  }
  void raw(std::string_view json) { written_to(std::copy(json.begin(), json.end(), begin(json.size()))); }

  std::string out_;         // as long as there is room
  std::size_t size_ = 0;    // of that, written
  bool separate_ = false;   // a comma is due before the next
};

class MsgpackSink {
 public:
  explicit MsgpackSink(std::size_t room) { out_.reserve(room); }
  void open_map(std::size_t members) { head(members, 0x80, 0xde); }
  void open_list(std::size_t items) { head(items, 0x90, 0xdc); }
  void close_map() {}
  void close_list() {}
  void key(std::string_view name) { text(name); }
  void text(std::string_view value);
  void number(std::int64_t value);
  void null() { out_ += static_cast<char>(0xc0); }
  void value(const flow::Value& value);
  void written(std::string_view msgpack) { out_ += msgpack; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void head(std::size_t count, unsigned few, unsigned many);
  void big_endian(std::uint64_t value, int bytes);

  std::string out_;
};

}  // namespace jackfield::engine
