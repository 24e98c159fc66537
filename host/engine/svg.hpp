// A drawing made by Graphviz: its `dot` program, in a process of its own, with a time limit.
#pragma once

#include <string>

namespace jackfield::engine {

/// SVG of a graph in the DOT language. Throws std::runtime_error where `dot` (Debian's graphviz) is not installed,
/// fails, or takes longer than ten seconds.
[[nodiscard]] std::string svg(const std::string& dot);

}  // namespace jackfield::engine
