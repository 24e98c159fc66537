// The simulation's only source of chance: SplitMix64 (Steele, Lea, Flood 2014). The same seed gives the same numbers
// on every machine and with every library.
#pragma once

#include <cstdint>

namespace jackfield::simulation {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  /// 0 … most - 1; `most` is above 0.
  std::uint64_t below(std::uint64_t most) { return next() % most; }
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most - least + 1)));
  }
  /// True in `percent` of a hundred cases.
  bool chance(unsigned percent) { return below(100) < percent; }
  bool permille(unsigned part) { return below(1000) < part; }

 private:
  std::uint64_t state_;
};

}  // namespace jackfield::simulation
