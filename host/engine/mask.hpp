// Hides personal data and secrets in what people look at: dead letters, taps.
//
// Members known to carry them (a Ki, identity numbers, payment references, addresses, passwords …) keep their place
// and lose their value. Matching is by member name, at any depth; lists of texts under such a name are hidden too.
//
// Thread rule: a free function without state.
#pragma once

#include "flow/value.hpp"

#include <string_view>

namespace jackfield::engine {

[[nodiscard]] flow::Value masked(flow::Value value);
/// Whether a member of this name is one of them.
[[nodiscard]] bool is_masked(std::string_view member);

}  // namespace jackfield::engine
