// An instance that is in memory: at work, or lately asked about.
//
// Belongs to the engine's thread.
#pragma once

#include "engine/catalog.hpp"
#include "engine/gate.hpp"
#include "flow/state.hpp"
#include "store/rows.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace jackfield::engine {

struct Waiter {
  std::function<void(Reply)> answer;
  Form form = Form::tree;
  std::chrono::steady_clock::time_point until;
};

struct Live {
  std::shared_ptr<const Definition> definition;
  flow::State state;             // of one that can change no more: its id, status, key and times alone
  std::shared_ptr<const flow::State> past;  // of such a one: all there is to be shown
  store::InstanceRow row;        // as it stands in the store, or will after the batch being filled
  bool fresh = false;            // its row is not in the store yet
  bool dirty = false;            // has news in the batch being filled
  bool committing = false;       // has news in the batch being written
  int flying = 0;                // tasks under way
  std::int64_t timer_ms = 0;     // when a timer of the engine's heap will look at it; 0: none will
  bool counted = false;          // among those at work
  std::vector<Waiter> waiters;

  [[nodiscard]] bool idle() const { return !fresh && !dirty && !committing && flying == 0 && waiters.empty(); }
};

/// Why the instance will go on: what the store remembers instead of the whole state.
[[nodiscard]] store::Wake wake_of(const flow::State& state);

}  // namespace jackfield::engine
