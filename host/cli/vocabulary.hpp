// Words of the command line that are none: said by name, with what there is instead.
//
// Thread rule: main's.
#pragma once

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace jackfield::cli {

/// "found no command 'nope' (did you mean …?); there are run, check, …" where a word stands in a command's place and is
/// none.
[[nodiscard]] std::optional<std::string> unknown_command(CLI::App& app, int argc, char** argv);

/// What is wrong with the URL of a host; empty where it is one.
[[nodiscard]] std::string url_fault(const std::string& url);

}  // namespace jackfield::cli
