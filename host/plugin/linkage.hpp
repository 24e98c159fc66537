// What a library gives to, and wants from, the others of its process: read from its bytes, its code is not run.
//
// Thread rule: pure functions; missing() starts the system's dynamic linker in a child process.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace jackfield::plugin {

struct Linkage {
  struct Export {
    std::string name;
    bool function = false;
    bool unique = false;               // STB_GNU_UNIQUE: one in the process, and it holds its library there
  };
  struct Need {
    std::string version, library;      // "GLIBC_2.34", "libc.so.6"
  };
  std::vector<Export> exports;
  std::vector<Need> needs;             // versions of symbols
  bool never_unloaded = false;         // DF_1_NODELETE
};

/// Of a whole file (check_whole).
[[nodiscard]] Linkage read_linkage(std::span<const std::uint8_t> bytes);

/// Every symbol, version and library the dynamic linker does not find for this file, a line each, in its own words.
/// Nothing where the linker could not be asked.
[[nodiscard]] std::optional<std::vector<std::string>> missing(const std::string& file);

}  // namespace jackfield::plugin
