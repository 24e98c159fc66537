// All that the engine meets outside itself, each behind an interface: who asks, who writes, who reads, who does the
// steps, what wakes it, and where its ids come from.
//
// connect() makes those of a running host: ZeroMQ, threads, SOCI. A simulation makes its own and calls Engine::turn()
// by itself.
//
// Thread rule: the engine's thread, but for what Gate promises.
#pragma once

#include "engine/clock.hpp"
#include "engine/inbox.hpp"
#include "engine/scribe.hpp"
#include "engine/ulid.hpp"
#include "lane/lanes.hpp"

#include <chrono>
#include <memory>

namespace zmq {
class context_t;
}
namespace jackfield::plugin {
class Registry;
}

namespace jackfield::engine {

struct EngineOptions;
class Metrics;

/// Sleeps until somebody asks, answers or has written, or the time is over.
class Bell {
 public:
  virtual ~Bell() = default;
  /// `soon`: something is expected within microseconds.
  virtual void wait(std::chrono::milliseconds most, bool soon) = 0;
};

struct Outside {
  std::unique_ptr<Inbox> inbox;
  std::unique_ptr<Scribe> scribe;
  std::unique_ptr<store::Reader> reader;
  std::unique_ptr<lane::Lanes> lanes;
  std::unique_ptr<Bell> bell;      // goes before what it listens to
  UlidMaker ulids;
};

/// Starts the writer's thread and every plugin's pool. What is given must outlive it. Throws std::runtime_error with
/// the words of every plugin that refuses its settings.
[[nodiscard]] Outside connect(zmq::context_t& context, const EngineOptions& options,
                              std::unique_ptr<store::Store> store, plugin::Registry& registry, Metrics& metrics,
                              const Clock& clock);

}  // namespace jackfield::engine
