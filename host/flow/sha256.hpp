// SHA-256 (FIPS 180-4): what definitions are named by.
#pragma once

#include <cstddef>
#include <string>

namespace jackfield::flow {

/// Lower-case hex.
[[nodiscard]] std::string sha256(const void* data, std::size_t size);

}  // namespace jackfield::flow
