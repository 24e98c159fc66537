// Reads what a customer sent: JSON text or msgpack into a Value, within limits, or says why not.
//
// Whoever sends may be hostile: nesting deeper than `depth_most`, a member named twice, text that is not UTF-8 and
// binary data are refused while reading, before anything of their size is built.
//
// Thread rule: free functions without state. What was refused is never repeated in the problem's text.
#pragma once

#include "engine/gate.hpp"

#include <cstddef>
#include <string_view>
#include <variant>

namespace jackfield::engine {

inline constexpr std::size_t body_most_bytes = 64 * 1024;
inline constexpr std::size_t depth_most = 64;

using Body = std::variant<flow::Value, Reply>;  // the value, or a problem with status 400

[[nodiscard]] Body read_json(std::string_view text);
[[nodiscard]] Body read_msgpack(std::string_view bytes);
[[nodiscard]] std::string write_msgpack(const flow::Value& value);

}  // namespace jackfield::engine
