#include "engine/body.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace jackfield::engine {
namespace {

using flow::Value;

// One well-formed UTF-8 sequence a turn (Unicode 15, table 3-7); false at the first that is none.
bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  for (std::size_t at = 0; at < text.size();) {
    const unsigned char lead = byte(at);
    std::size_t more = 0;
    unsigned char low = 0x80, high = 0xBF;
    if (lead < 0x80)
      more = 0;
    else if (lead >= 0xC2 && lead <= 0xDF)
      more = 1;
    else if (lead >= 0xE0 && lead <= 0xEF)
      more = 2, low = lead == 0xE0 ? 0xA0 : 0x80, high = lead == 0xED ? 0x9F : 0xBF;
    else if (lead >= 0xF0 && lead <= 0xF4)
      more = 3, low = lead == 0xF0 ? 0x90 : 0x80, high = lead == 0xF4 ? 0x8F : 0xBF;
    else
      return false;
    if (more > text.size() - at - 1) return false;
    for (std::size_t i = 1; i <= more; ++i, low = 0x80, high = 0xBF) {
      if (byte(at + i) < low || byte(at + i) > high) return false;
    }
    at += more + 1;
  }
  return true;
}

// Builds the value as the parser reads, and stops it at the first thing that is not wanted.
class Builder final : public nlohmann::json_sax<Value> {
 public:
  Builder(std::size_t deepest, bool takes_binary) : deepest_(deepest), takes_binary_(takes_binary) {}

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(std::int64_t value) override { return put(value); }
  bool number_unsigned(std::uint64_t value) override { return put(value); }
  bool number_float(double value, const std::string&) override {
    return value - value == 0.0 ? put(value) : stop("a number is not finite");
  }
  bool string(std::string& value) override {
    if (!is_utf8(value)) return stop("a text is not UTF-8");
    return put(std::move(value));
  }
  bool binary(Value::binary_t& bytes) override {
    if (takes_binary_) return put(Value::binary(std::move(bytes)));
    return stop("it holds binary data; expected text, numbers, lists and maps");
  }
  bool start_object(std::size_t) override { return open(Value::object()); }
  bool start_array(std::size_t) override { return open(Value::array()); }
  bool key(std::string& name) override {
    if (!is_utf8(name)) return stop("a member's name is not UTF-8");
    if (open_.back()->contains(name)) return stop("a member is given twice in the same object");
    key_ = std::move(name);
    return true;
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return stop("it is malformed near byte " + std::to_string(position));
  }

  [[nodiscard]] Body take(bool whole, const char* format) {
    if (whole) return std::move(root_);
    return problem(400, "MALFORMED", std::string("the body cannot be read as ") + format + ": " + why_);
  }

 private:
  bool put(Value value) {
    place(std::move(value));
    return true;
  }
  Value* place(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Value& parent = *open_.back();
    if (parent.is_object()) return &(parent[std::exchange(key_, {})] = std::move(value));
    parent.push_back(std::move(value));
    return &parent.back();
  }
  bool open(Value value) {
    if (open_.size() == deepest_) {
      return stop("it is nested deeper than " + std::to_string(deepest_) + " levels");
    }
    open_.push_back(place(std::move(value)));  // stays put: its parent grows only after it is closed
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  bool stop(std::string why) {
    if (why_.empty()) why_ = std::move(why);
    return false;
  }

  const std::size_t deepest_;
  const bool takes_binary_;
  Value root_;
  std::vector<Value*> open_;
  std::string key_, why_;
};

Body read(std::string_view bytes, nlohmann::detail::input_format_t format, const char* name) {
  Builder builder(depth_most, false);
  bool whole = false;
  if (!bytes.empty()) whole = Value::sax_parse(bytes.begin(), bytes.end(), &builder, format);
  if (bytes.empty()) return problem(400, "MALFORMED", std::string("the body is empty; expected ") + name);
  return builder.take(whole, name);
}

}  // namespace

Body read_json(std::string_view text) { return read(text, nlohmann::detail::input_format_t::json, "JSON"); }

Body read_msgpack(std::string_view bytes) { return read(bytes, nlohmann::detail::input_format_t::msgpack, "msgpack"); }

std::optional<Value> read_output(std::string_view bytes) {
  if (bytes.empty()) return Value::object();
  Builder builder(output_depth_most, true);
  const bool whole = Value::sax_parse(bytes.begin(), bytes.end(), &builder, nlohmann::detail::input_format_t::msgpack);
  Body body = builder.take(whole, "msgpack");
  auto* const value = std::get_if<Value>(&body);
  if (value == nullptr || !value->is_object()) return std::nullopt;
  return std::move(*value);
}

std::map<std::string, std::string> read_labels(std::string_view bytes) {
  std::map<std::string, std::string> labels;
  const auto map = read_output(bytes);
  if (!map) return labels;
  for (const auto& [label, word] : map->items()) {
    if (word.is_string()) labels[label] = word.get<std::string>();
    else if (word.is_primitive() && !word.is_binary()) labels[label] = word.dump();
  }
  return labels;
}

std::string write_msgpack(const Value& value) {
  std::string bytes;
  Value::to_msgpack(value, nlohmann::detail::output_adapter<char>(bytes));
  return bytes;
}

}  // namespace jackfield::engine
