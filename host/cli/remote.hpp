// A running host, as the commands that talk to one reach it.
#pragma once

#include "cli/commands.hpp"
#include "flow/value.hpp"

#include <string>

namespace jackfield::cli {

/// Asks, and gives the answer's body. Throws std::runtime_error with what the host said, or that none answers at the
/// address and where that address came from.
[[nodiscard]] flow::Value ask(const Target& target, const std::string& method, const std::string& path,
                              const std::string& body = "");

}  // namespace jackfield::cli
