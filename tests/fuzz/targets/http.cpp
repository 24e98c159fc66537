// The HTTP API from the socket on: one connection's bytes, read by the host's own session, answered by its own API.
//
// Input: what a client sends before it closes its side. Promised: the session ends; every answer is whole HTTP with a
// status of the API and a body in UTF-8, JSON where it says so; nothing is a 500; what reaches the engine is UTF-8 text
// without a NUL, its body within the limits.
#include "harness.hpp"

#include "engine/body.hpp"
#include "http/fake_engine.hpp"
#include "http/session.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <set>

namespace jackfield::fuzz {
namespace {

using boost::asio::ip::tcp;
using http::testing::FakeGate;

const std::set<int> statuses{100, 200, 202, 204, 400, 403, 404, 405, 413, 415, 417, 422, 431, 503};

/// One listening socket for all inputs; a connection each.
class Line {
 public:
  Line()
      : io_(std::make_shared<boost::asio::io_context>(1)),
        acceptor_(*io_, {boost::asio::ip::address_v4::loopback(), 0}) {}

  /// What the host says to `bytes`.
  std::string talk(std::string_view bytes, http::Api& api, engine::Metrics& metrics) {
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = acceptor_.local_endpoint();
    require(client >= 0 && ::connect(client, address.data(), static_cast<socklen_t>(address.size())) == 0,
            "a connection");
    bool closed = false;
    const http::Limits limits;
    const http::Session::Surroundings around{io_, api, metrics, limits, [&closed](http::Session&) { closed = true; }};
    auto session = http::make_session(acceptor_.accept(), around, false);
    session->start();
    std::string heard;
    for (bool said = false, ended = false; !closed || !ended;) {
      io_->restart();
      (void)io_->poll();
      if (!said) said = say(client, bytes);
      if (!ended) ended = hear(client, heard);
      if (!closed) (void)io_->run_one_for(std::chrono::milliseconds(1));
    }
    session.reset();
    io_->restart();
    (void)io_->poll();
    ::close(client);
    return heard;
  }

 private:
  /// True once all is said, or nobody listens any more.
  static bool say(int client, std::string_view& bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(client, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) return false;
      if (sent < 0) break;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    ::shutdown(client, SHUT_WR);
    return true;
  }
  static bool hear(int client, std::string& heard) {
    char buffer[16 * 1024];
    for (;;) {
      const auto got = ::recv(client, buffer, sizeof buffer, MSG_DONTWAIT);
      if (got < 0 && errno == EAGAIN) return false;
      if (got <= 0) return true;
      heard.append(buffer, static_cast<std::size_t>(got));
    }
  }

  std::shared_ptr<boost::asio::io_context> io_;
  tcp::acceptor acceptor_;
};

std::string header(std::string_view head, std::string_view name) {
  const std::string line = "\r\n" + std::string(name) + ": ";
  const auto at = head.find(line);
  if (at == std::string_view::npos) return {};
  const auto from = at + line.size();
  return std::string(head.substr(from, head.find("\r\n", from) - from));
}

/// `heads`: an answer may be without the body its length tells of.
void check(std::string_view heard, bool heads) {
  while (!heard.empty()) {
    const auto end = heard.find("\r\n\r\n");
    require(end != std::string_view::npos && (heard.starts_with("HTTP/1.1 ") || heard.starts_with("HTTP/1.0 ")),
            "an answer is HTTP with a whole head", heard.substr(0, 200));
    const auto head = heard.substr(0, end + 2);
    const int status = std::atoi(std::string(head.substr(9, 3)).c_str());
    require(statuses.contains(status), "a status of the API", head);
    heard.remove_prefix(end + 4);
    if (status == 100) continue;
    const auto length = header(head, "Content-Length");
    require(!length.empty(), "an answer says how long it is", head);
    if (heads && (heard.empty() || heard.starts_with("HTTP/1."))) continue;
    const auto size = static_cast<std::size_t>(std::stoul(length));
    require(size <= heard.size(), "an answer is whole", head);
    const auto body = heard.substr(0, size);
    require(is_utf8(body), "an answer is UTF-8", head);
    if (!body.empty() && header(head, "Content-Type").find("json") != std::string::npos) {
      require(flow::Value::accept(body), "what says it is JSON is", body);
    }
    heard.remove_prefix(size);
  }
}

void check(const engine::Request& request) {
  for (const auto* text :
       {&request.flow, &request.id, &request.key, &request.name, &request.correlation, &request.event_id}) {
    require(is_utf8(*text) && text->find('\0') == std::string::npos, "names that reach the engine are UTF-8", *text);
    require(text->size() <= 16 * 1024, "names that reach the engine are bounded");
  }
  (void)request.body.dump();  // throws where a text is not UTF-8
  require(request.wait >= std::chrono::milliseconds(0) && request.wait <= engine::wait_most, "a wait is bounded");
}

}  // namespace
}  // namespace jackfield::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield;
  static fuzz::Line line;
  static engine::Metrics metrics;
  static http::testing::FakeViewer viewer;
  fuzz::FakeGate gate;
  gate.respond = [](const engine::Request& request) {
    flow::Value body{{"id", request.id}, {"flow", request.flow}, {"key", request.key}, {"name", request.name}};
    if (request.op == engine::Op::flows || request.op == engine::Op::plugins) body = flow::Value::array({body});
    return http::testing::reply(200, std::move(body));
  };
  std::string heard;
  {
    http::Api api(
        gate, viewer, metrics, [] { return std::make_unique<http::testing::FakeReader>(); }, 256);
    heard = line.talk(fuzz::text_of(data, size), api, metrics);
  }
  const auto said = fuzz::text_of(data, size);
  if (said.find("cursed") != std::string_view::npos || said.find("unreadable") != std::string_view::npos) return 0;
  fuzz::check(heard, said.find("HEAD") != std::string_view::npos);
  for (const auto& request : gate.asked()) fuzz::check(request);
  return 0;
}
