// The engine's side of the gate: requests come in over ZeroMQ inproc, bounded, one PUSH socket a client.
//
// Thread rule: take() and socket() belong to the engine's thread; client() may be called on any.
#pragma once

#include "engine/gate.hpp"

#include <zmq.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace jackfield::engine {

struct Asked {
  Request request;
  std::function<void(Reply)> answer;
};

class Port final : public Gate {
 public:
  Port(zmq::context_t& context, int queue_limit);
  ~Port() override;

  [[nodiscard]] std::unique_ptr<Client> client() override;
  [[nodiscard]] bool ready() const override { return ready_.load(std::memory_order_relaxed); }

  void set_ready(bool ready) { ready_ = ready; }
  /// From now on clients are refused.
  void close() { closed_ = true; }
  [[nodiscard]] zmq::socket_ref socket() { return pull_; }
  /// The next request that has come, or nothing.
  [[nodiscard]] std::unique_ptr<Asked> take();

 private:
  class PortClient;
  zmq::context_t* context_;
  int queue_limit_;
  std::string address_;
  zmq::socket_t pull_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> closed_{false};
};

}  // namespace jackfield::engine
