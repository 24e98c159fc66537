// A configuration folder made ready: host.yaml, plugins, flows. What `run` starts and `check` looks at is the same.
//
// Reads files, tries plugin libraries in child processes and maps them; connects to nothing and makes no instance.
#pragma once

#include "cli/commands.hpp"
#include "cli/blame.hpp"
#include "config/load.hpp"
#include "flow/compiler.hpp"
#include "plugin/loader.hpp"

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace jackfield::cli {

struct Setup {
  config::Host host;
  std::unique_ptr<plugin::Registry> registry;
  std::map<std::string, flow::Graph> graphs;
  std::vector<flow::Finding> findings;       // all at once, by file and place
  std::vector<plugin::Refusal> refusals;     // of libraries

  /// Nothing stands in the way of a start (warnings do not).
  [[nodiscard]] bool good() const;
};

enum class Purpose { run, look };  // to look leaves nothing behind

[[nodiscard]] Setup set_up(const std::string& directory, const Sets& sets, Purpose purpose);

/// Another version of a plugin, from the plugin folders or from `file`, tried and with its settings checked.
[[nodiscard]] std::variant<plugin::Plugin, std::string> set_up_plugin(const config::Host& host, const std::string& id,
                                                                      const std::string& file);

/// Findings with their source lines, then refusals, as `check` prints them.
[[nodiscard]] std::string report(const Setup& setup);
[[nodiscard]] flow::Value report_json(const Setup& setup);

/// host.yaml alone: for commands that need a path or an address of it. Throws std::runtime_error with the findings.
[[nodiscard]] config::Host read_host(const std::string& directory, const Sets& sets);

}  // namespace jackfield::cli
