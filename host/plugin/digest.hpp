// The SHA-256 of a file's bytes: a library's name once it is taken in. Lower-case hex.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace jackfield::plugin {

[[nodiscard]] std::string sha256(std::span<const std::uint8_t> bytes);

}  // namespace jackfield::plugin
