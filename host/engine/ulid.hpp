// Identifiers that sort by the time they were made: ULID, 26 characters of Crockford's base 32 (github.com/ulid/spec).
#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace jackfield::engine {

[[nodiscard]] bool is_ulid(std::string_view text);

/// Makes ids that grow within one maker, also within one millisecond. One thread.
class UlidMaker {
 public:
  UlidMaker();                               // its random bits are the machine's
  explicit UlidMaker(std::uint64_t seed);    // always the same ones
  [[nodiscard]] std::string next(std::chrono::sys_time<std::chrono::milliseconds> now);

 private:
  std::mt19937_64 random_;
  std::int64_t last_ms_ = 0;
  std::uint64_t high_ = 0;  // upper 16 of the 80 random bits
  std::uint64_t low_ = 0;
};

}  // namespace jackfield::engine
