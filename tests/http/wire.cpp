#include "http/wire.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace jackfield::http::testing {

Wire::Wire(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{20, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket_);
    throw std::runtime_error("nobody listens on port " + std::to_string(port));
  }
}

Wire::~Wire() { ::close(socket_); }

void Wire::say(const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const auto now = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (now <= 0) return;  // the other side has closed: what it said before is still to be heard
    sent += static_cast<std::size_t>(now);
  }
}

bool Wire::more() {
  char bytes[16384];
  const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
  if (got > 0) buffer_.append(bytes, static_cast<std::size_t>(got));
  return got > 0;
}

Heard Wire::hear(bool to_head) {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!more()) return {};
  }
  Heard heard;
  heard.status = std::stoi(buffer_.substr(9, 3));
  for (std::size_t at = buffer_.find("\r\n") + 2; at < end;) {
    const auto line_end = buffer_.find("\r\n", at);
    const std::string line = buffer_.substr(at, line_end - at);
    std::string name = line.substr(0, line.find(':'));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    heard.headers[name] = line.substr(line.find(':') + 2);
    at = line_end + 2;
  }
  const auto length = heard.headers.count("content-length") > 0 ? std::stoul(heard.headers["content-length"]) : 0;
  const std::size_t body = to_head ? 0 : length;
  while (buffer_.size() < end + 4 + body) {
    if (!more()) return {};
  }
  heard.body = buffer_.substr(end + 4, body);
  buffer_.erase(0, end + 4 + body);
  return heard;
}

std::string Wire::hear_bytes(std::size_t count) {
  while (buffer_.size() < count && more()) {
  }
  const std::string bytes = buffer_.substr(0, count);
  buffer_.erase(0, bytes.size());
  return bytes;
}

bool Wire::ended() {
  char bytes[16384];
  for (;;) {
    const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got == 0) return true;
    if (got < 0) return errno == ECONNRESET;
  }
}

void Wire::finish() { ::shutdown(socket_, SHUT_WR); }

std::string get(const std::string& target, const std::string& headers) {
  return "GET " + target + " HTTP/1.1\r\nHost: jackfield\r\n" + headers + "\r\n";
}

std::string post(const std::string& target, const std::string& body, const std::string& headers) {
  const std::string type =
      body.empty() || headers.find("Content-Type") != std::string::npos ? "" : "Content-Type: application/json\r\n";
  return "POST " + target + " HTTP/1.1\r\nHost: jackfield\r\n" + headers + type +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

Heard once(std::uint16_t port, const std::string& request) {
  Wire wire(port);
  wire.say(request);
  return wire.hear();
}

}  // namespace jackfield::http::testing
