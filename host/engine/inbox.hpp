// The engine's side of the gate: what was asked and is not yet answered, without a transport.
//
// Thread rule: all but what Gate promises belongs to the engine's thread.
#pragma once

#include "engine/gate.hpp"

#include <functional>
#include <memory>

namespace jackfield::engine {

struct Asked {
  Request request;
  std::function<void(Reply)> answer;
};

class Inbox : public Gate {
 public:
  virtual void set_ready(bool ready) = 0;
  /// The host is told to end: stopping() from now on.
  virtual void set_stopping() {}
  /// From now on clients are refused.
  virtual void close() = 0;
  /// The next request that has come, or nothing. Never blocks.
  [[nodiscard]] virtual std::unique_ptr<Asked> take() = 0;
};

}  // namespace jackfield::engine
