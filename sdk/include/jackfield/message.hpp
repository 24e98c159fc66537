// A msgpack message as the SDK reads and writes it: the library's packer and object, with our limits.
//
// Ownership: an unpacked Message points into the bytes it was made of; they must outlive it.
// Errors: unpack() throws std::invalid_argument for bytes that are no single msgpack value, or one deeper than 64.
#pragma once

#include <msgpack/pack.hpp>
#include <msgpack/sbuffer.hpp>
#include <msgpack/unpack.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include <jackfield/abi.h>

namespace jackfield {

using Buffer = msgpack::sbuffer;
using Packer = msgpack::packer<Buffer>;
using Object = msgpack::object;
using Message = msgpack::object_handle;

inline constexpr std::size_t message_depth_most = 64;

[[nodiscard]] inline std::string_view view(jf_bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data), static_cast<std::size_t>(bytes.len)};
}
[[nodiscard]] inline jf_bytes bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view view(const Buffer& buffer) { return {buffer.data(), buffer.size()}; }

/// No bytes at all count as an empty map.
[[nodiscard]] Message unpack(std::string_view packed);

/// Packs a text; msgpack wants its length first.
inline void pack_text(Packer& packer, std::string_view text) {
  packer.pack_str(static_cast<std::uint32_t>(text.size()));
  packer.pack_str_body(text.data(), static_cast<std::uint32_t>(text.size()));
}

/// Packs any object as it is.
void pack_object(Packer& packer, const Object& object);

/// The object as JSON text. Bytes appear as base64 text, not-a-number as null.
[[nodiscard]] std::string json_text(const Object& object);

/// A text as a JSON string, with its quotes.
[[nodiscard]] std::string json_quoted(std::string_view text);

}  // namespace jackfield
