#include "cli/commands.hpp"
#include "cli/setup.hpp"

#include <iostream>

namespace jackfield::cli {

int check(const std::string& directory, const Sets& sets, bool json) {
  Setup setup = set_up(directory, sets, Purpose::look);
  hear_plugins(setup);
  if (json) {
    std::cout << report_json(setup).dump(2) << "\n";
    return setup.good() ? 0 : 1;
  }
  std::cout << report(setup);
  if (!setup.good()) return 1;
  std::cout << directory << ": " << setup.graphs.size() << " flows and " << setup.registry->plugins().size()
            << " plugins are as they should be\n";
  return 0;
}

}  // namespace jackfield::cli
