// Finds plugin libraries, and makes the Registry the engine runs on.
//
// Everything that is wrong is told at once: refusals of libraries and findings in their settings. Loading does not make
// instances (that is the lane's work), so `jackfield check` loads exactly as `jackfield run` does.
//
// Thread rule: one thread, before the engine starts. The Registry is then read-only and shared.
#pragma once

#include "plugin/registry.hpp"
#include "plugin/settings.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace jackfield::plugin {

/// What the configuration asks for.
struct Setup {
  std::string plugin_path;                             // folders, ':' between them
  std::map<std::string, nlohmann::json> plugins;       // host.yaml's blocks by plugin id, secrets resolved
  std::map<std::string, nlohmann::json> adapters;
  std::optional<std::set<std::string>> needed;         // ids the flows use; none given: all that are found
  Surroundings surroundings;
  std::string file;                                    // this one alone, in place of the folders
  std::map<std::string, std::string> contained;        // hash → why: these run in a process, whatever the block says
};

struct Loaded {
  std::unique_ptr<Registry> registry;                  // nullptr where anything was refused or found; then
  std::unique_ptr<Registry> sound;                     // what could be loaded: to judge the rest of the configuration by
  std::vector<Refusal> refusals;
  std::vector<Finding> findings;
};

/// Loads what is needed or has a block in the configuration.
[[nodiscard]] Loaded make_registry(const Setup& setup);

/// A library in the plugin folders, named without running its code.
struct Shelved {
  std::string file, id, version, abi;                  // only `file` where it was refused
  std::optional<Refusal> refusal;
};
[[nodiscard]] std::vector<Shelved> list(const std::string& plugin_path);

/// What one library says of itself.
[[nodiscard]] std::variant<Descriptor, Refusal> describe(const std::string& file);

}  // namespace jackfield::plugin
