// The native ingress: a ROUTER that takes one message from a DEALER or REQ and sends one answer back to it.
//
// It knows envelopes, not what is in them: `serve` is given the message and a function to answer with. An envelope
// is kept as it came (identities, and the empty delimiter where there is one), so REQ, DEALER and proxies all work.
// Answers leave as they are ready, not in the order of the questions.
//
// Bounds: a frame larger than `message_most_bytes` costs its sender the connection; more than `pending_most` questions
// under way are answered by `busy` at once; answers their asker has not read are queued, 1,000 by ZeroMQ and the rest
// here, while others are served; above `kept_most_bytes` of the rest nobody is heard. Who reads none of its answers for
// `hearing_most` loses what is kept, with a warning in the log, and the ones after it until it reads; so does one that is
// gone.
//
// Thread rule: one thread of its own, which calls `serve`; the answer function may be called on any thread, once, also
// after the ingress is gone. start() and stop() belong to the thread that made it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace jackfield::lane {

class NativeIngress {
 public:
  using Answer = std::function<void(std::string)>;
  /// Must not throw, and must call the answer exactly once.
  using Serve = std::function<void(std::string_view message, Answer answer)>;

  struct Options {
    std::string listen;  // tcp://127.0.0.1:7115; port * takes a free one
    std::size_t message_most_bytes = 1024 * 1024;
    std::size_t pending_most = 4096;
    std::size_t kept_most_bytes = 16 * 1024 * 1024;
    std::chrono::milliseconds hearing_most{3000};
    std::chrono::milliseconds drain_most{5000};  // stop() waits so long for what is pending
    std::string busy, malformed;                 // answers, ready made
  };

  NativeIngress(Options options, Serve serve);
  ~NativeIngress();  // stops
  NativeIngress(const NativeIngress&) = delete;
  NativeIngress& operator=(const NativeIngress&) = delete;

  /// Binds and starts the thread. Throws std::runtime_error: what was found, expected, what to do.
  void start();
  /// Takes no more, answers what is pending as far as the drain limit allows, closes.
  void stop();
  /// Where it listens, with the port it got.
  [[nodiscard]] const std::string& endpoint() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jackfield::lane
