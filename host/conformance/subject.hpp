// The library under check, and on what terms.
#pragma once

#include "plugin/descriptor.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace jackfield::conformance {

struct Subject {
  std::string file;
  nlohmann::json block;                    // its settings as host.yaml would have them; null: none but defaults
  std::string config_dir;                  // where relative paths in them begin; empty: an empty folder
  std::uint64_t seed = 0;                  // of everything that is random
  std::chrono::milliseconds limit{5000};   // the longest an answer may take
  std::string only;                        // one check alone, with those it builds on; empty: all

  // Filled in as the checks go on.
  plugin::Descriptor descriptor;
  nlohmann::json settings;                 // what create() is given: valid, complete, no address anybody listens at
};

}  // namespace jackfield::conformance
