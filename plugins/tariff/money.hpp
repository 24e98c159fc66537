// Arithmetic of prices: integer fen, rounded half up, no floating point.
//
// The first month is charged by the days that are left, today included: 5800 fen with 15 of 30 days left are 2900, with
// 12 of 31 they are 2245. Pure functions, any thread.
#pragma once

#include <cstdint>

// a × numerator / denominator for values that are not negative, rounded half up.
constexpr std::int64_t share(std::int64_t fen, std::int64_t numerator, std::int64_t denominator) {
  return (fen * numerator * 2 + denominator) / (denominator * 2);
}

static_assert(share(5800, 15, 30) == 2900);
static_assert(share(5800, 12, 31) == 2245);
static_assert(share(1, 1, 2) == 1);
