// Whoever commits the engine's batches, one at a time, while the engine fills the next.
//
// Nothing that waits for a commit may happen before done() told of it.
//
// Thread rule: the engine's thread. No function blocks.
#pragma once

#include "store/store.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace jackfield::engine {

class Scribe {
 public:
  struct Outcome {
    bool written = false;
    std::string error;  // where it was not: the host must end
    std::chrono::microseconds took{0};
  };

  virtual ~Scribe() = default;
  /// One at a time: not again before done() gave the outcome.
  virtual void hand(std::unique_ptr<store::Batch> batch) = 0;
  /// The outcome of the batch handed last, once, as soon as there is one.
  [[nodiscard]] virtual std::optional<Outcome> done() = 0;
  /// How many ended instances were pruned so far.
  [[nodiscard]] virtual std::size_t pruned() const = 0;
  /// False while the store does not take writes.
  [[nodiscard]] virtual bool healthy() const = 0;
};

}  // namespace jackfield::engine
