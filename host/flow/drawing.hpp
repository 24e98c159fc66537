// A graph as a picture: text for Graphviz (dot) and for Mermaid.
//
// Phases are boxes around their nodes. Solid: the way; labelled: a condition; red: an error's edge; orange: a time
// limit's; blue and dashed: what takes a step back; dotted: a detached step.
#pragma once

#include "flow/graph.hpp"

#include <string>

namespace jackfield::flow {

[[nodiscard]] std::string draw_dot(const Graph& graph);
[[nodiscard]] std::string draw_mermaid(const Graph& graph);

}  // namespace jackfield::flow
