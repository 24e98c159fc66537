// Time as the simulation wants it: it stands still until somebody moves it.
#pragma once

#include "engine/clock.hpp"

namespace jackfield::simulation {

class Clock final : public engine::Clock {
 public:
  [[nodiscard]] flow::TimePoint now() const override { return flow::TimePoint{flow::Millis{now_ms}}; }
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point{std::chrono::milliseconds{now_ms}};
  }
  std::int64_t now_ms = 1'800'000'000'000;
};

}  // namespace jackfield::simulation
