#include "cli/commands.hpp"
#include "cli/setup.hpp"
#include "engine/svg.hpp"
#include "flow/drawing.hpp"

#include <iostream>

namespace jackfield::cli {

int graph(const std::string& directory, const std::string& flow, const std::string& format) {
  const Setup setup = set_up(directory, {}, Purpose::look);
  const auto at = setup.graphs.find(flow);
  if (at == setup.graphs.end()) {
    std::cerr << report(setup);
    std::vector<std::string> names;
    for (const auto& [name, graph] : setup.graphs) names.push_back(name);
    std::cerr << "jackfield: found no sound flow '" << flow << "' in " << directory << flow::did_you_mean(flow, names) << "\n";
    return 1;
  }
  if (format == "mermaid") std::cout << flow::draw_mermaid(at->second);
  else if (format == "dot") std::cout << flow::draw_dot(at->second);
  else std::cout << engine::svg(flow::draw_dot(at->second));
  return 0;
}

}  // namespace jackfield::cli
