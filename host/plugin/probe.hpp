// Loads a library for the first time in a child process, so that what its constructors do cannot harm the host.
//
// The child maps the library, asks it for its table and copies the descriptor out; it has five seconds. A constructor
// that throws, crashes or hangs, an unresolved symbol, a table that is too small or points nowhere: all of it comes
// back as a Refusal. Only a library that passed is mapped by the host itself.
//
// Thread rule: any one thread at a time; forks, so call it before threads are started where that can be chosen.
#pragma once

#include "plugin/registry.hpp"

#include <chrono>
#include <string>
#include <variant>

namespace jackfield::plugin {

inline constexpr std::chrono::milliseconds probe_timeout{5000};

/// The descriptor's JSON text. `path` is what is opened, `file` what the refusal names.
[[nodiscard]] std::variant<std::string, Refusal> probe(const std::string& path, const std::string& file,
                                                       std::chrono::milliseconds timeout = probe_timeout);

/// What does not fit in the table, empty where it fits. Reads only what its size covers.
[[nodiscard]] std::string table_fault(const jf_plugin* table);

}  // namespace jackfield::plugin
