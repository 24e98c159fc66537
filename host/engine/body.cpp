#include "engine/body.hpp"

#include <msgpack.hpp>
#if defined(__SSE2__)
#define RAPIDJSON_SSE2
#endif
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace jackfield::engine {
namespace {

using flow::Value;

// One well-formed UTF-8 sequence a turn (Unicode 15, table 3-7); false at the first that is none.
bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  for (std::size_t at = 0; at < text.size();) {
    if (text.size() - at >= 8) {  // most text is ASCII
      std::uint64_t eight = 0;
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & 0x8080808080808080) == 0) {
        at += 8;
        continue;
      }
    }
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

// Builds the value as a parser reads, and stops it at the first thing that is not wanted.
class Builder {
 public:
  Builder(std::size_t deepest, bool takes_binary) : deepest_(deepest), takes_binary_(takes_binary) {}

  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number(std::int64_t value) { return put(value); }
  bool number(std::uint64_t value) { return put(value); }
  bool number(double value) { return std::isfinite(value) ? put(value) : stop("a number is not finite"); }
  bool text(std::string_view value) {
    if (!is_utf8(value)) return stop("a text is not UTF-8");
    return put(std::string(value));
  }
  bool binary(Value::binary_t bytes) {
    if (takes_binary_) return put(Value::binary(std::move(bytes)));
    return stop("it holds binary data; expected text, numbers, lists and maps");
  }
  bool open_map() { return open(Value::object()); }
  bool open_list() { return open(Value::array()); }
  bool key(std::string_view name) {
    if (!is_utf8(name)) return stop("a member's name is not UTF-8");
    key_ = name;
    return true;
  }
  bool malformed(std::size_t position) { return stop("it is malformed near byte " + std::to_string(position)); }
  bool close() {
    open_.pop_back();
    return true;
  }
  bool unnamed() { return stop("a member's name is not text"); }

  [[nodiscard]] Body take(bool whole, const char* format) {
    if (whole) return std::move(root_);
    return problem(400, "MALFORMED", std::string("the body cannot be read as ") + format + ": " + why_);
  }

 private:
  bool put(Value value) { return place(std::move(value)) != nullptr; }
  Value* place(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Value& parent = *open_.back();
    if (parent.is_object()) {
      const auto [at, fresh] = parent.get_ref<Value::object_t&>().try_emplace(std::move(key_), std::move(value));
      if (fresh) return &at->second;
      stop("a member is given twice in the same object");
      return nullptr;
    }
    parent.push_back(std::move(value));
    return &parent.back();
  }
  bool open(Value value) {
    if (open_.size() == deepest_) {
      return stop("it is nested deeper than " + std::to_string(deepest_) + " levels");
    }
    Value* const here = place(std::move(value));  // stays put: its parent grows only after it is closed
    if (here != nullptr) open_.push_back(here);
    return here != nullptr;
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

// What msgpack's parser calls.
class Unpacked final : public msgpack::null_visitor {
 public:
  explicit Unpacked(Builder& builder) : builder_(builder) {}

  bool visit_nil() { return named() && builder_.null(); }
  bool visit_boolean(bool value) { return named() && builder_.boolean(value); }
  bool visit_positive_integer(std::uint64_t value) { return named() && builder_.number(value); }
  bool visit_negative_integer(std::int64_t value) { return named() && builder_.number(value); }
  bool visit_float32(float value) { return visit_float64(static_cast<double>(value)); }
  bool visit_float64(double value) { return named() && builder_.number(value); }
  bool visit_str(const char* text, std::uint32_t size) {
    return in_key_ ? builder_.key({text, size}) : builder_.text({text, size});
  }
  bool visit_bin(const char* bytes, std::uint32_t size) {
    Value::binary_t value(Value::binary_t::container_type(bytes, bytes + size));
    return named() && builder_.binary(std::move(value));
  }
  bool visit_ext(const char* bytes, std::uint32_t size) {  // its type, then its bytes
    if (size == 0) return false;
    Value::binary_t value(Value::binary_t::container_type(bytes + 1, bytes + size), static_cast<std::uint8_t>(bytes[0]));
    return named() && builder_.binary(std::move(value));
  }
  bool start_array(std::uint32_t) { return named() && builder_.open_list(); }
  bool end_array() { return builder_.close(); }
  bool start_map(std::uint32_t) { return named() && builder_.open_map(); }
  bool start_map_key() { return in_key_ = true; }
  bool end_map_key() { return !(in_key_ = false); }
  bool end_map() { return builder_.close(); }
  void parse_error(std::size_t, std::size_t at) { builder_.malformed(at); }
  void insufficient_bytes(std::size_t, std::size_t at) { builder_.malformed(at); }

 private:
  bool named() { return !in_key_ || builder_.unnamed(); }

  Builder& builder_;
  bool in_key_ = false;
};

bool unpack(std::string_view bytes, Builder& builder) {
  Unpacked visitor(builder);
  std::size_t read = 0;
  if (!msgpack::parse(bytes.data(), bytes.size(), read, visitor)) return false;
  return read == bytes.size() || builder.malformed(read);
}

// What RapidJSON's reader calls.
class Read final : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Read> {
 public:
  explicit Read(Builder& builder) : builder_(builder) {}

  bool Null() { return builder_.null(); }
  bool Bool(bool value) { return builder_.boolean(value); }
  bool Int(int value) { return Int64(value); }
  bool Uint(unsigned value) { return Uint64(value); }
  bool Int64(std::int64_t value) { return builder_.number(value); }
  bool Uint64(std::uint64_t value) { return builder_.number(value); }
  bool Double(double value) { return builder_.number(value); }
  bool String(const char* text, rapidjson::SizeType size, bool) { return builder_.text({text, size}); }
  bool Key(const char* name, rapidjson::SizeType size, bool) { return builder_.key({name, size}); }
  bool StartObject() { return builder_.open_map(); }
  bool EndObject(rapidjson::SizeType) { return builder_.close(); }
  bool StartArray() { return builder_.open_list(); }
  bool EndArray(rapidjson::SizeType) { return builder_.close(); }

 private:
  Builder& builder_;
};

bool parse(std::string_view text, Builder& builder) {
  constexpr std::string_view mark = "\xef\xbb\xbf";  // of byte order: some clients cannot leave it
  if (text.starts_with(mark)) text.remove_prefix(mark.size());
  constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag;
  Read handler(builder);
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  const auto result = reader.Parse<flags>(stream, handler);
  if (result.IsError()) return builder.malformed(result.Offset());
  return stream.Tell() == text.size() || builder.malformed(stream.Tell());  // a NUL looks like the end
}

Reply empty_body(const char* expected) {
  return problem(400, "MALFORMED", std::string("the body is empty; expected ") + expected);
}

}  // namespace

Body read_json(std::string_view text) {
  if (text.empty()) return empty_body("JSON");
  Builder builder(depth_most, false);
  return builder.take(parse(text, builder), "JSON");
}

Body read_msgpack(std::string_view bytes) {
  if (bytes.empty()) return empty_body("msgpack");
  Builder builder(depth_most, false);
  return builder.take(unpack(bytes, builder), "msgpack");
}

std::optional<Value> read_output(std::string_view bytes) {
  if (bytes.empty()) return Value::object();
  Builder builder(output_depth_most, true);
  Body body = builder.take(unpack(bytes, builder), "msgpack");
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
