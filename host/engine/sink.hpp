// Where what people see is written to: a tree, JSON text, or msgpack.
//
// The three have the same members in the same order, byte for byte what the tree's own dump() and to_msgpack() give.
// A tree of an order of twenty steps is two hundred small allocations; whoever wants bytes in the end is spared it.
//
// A map is opened with the number of its members, which come in the order of their names.
#pragma once

#include "flow/value.hpp"

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
  /// `room`: how many bytes it may become.
  explicit JsonSink(std::size_t room) { out_.reserve(room); }
  void open_map(std::size_t) { begin(), out_ += '{', first_ = true; }
  void open_list(std::size_t) { begin(), out_ += '[', first_ = true; }
  void close_map() { out_ += '}', first_ = false; }
  void close_list() { out_ += ']', first_ = false; }
  /// Of plain letters: nothing in it is escaped.
  void key(std::string_view name);
  void text(std::string_view value);
  void number(std::int64_t value);
  void null() { begin(), out_ += "null"; }
  void value(const flow::Value& value);
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void begin();
  void quote(std::string_view text);

  std::string out_;
  bool first_ = true;   // of a map or a list
  bool named_ = false;  // a member's name was just written
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
