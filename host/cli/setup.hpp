// A configuration folder made ready: host.yaml, plugins, flows. What `run` starts and `check` looks at is the same.
//
// Reads files, tries plugin libraries in child processes and maps them; connects to nothing. Instances are made only by
// hear_plugins(), in child processes, to hear what plugins say of their data. What is wrong in one part hides nothing in
// another, nor is it said again where it only follows.
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

/// A folder for what a look at a configuration would leave behind: removed with it.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Setup {
  std::unique_ptr<Scratch> scratch;          // to look: in place of data_dir
  config::Host host;
  config::Marks marks;
  bool readable = true;                      // host.yaml; false: what it asks for is not known
  std::unique_ptr<plugin::Registry> registry;  // where good(): all of it; else what could be loaded
  std::map<std::string, flow::Graph> graphs;
  std::vector<flow::Finding> findings;       // all at once, by file and place
  std::vector<plugin::Refusal> refusals;     // of libraries

  /// Nothing stands in the way of a start (warnings do not).
  [[nodiscard]] bool good() const;
};

enum class Purpose { run, look };  // to look leaves nothing behind

[[nodiscard]] Setup set_up(const std::string& directory, const Sets& sets, Purpose purpose);
/// Adds what the plugins of a look refuse of their settings and data.
void hear_plugins(Setup& setup);

/// Another version of a plugin, from the plugin folders or from `file`, tried and with its settings checked.
[[nodiscard]] std::variant<plugin::Plugin, std::string> set_up_plugin(const config::Host& host, const std::string& id,
                                                                      const std::string& file);

/// Findings with their source lines, then refusals, as `check` prints them.
[[nodiscard]] std::string report(const Setup& setup);
[[nodiscard]] flow::Value report_json(const Setup& setup);

/// host.yaml alone: for commands that need a path or an address of it. Throws std::runtime_error with the findings.
[[nodiscard]] config::Host read_host(const std::string& directory, const Sets& sets);

}  // namespace jackfield::cli
