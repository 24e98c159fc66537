#include "mml_session.hpp"

#include <jackfield/error.hpp>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>

namespace network_element {
namespace {

constexpr int login_refused = 1001, not_logged_in = 4001;

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses look_up(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (code != 0) throw MmlError(MmlError::not_sent, "no address for " + host + ": " + ::gai_strerror(code));
  return {found, &::freeaddrinfo};
}

}  // namespace

MmlSession::MmlSession(const std::string& address, std::string operator_name, jackfield::Secret password)
    : operator_(std::move(operator_name)), password_(std::move(password)) {
  constexpr std::string_view scheme = "tcp://";
  const std::size_t colon = address.rfind(':');
  if (!address.starts_with(scheme) || colon < scheme.size() + 1 || colon + 1 >= address.size() ||
      address.find_first_not_of("0123456789", colon + 1) != std::string::npos) {
    throw std::invalid_argument("found mml '" + address + "', expected tcp://host:port");
  }
  host_ = address.substr(scheme.size(), colon - scheme.size());
  if (host_.size() > 2 && host_.front() == '[' && host_.back() == ']') host_ = host_.substr(1, host_.size() - 2);
  port_ = address.substr(colon + 1);
}

MmlSession::~MmlSession() {
  if (socket_ >= 0) {
    const std::string bye = MmlCommand("LGO").wire();  // a courtesy: nobody waits for the answer
    [[maybe_unused]] const auto sent = ::send(socket_, bye.data(), bye.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  drop();
}

MmlReply MmlSession::ask(const MmlCommand& command, Deadline deadline) {
  const std::unique_lock<Turn> turn(one_at_a_time_, deadline);
  if (!turn.owns_lock()) throw MmlError(MmlError::not_sent, "the session was busy with other commands all the time");
  if (socket_ >= 0 && is_stale()) drop();
  if (socket_ < 0) open(deadline);
  MmlReply reply = exchange(command, deadline);
  if (reply.retcode != not_logged_in) return reply;
  log_in(deadline);
  reply = exchange(command, deadline);
  if (reply.retcode == not_logged_in) {
    drop();
    throw MmlError(MmlError::not_sent, "not logged in, right after a login");
  }
  return reply;
}

/// A kept session that the other side has closed, or that answers unasked, is not used again. Skips what is no answer.
bool MmlSession::is_stale() {
  std::string said;
  char piece[4096];
  while (said.size() < MmlReply::bytes_most) {
    const ssize_t count = ::recv(socket_, piece, sizeof piece, MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return (errno != EAGAIN && errno != EWOULDBLOCK) || reply_begin(said) != std::string::npos;
    if (count == 0) return true;
    said.append(piece, static_cast<std::size_t>(count));
  }
  return true;
}

void MmlSession::open(Deadline deadline) {
  const Addresses addresses = look_up(host_, port_);
  std::string cause = "no address";
  for (const addrinfo* one = addresses.get(); one && socket_ < 0; one = one->ai_next) {
    socket_ = ::socket(one->ai_family, one->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, one->ai_protocol);
    if (socket_ < 0) throw MmlError(MmlError::not_sent, std::string("no socket: ") + std::strerror(errno));
    const int at_once = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    int code = ::connect(socket_, one->ai_addr, one->ai_addrlen) == 0 ? 0 : errno;
    if (code == EINPROGRESS) {
      try {
        wait(POLLOUT, deadline);
        socklen_t length = sizeof code;
        ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &code, &length);
      } catch (const MmlError&) {
        code = ETIMEDOUT;
      }
    }
    if (code == 0) break;
    cause = std::strerror(code);
    drop();
  }
  if (socket_ < 0) throw MmlError(MmlError::not_sent, "cannot connect to " + host_ + ":" + port_ + ": " + cause);
  log_in(deadline);
}

void MmlSession::log_in(Deadline deadline) {
  MmlReply reply;
  try {
    reply = exchange(MmlCommand("LGI").text("OPNAME", operator_).text("PWD", password_.reveal()), deadline);
  } catch (const MmlError& error) {
    throw MmlError(MmlError::not_sent, std::string("login: ") + error.what());
  } catch (const jackfield::Fail&) {
    drop();
    throw jackfield::Fail{"LOGIN_REFUSED",
                          "the operator or the password cannot be sent: set adapters.network_element.operator "
                          "and .password"};
  }
  if (reply.is_done()) return;
  drop();
  if (reply.is_busy()) throw MmlError(MmlError::not_sent, "login: the network element is busy");
  throw jackfield::Fail{"LOGIN_REFUSED", "the network element refused operator '" + operator_ + "' (RETCODE " +
                                             std::to_string(reply.retcode) +
                                             (reply.retcode == login_refused ? "" : ", unexpected") +
                                             "): set adapters.network_element.operator and .password"};
}

MmlReply MmlSession::exchange(const MmlCommand& command, Deadline deadline) {
  try {
    send(command.wire(), deadline);
    if (auto reply = parse_reply(receive(deadline), command.name())) return std::move(*reply);
    throw MmlError(MmlError::no_answer, "found an answer that is none to this command, expected RETCODE and END");
  } catch (const MmlError& error) {
    drop();
    throw MmlError(error.kind, command.name() + ": " + error.what());
  }
}

void MmlSession::send(const std::string& bytes, Deadline deadline) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count > 0)
      sent += static_cast<std::size_t>(count);
    else if (errno == EAGAIN || errno == EWOULDBLOCK)
      wait(POLLOUT, deadline);
    else if (errno != EINTR)
      throw MmlError(MmlError::no_answer, std::string("the session broke: ") + std::strerror(errno));
  }
}

std::string MmlSession::receive(Deadline deadline) {
  std::string bytes;
  char piece[4096];
  while (bytes.size() < MmlReply::bytes_most) {
    const ssize_t count = ::recv(socket_, piece, sizeof piece, 0);
    if (count > 0) {
      bytes.append(piece, static_cast<std::size_t>(count));
      const std::size_t begin = reply_begin(bytes);
      if (begin == std::string::npos) continue;
      bytes.erase(0, begin);
      const std::size_t end = reply_end(bytes);
      if (end == std::string::npos) continue;
      if (reply_begin(std::string_view(bytes).substr(end)) == std::string::npos) return bytes.substr(0, end);
      throw MmlError(MmlError::no_answer, "found more than one answer to it");
    }
    if (count == 0) throw MmlError(MmlError::no_answer, "the session was closed instead of an answer");
    if (errno == EAGAIN || errno == EWOULDBLOCK)
      wait(POLLIN, deadline);
    else if (errno != EINTR)
      throw MmlError(MmlError::no_answer, std::string("the session broke: ") + std::strerror(errno));
  }
  throw MmlError(MmlError::no_answer, "the answer is over " + std::to_string(MmlReply::bytes_most) + " bytes");
}

void MmlSession::wait(short events, Deadline deadline) const {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) throw MmlError(MmlError::no_answer, "no answer in time");
    pollfd one{socket_, events, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(std::min<std::int64_t>(left.count() + 1, 60'000)));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) throw MmlError(MmlError::no_answer, std::string("poll: ") + std::strerror(errno));
  }
}

void MmlSession::drop() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

}  // namespace network_element
