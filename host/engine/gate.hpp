// The way into the engine: every ingress (HTTP, native ZeroMQ, command line) asks through here.
//
// A Client belongs to one thread; each thread makes its own. Requests travel to the engine's thread over ZeroMQ
// inproc, with a bounded queue: what does not fit is refused at once, before anything was done.
#pragma once

#include "flow/value.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace jackfield::engine {

enum class Op {
  start,        // flow, body (already valid by the flow's order schema), key?, wait
  get,          // id
  cancel,       // id, wait
  retry,        // id
  event,        // id or correlation; name, body, event_id?, wait
  replay,       // id: of a dead letter
  flows,        // body of the answer: list of flows
  flow,         // flow
  plugins,      // list
  reload_plugin, release_plugin,  // id
};

class Picture;

/// How an instance is to be shown: as a tree in `body`, or as a picture to make bytes of.
enum class Form { tree, picture };

struct Request {
  Op op = Op::get;
  Form form = Form::tree;
  std::string flow, id, key, name, correlation, event_id;
  flow::Value body;
  std::chrono::milliseconds wait{0};  // > 0: answer when the instance ended, or a customer must choose
};

/// An HTTP answer in all but transport. `body` is the instance, a list, or an RFC 9457 problem.
struct Reply {
  int status = 500;
  flow::Value body;
  std::shared_ptr<const Picture> picture;  // where one was asked for: the instance, in place of a body
  std::shared_ptr<void> remains;   // nothing to look at: what is freed with it, so that the engine need not
  std::string location;            // 202: /v1/instances/<id>
  std::chrono::seconds retry_after{0};  // 429, 503
};

class Gate;

class Client {
 public:
  virtual ~Client() = default;
  /// `answer` is called exactly once, on the engine's thread, and must only hand the reply on (never block or
  /// throw). Returns false, and never calls it, where the queue is full or the engine has stopped: see not_taken().
  [[nodiscard]] virtual bool ask(Request request, std::function<void(Reply)> answer) = 0;
};

class Gate {
 public:
  virtual ~Gate() = default;
  /// Any thread; the client is then used by the calling thread only.
  [[nodiscard]] virtual std::unique_ptr<Client> client() = 0;
  /// True once recovery is done, as long as orders are taken.
  [[nodiscard]] virtual bool ready() const = 0;
  /// True from the moment the host is told to end.
  [[nodiscard]] virtual bool stopping() const { return false; }
};

/// {"type","title","status","detail","code"} with `errors` added by the caller where there are any.
[[nodiscard]] Reply problem(int status, std::string code, std::string detail);
/// 503: what a client of the gate could not ask was not done, and why.
[[nodiscard]] Reply not_taken(const Gate& gate);
[[nodiscard]] Reply stopping();

}  // namespace jackfield::engine
