// Reads a configuration folder's host.yaml and the overrides of --set: all findings at once, or a Host.
//
// Which plugins exist, and what their settings may be, is judged later by whoever knows the registry; `marks` then
// leads from a JSON pointer ("/adapters/credit/url") to the place in the file.
//
// No exceptions but std::bad_alloc. Reads host.yaml, files of secrets and the tz database; changes nothing.
#pragma once

#include "config/host.hpp"
#include "config/marks.hpp"
#include "flow/finding.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace jackfield::config {

struct Loaded {
  Host host;                             // defaults in place of what is wrong
  std::vector<flow::Finding> findings;   // in the order of the file; those of --set last
  Marks marks;
  bool readable = true;                  // false: nothing is known of what host.yaml says

  [[nodiscard]] bool good() const { return findings.empty(); }
};

/// `sets` are the values of --set: "http.listen=127.0.0.1:0".
[[nodiscard]] Loaded load(const std::filesystem::path& dir, const std::vector<std::string>& sets = {});

}  // namespace jackfield::config
