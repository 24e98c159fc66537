#include "http_server.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <stdexcept>

HttpServer::HttpServer() {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, length) || listen(listener_, 8) || getsockname(listener_, generic, &length) ||
      pipe(stopped_)) {
    throw std::runtime_error("no port to listen on");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

HttpServer::~HttpServer() {
  ::close(stopped_[1]);
  thread_.join();
  ::close(stopped_[0]);
  ::close(listener_);
}

void HttpServer::reply(std::string bytes, Then then) {
  const std::lock_guard lock(mutex_);
  answers_.push_back({std::move(bytes), then});
}

void HttpServer::reply(int status, const std::string& body, Then then) {
  reply("HTTP/1.1 " + std::to_string(status) + " Said\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
            body,
        then);
}

std::string HttpServer::url(const std::string& prefix) const {
  return "http://127.0.0.1:" + std::to_string(port_) + prefix;
}

std::vector<HttpRequest> HttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void HttpServer::serve() {
  std::map<int, std::pair<int, std::string>> open;  // descriptor: number and what was read
  for (;;) {
    std::vector<pollfd> watched{{stopped_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const auto& [connection, _] : open) watched.push_back({connection, POLLIN, 0});
    poll(watched.data(), watched.size(), -1);
    if (watched[0].revents) break;
    if (watched[1].revents) open[accept(listener_, nullptr, nullptr)].first = ++accepted_;
    for (std::size_t i = 2; i < watched.size(); ++i) {
      if (!watched[i].revents) continue;
      auto& [number, buffer] = open[watched[i].fd];
      char bytes[4096];
      const auto got = recv(watched[i].fd, bytes, sizeof bytes, 0);
      if (got > 0) buffer.append(bytes, static_cast<std::size_t>(got));
      if (got <= 0 || !serve_one(watched[i].fd, number, buffer)) {
        ::close(watched[i].fd);
        open.erase(watched[i].fd);
      }
    }
  }
  for (const auto& [connection, _] : open) ::close(connection);
}

// False where the connection ends.
bool HttpServer::serve_one(int connection, int number, std::string& buffer) {
  const auto end = buffer.find("\r\n\r\n");
  if (end == std::string::npos) return true;
  std::size_t length = 0;
  const auto field = buffer.find("Content-Length: ");
  if (field < end) length = std::stoul(buffer.substr(field + 16));
  if (buffer.size() < end + 4 + length) return true;
  const std::lock_guard lock(mutex_);
  requests_.push_back({buffer.substr(0, end), buffer.substr(end + 4, length), number});
  buffer.erase(0, end + 4 + length);
  if (answers_.empty()) return true;
  const Answer answer = std::move(answers_.front());
  answers_.pop_front();
  if (!answer.bytes.empty()) send(connection, answer.bytes.data(), answer.bytes.size(), MSG_NOSIGNAL);
  return answer.then == keep;
}
