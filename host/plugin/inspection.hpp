// Reads what a plugin library says of itself without running any of its code.
//
// The file is taken as bytes: is it a whole 64-bit ELF shared object for this machine, does it carry the identity
// section (JF_SECTION in abi.h), does it export the one entry, does its ABI fit? So even a library whose
// constructors crash can be named, and a cut-off copy is refused here and not by a SIGBUS later.
//
// ABI rule: the major version must be ours; a minor newer than ours is refused (the library may call what this host
// does not have); every older minor is taken.
//
// Thread rule: pure functions. Errors: a Refusal.
#pragma once

#include "plugin/registry.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace jackfield::plugin {

struct Inspection {
  std::string file, id, version;
  unsigned abi_major = 0, abi_minor = 0;
};

/// The whole file, at most 256 MiB.
[[nodiscard]] std::variant<std::vector<std::uint8_t>, Refusal> read_library(const std::string& file);

/// All of it: whole, exports the entry, says who it is, fits.
[[nodiscard]] std::variant<Inspection, Refusal> inspect(const std::string& file, std::span<const std::uint8_t> bytes);

/// The parts of it. Is it a whole shared object of this machine?
[[nodiscard]] std::optional<Refusal> check_whole(const std::string& file, std::span<const std::uint8_t> bytes);
/// Who does a whole one say it is, and does its ABI fit?
[[nodiscard]] std::variant<Inspection, Refusal> identify(const std::string& file, std::span<const std::uint8_t> bytes);

}  // namespace jackfield::plugin
