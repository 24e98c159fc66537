#include "engine/engine.hpp"
#include "engine/svg.hpp"
#include "flow/drawing.hpp"

namespace jackfield::engine {

std::optional<std::string> Engine::graph_svg(const std::string& flow) {
  const auto definition = catalog_.flow(flow);
  if (!definition) return std::nullopt;
  return svg(flow::draw_dot(definition->graph));
}

}  // namespace jackfield::engine
