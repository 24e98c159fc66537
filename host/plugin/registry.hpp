// The plugins this host knows: found, inspected, loaded, with their settings checked.
//
// Loading never runs a library's code before its ELF was inspected; every refusal is a Refusal that names file, found,
// expected and mend. Only this folder uses dlopen (Boost.DLL).
//
// Thread rule: made on one thread before the engine starts; then read-only and shared, except for instances, which
// belong to the lane that runs them.
#pragma once

#include "plugin/descriptor.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <jackfield/abi.h>

namespace jackfield::plugin {

struct Refusal {
  std::string file, found, expected, mend;
  [[nodiscard]] std::string text() const;   // one line
};

/// A mapped library and its table.
class Library;

/// What a runner process is held to.
struct Limits {
  std::uint64_t memory_bytes = 512u << 20;  // resident; past it the process is ended
  std::uint64_t files = 1024;               // open at once
};

/// One plugin the configuration uses.
struct Plugin {
  Descriptor descriptor;
  std::string file;                         // as found
  std::string hash;                         // SHA-256 of the file
  std::string path;                         // of the copy that is mapped
  std::shared_ptr<const Library> library;   // nullptr, and no table, where another process maps it
  const jf_plugin* table = nullptr;
  std::string settings_json;                // validated, defaults filled in, secrets resolved; never logged
  int threads = 1;                          // of its pool
  std::string isolation = "pool";           // "pool" | "process"
  std::string isolation_reason;             // where it is not as configured: why
  Limits limits;
  bool whole = true;                        // false: a required setting is missing or wrong; no instance can be made
};

/// What the host gives plugins beside their settings.
struct Surroundings {
  std::string data_dir, config_dir, zone, store_url;
};

class Registry {
 public:
  virtual ~Registry() = default;
  [[nodiscard]] virtual const std::vector<Plugin>& plugins() const = 0;
  /// By plugin id ("credit"); nullptr where there is none.
  [[nodiscard]] virtual const Plugin* find(const std::string& id) const = 0;
  /// By step id ("credit.check"); nullptr where no loaded plugin has it.
  [[nodiscard]] virtual const StepDescriptor* step(const std::string& id) const = 0;
  [[nodiscard]] virtual const Surroundings& surroundings() const = 0;
  /// Another version of a plugin that is there takes its place. The engine's thread, which alone reads it then; the
  /// pointers that find() and step() gave for it end.
  virtual void put(const Plugin& plugin) = 0;
};

}  // namespace jackfield::plugin
