// Durations as an operator writes them: 500ms, 5s, 30m, 24h, 90d.
#pragma once

#include "flow/value.hpp"

#include <optional>
#include <string_view>

namespace jackfield::flow {

/// A whole number and its unit; nothing where it is anything else or longer than ten thousand days.
[[nodiscard]] std::optional<Millis> parse_duration(std::string_view text);
/// Text as above, or a whole number of milliseconds.
[[nodiscard]] std::optional<Millis> duration_of(const Value& value);

}  // namespace jackfield::flow
