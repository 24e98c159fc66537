#include "config/host.hpp"

namespace jackfield::config {

const char* to_string(Isolation isolation) { return isolation == Isolation::pool ? "pool" : "process"; }

const Adapter& Host::adapter(const std::string& id) const {
  static const Adapter unconfigured;
  const auto found = adapters.find(id);
  return found == adapters.end() ? unconfigured : found->second;
}

}  // namespace jackfield::config
