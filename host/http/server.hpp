// The HTTP server: listens, keeps connections within bounds, and serves the API on each.
//
// Every limit is here. Where a connection would be one past `connections_most`, the one that has kept the host waiting
// longest (idle, slow to send, slow to read) is closed for it; where none has for `patience` (a tenth of it for one
// that never said anything, and none of it once the new one has a request), the new one is told 503 on its first
// request. Of these, and of connections the system holds back, there is a bounded number too. A client that is slow to
// send, slow to read or idle loses its connection in the end also where there is room. One connection has one request
// under way at a time; pipelined ones are answered in order.
//
// Thread rule: start(), stop() and the destructor belong to one thread; all else happens on one I/O thread of its own,
// with a second one for lists. Gate, Viewer and Metrics must outlive it; the gate's answers may come after it is gone.
#pragma once

#include "engine/gate.hpp"
#include "engine/metrics.hpp"
#include "engine/view.hpp"
#include "http/reading.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace jackfield::http {

struct Limits {
  std::size_t connections_most = 2048;
  std::size_t reads_most = 256;  // lists and drawings that wait
  std::size_t head_most_bytes = 16 * 1024;
  std::size_t body_most_bytes = 64 * 1024;
  std::chrono::milliseconds patience{1'000};       // nobody is closed for another before it
  std::chrono::milliseconds idle_timeout{75'000};  // between requests
  std::chrono::milliseconds head_timeout{10'000};  // from a request's first byte to the end of its head
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds write_timeout{30'000};
  std::chrono::milliseconds answer_timeout{60'000};  // the engine's time, beyond what the client asked to wait
  std::chrono::milliseconds linger_timeout{1'000};   // reads what a refused client still sends
  std::chrono::milliseconds drain_timeout{10'000};   // stop() waits so long for answers under way
};

struct Options {
  std::string listen = "127.0.0.1:7114";  // ADDRESS:PORT or [ADDRESS]:PORT; port 0 takes a free one
  Limits limits;
};

class Server {
 public:
  Server(Options options, engine::Gate& gate, engine::Viewer& viewer, engine::Metrics& metrics, OpenReader open_reader);
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds and begins to serve. Throws std::runtime_error: what was found, expected, what to do.
  void start();
  /// Accepts no more, answers what is under way as far as the drain limit allows, closes. Once.
  void stop();
  /// The port it listens on, after start().
  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jackfield::http
