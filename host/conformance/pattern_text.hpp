// Makes texts that match a regular expression, as JSON Schema's `pattern` has them (ECMA-262): literals, classes,
// groups, alternatives, quantifiers and anchors. What it cannot follow (a look-ahead, a back reference) it says.
#pragma once

#include <optional>
#include <random>
#include <string>

namespace jackfield::conformance {

/// A matching text of moderate length; nothing where the expression asks for more than is listed above.
[[nodiscard]] std::optional<std::string> text_like(const std::string& pattern, std::mt19937_64& random);

}  // namespace jackfield::conformance
