#include <jackfield/message.hpp>

#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace jackfield {

namespace {

constexpr std::size_t items_most = 1 << 20;

// Texts and bytes stay where they are: the message outlives its reader.
bool by_reference(msgpack::type::object_type, std::size_t, void*) { return true; }

void add_base64(std::string& out, const char* data, std::size_t size) {
  static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < size; i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j)
      bits = bits << 8 | (i + j < size ? static_cast<unsigned char>(data[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j) out += i + j > size ? '=' : letters[bits >> (18 - 6 * j) & 63];
  }
}

void add_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          char escaped[8];
          std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
          out += escaped;
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void add_number(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  char text[40];
  for (const int digits : {15, 17}) {
    std::snprintf(text, sizeof text, "%.*g", digits, number);
    if (std::strtod(text, nullptr) == number) break;
  }
  out += text;
  if (std::string_view(text).find_first_of(".e") == std::string_view::npos) out += ".0";
}

void add_json(std::string& out, const Object& object);

void add_array(std::string& out, const msgpack::object_array& array) {
  out += '[';
  for (std::uint32_t i = 0; i < array.size; ++i) {
    if (i) out += ',';
    add_json(out, array.ptr[i]);
  }
  out += ']';
}

void add_map(std::string& out, const msgpack::object_map& map) {
  out += '{';
  for (std::uint32_t i = 0; i < map.size; ++i) {
    if (i) out += ',';
    const Object& key = map.ptr[i].key;
    if (key.type == msgpack::type::STR)
      add_quoted(out, {key.via.str.ptr, key.via.str.size});
    else
      add_quoted(out, json_text(key));
    out += ':';
    add_json(out, map.ptr[i].val);
  }
  out += '}';
}

void add_json(std::string& out, const Object& object) {
  switch (object.type) {
    case msgpack::type::BOOLEAN: out += object.via.boolean ? "true" : "false"; return;
    case msgpack::type::POSITIVE_INTEGER: out += std::to_string(object.via.u64); return;
    case msgpack::type::NEGATIVE_INTEGER: out += std::to_string(object.via.i64); return;
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64: return add_number(out, object.via.f64);
    case msgpack::type::STR: return add_quoted(out, {object.via.str.ptr, object.via.str.size});
    case msgpack::type::ARRAY: return add_array(out, object.via.array);
    case msgpack::type::MAP: return add_map(out, object.via.map);
    case msgpack::type::BIN:
      out += '"';
      add_base64(out, object.via.bin.ptr, object.via.bin.size);
      out += '"';
      return;
    default: out += "null";
  }
}

}  // namespace

Message unpack(std::string_view packed) {
  if (packed.empty()) packed = std::string_view("\x80", 1);
  try {
    std::size_t used = 0;
    const msgpack::unpack_limit limit(items_most, items_most, packed.size(), packed.size(), packed.size(),
                                      message_depth_most);
    Message message = msgpack::unpack(packed.data(), packed.size(), used, by_reference, nullptr, limit);
    if (used == packed.size()) return message;
  } catch (const msgpack::unpack_error& error) {
    throw std::invalid_argument(std::string("found bytes that are no msgpack message: ") + error.what());
  }
  throw std::invalid_argument("found bytes after the end of the msgpack message, expected one value");
}

void pack_object(Packer& packer, const Object& object) {
  switch (object.type) {
    case msgpack::type::BOOLEAN: object.via.boolean ? packer.pack_true() : packer.pack_false(); return;
    case msgpack::type::POSITIVE_INTEGER: packer.pack_uint64(object.via.u64); return;
    case msgpack::type::NEGATIVE_INTEGER: packer.pack_int64(object.via.i64); return;
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64: packer.pack_double(object.via.f64); return;
    case msgpack::type::STR: return pack_text(packer, {object.via.str.ptr, object.via.str.size});
    case msgpack::type::BIN:
      packer.pack_bin(object.via.bin.size);
      packer.pack_bin_body(object.via.bin.ptr, object.via.bin.size);
      return;
    case msgpack::type::ARRAY:
      packer.pack_array(object.via.array.size);
      for (std::uint32_t i = 0; i < object.via.array.size; ++i) pack_object(packer, object.via.array.ptr[i]);
      return;
    case msgpack::type::MAP:
      packer.pack_map(object.via.map.size);
      for (std::uint32_t i = 0; i < object.via.map.size; ++i) {
        pack_object(packer, object.via.map.ptr[i].key);
        pack_object(packer, object.via.map.ptr[i].val);
      }
      return;
    default: packer.pack_nil();
  }
}

std::string json_text(const Object& object) {
  std::string out;
  add_json(out, object);
  return out;
}

std::string json_quoted(std::string_view text) {
  std::string out;
  add_quoted(out, text);
  return out;
}

}  // namespace jackfield
