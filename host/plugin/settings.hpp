// Checks a plugin's block of host.yaml against the schema the plugin brought, and fills in its defaults.
//
// Keys that belong to the host may stand in the same block: isolation, limits and threads, and for adapters timeout, retries,
// backoff and give_up. They are checked here too, and are handed on only where the plugin's own schema names them.
//
// A value is never shown in a finding where its schema says it is secret or sensitive.
//
// Thread rule: pure functions.
#pragma once

#include "plugin/registry.hpp"

#include <string>
#include <vector>

namespace jackfield::plugin {

/// One thing that is wrong, at a JSON pointer into host.yaml: "/adapters/credit/url".
struct Finding {
  std::string path, message;
  bool of_key = false;           // the key itself is wrong, not what it holds
};

/// A block as the host and as the plugin see it.
struct Settings {
  nlohmann::json own;            // for the plugin: defaults filled in, also in place of what is wrong
  int threads = 0;               // 0: not said
  std::string isolation = "pool";
  Limits limits;
  bool whole = true;             // `own` is valid: nothing that is required is missing or wrong
  std::vector<Finding> findings; // empty: all is well
};

/// `block` is null or a map; `where` is its pointer: "/plugins/resource".
[[nodiscard]] Settings check(const Descriptor& descriptor, const nlohmann::json& block, const std::string& where);

/// The known word nearest to `word`, for "did you mean"; empty where none is near.
[[nodiscard]] std::string nearest(const std::string& word, const std::vector<std::string>& known);

}  // namespace jackfield::plugin
