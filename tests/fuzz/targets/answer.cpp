// What an external system answers over HTTP, as the payment gateway's client reads it.
//
// Input: the bytes sent in answer to the first request; a first byte of '-' keeps the connection open behind them.
// Promised: a payment, or one of the outcomes a step may have; and no byte of this answer is ever taken for the answer
// to the next question, which another system's line gives rightly.
#include "harness.hpp"

#include "payment/gateway.hpp"

#include <jackfield/error.hpp>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>

namespace jackfield::fuzz {
namespace {

constexpr std::string_view right = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/// Answers the first request after set() with the input, every other one rightly.
class Peer {
 public:
  Peer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    require(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(listener_, 64) == 0 &&
                ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0,
            "a listening socket");
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    std::thread([this] { serve(); }).detach();
  }
  [[nodiscard]] const std::string& url() const { return url_; }
  void set(std::string_view answer, bool keeps) {
    const std::lock_guard lock(guard_);
    answer_ = answer;
    keeps_ = keeps;
    first_ = true;
  }

 private:
  [[noreturn]] void serve() {
    for (;;) {
      const int line = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (line >= 0) std::thread([this, line] { talk(line); }).detach();
    }
  }
  void talk(int line) {
    std::string asked;
    char buffer[4096];
    for (bool open = true; open;) {
      const auto got = ::recv(line, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      asked.append(buffer, static_cast<std::size_t>(got));
      if (asked.find("\r\n\r\n") == std::string::npos) continue;
      asked.clear();
      const std::lock_guard lock(guard_);
      const std::string_view answer = first_ ? std::string_view(answer_) : right;
      open = !first_ || keeps_;
      first_ = false;
      (void)::send(line, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
    ::close(line);
  }

  int listener_;
  std::string url_;
  std::mutex guard_;
  std::string answer_;
  bool keeps_ = false, first_ = false;
};

const jf_host* table() {
  static jf_host host{};
  host.size = sizeof host;
  host.complete = [](void*, std::uint64_t, const jf_result*) {};
  host.log = [](void*, std::int32_t, jf_bytes, jf_bytes) {};
  host.metric = [](void*, std::int32_t, jf_bytes, jf_bytes, double) {};
  host.now_ms = [](void*) { return std::int64_t{1'795'334'400'000}; };
  host.cancelled = [](void*, std::uint64_t) { return 0; };
  host.property = [](void*, jf_bytes, std::uint8_t*, std::uint64_t) { return std::int64_t{-1}; };
  return &host;
}

}  // namespace
}  // namespace jackfield::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield;
  static fuzz::Peer* const peer = new fuzz::Peer;  // its threads live as long as the process
  static Host host(fuzz::table());
  auto bytes = fuzz::text_of(data, size);
  const bool keeps = bytes.starts_with('-');
  if (keeps) bytes.remove_prefix(1);
  constexpr std::chrono::milliseconds timeout{100};
  {
    peer->set(bytes, keeps);
    HttpClient client(peer->url());
    bool answered = false;
    try {
      const auto reply = client.send("GET", "/first", "", "", timeout);
      answered = true;
      fuzz::require(reply.status >= 200 && reply.status <= 999, "what is read as the answer is the final one");
    } catch (const HttpError&) {
    }
    const auto next = client.send("GET", "/second", "", "", std::chrono::seconds(20));
    fuzz::require(next.status == 200 && next.body == "{}",
                  answered ? "an answer is to its own question" : "what failed is not heard again", next.body);
  }
  peer->set(bytes, false);
  jf_task task{};
  task.size = sizeof task;
  payment::Gateway gateway(peer->url());
  try {
    const auto found = gateway.ask("k", Context(host, task), timeout);
    fuzz::require(!found || found->state == "captured" || found->state == "declined" || found->state == "refunded",
                  "a payment's state is one there is");
  } catch (const Failure&) {  // an outcome of a step
  }
  return 0;
}
