// What a history ends with when a promise of the host does not hold, or when the simulated machine loses power.
#pragma once

#include <stdexcept>
#include <string>

namespace jackfield::simulation {

/// A promise is broken. `promise` is its name in the table of README.md.
class Broken : public std::runtime_error {
 public:
  Broken(std::string which, const std::string& text) : std::runtime_error(text), promise(std::move(which)) {}
  std::string promise;
};

/// The host's process dies here and now. Thrown out of whatever the engine was calling; no std::exception, so that
/// nobody takes it for an error to be handled.
struct Crash {
  const char* where;
};

}  // namespace jackfield::simulation
