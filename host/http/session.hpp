// One connection: reads requests one after the other, has the API serve them, writes the answers.
//
// Lives as long as it is registered with its server (`closed` tells when it is not any more) or an operation is under
// way. Answers reach it through a weak pointer, so one that comes too late finds nobody.
//
// Thread rule: the server's I/O thread only.
#pragma once

#include "http/api.hpp"
#include "http/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace jackfield::http {

class Session {
 public:
  struct Surroundings {
    const std::shared_ptr<boost::asio::io_context>& io;  // shared with answers under way, never kept by a session
    Api& api;
    engine::Metrics& metrics;
    const Limits& limits;
    std::function<void(Session&)> closed;  // once, on the I/O thread
    std::function<bool(Session&)> room;    // for a crowded one that has a request: whether another makes way for it
  };

  virtual ~Session() = default;
  virtual void start() = 0;
  /// Closes as soon as nothing is under way; says so in the answer that still goes out.
  virtual void drain() = 0;
  /// Answers 503 in place of what is still awaited.
  virtual void give_up() = 0;
  virtual void close() = 0;
  /// For another: closes, unless by the time what has come in by now is read, this client has sent something too.
  virtual void make_way() = 0;
  /// Since when the host waits for this client; empty while it has something to do for it, or it makes way.
  [[nodiscard]] virtual std::optional<std::chrono::steady_clock::time_point> awaited_since() const = 0;
  /// Whether a byte ever came from it.
  [[nodiscard]] virtual bool spoke() const = 0;
};

/// `crowded`: its first request is answered with 503, whatever it is, unless there is room by then.
[[nodiscard]] std::shared_ptr<Session> make_session(boost::asio::ip::tcp::socket socket,
                                                    const Session::Surroundings& surroundings, bool crowded);

}  // namespace jackfield::http
