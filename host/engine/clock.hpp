// The engine's only source of time, so that a test can own it.
#pragma once

#include "flow/value.hpp"

namespace jackfield::engine {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual flow::TimePoint now() const = 0;
  /// For intervals: it never goes back.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] flow::TimePoint now() const override {
    return std::chrono::time_point_cast<flow::Millis>(std::chrono::system_clock::now());
  }
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::now();
  }
};

}  // namespace jackfield::engine
