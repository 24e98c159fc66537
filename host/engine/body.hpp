// Reads what comes from outside into a Value, within limits: what a customer sent, and what a plugin answered.
//
// Whoever sends may be hostile: nesting deeper than a limit (what reads or frees a Value goes down its levels by
// recursion), a member named twice, text that is not UTF-8 and, from customers, binary data are refused while reading,
// before anything of their size is built.
//
// Thread rule: free functions without state. What was refused is never repeated in the problem's text.
#pragma once

#include "engine/gate.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace jackfield::engine {

inline constexpr std::size_t body_most_bytes = 64 * 1024;
inline constexpr std::size_t depth_most = 64;
inline constexpr std::size_t output_depth_most = 128;  // of a step's output: it may hold an order, and more around it

using Body = std::variant<flow::Value, Reply>;  // the value, or a problem with status 400

[[nodiscard]] Body read_json(std::string_view text);
[[nodiscard]] Body read_msgpack(std::string_view bytes);
[[nodiscard]] std::string write_msgpack(const flow::Value& value);

/// A step's output; empty bytes are an empty map. Nothing where they are no msgpack map within the limits.
[[nodiscard]] std::optional<flow::Value> read_output(std::string_view bytes);
/// The labels of a plugin's metric, a msgpack map: its scalars as text, and nothing of what is none.
[[nodiscard]] std::map<std::string, std::string> read_labels(std::string_view bytes);

}  // namespace jackfield::engine
