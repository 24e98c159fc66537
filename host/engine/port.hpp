// The inbox of a running host: requests come in over ZeroMQ inproc, bounded, one PUSH socket a client.
//
// Thread rule: take() and socket() belong to the engine's thread; client() may be called on any.
#pragma once

#include "engine/inbox.hpp"

#include <zmq.hpp>

#include <atomic>
#include <memory>
#include <string>

namespace jackfield::engine {

class Port final : public Inbox {
 public:
  Port(zmq::context_t& context, int queue_limit);
  ~Port() override;

  [[nodiscard]] std::unique_ptr<Client> client() override;
  [[nodiscard]] bool ready() const override { return ready_.load(std::memory_order_relaxed); }

  [[nodiscard]] bool stopping() const override { return stopping_.load(std::memory_order_relaxed); }

  void set_ready(bool ready) override { ready_ = ready; }
  void set_stopping() override { stopping_ = true; }
  void close() override { closed_ = true; }
  [[nodiscard]] zmq::socket_ref socket() { return pull_; }
  [[nodiscard]] std::unique_ptr<Asked> take() override;

 private:
  class PortClient;
  zmq::context_t* context_;
  int queue_limit_;
  std::string address_;
  zmq::socket_t pull_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> closed_{false};
};

}  // namespace jackfield::engine
