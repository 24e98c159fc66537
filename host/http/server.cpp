#include "http/server.hpp"

#include "http/session.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <pthread.h>

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <utility>

namespace jackfield::http {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;
using Clock = std::chrono::steady_clock;

// Connections past the limit that are kept long enough to be told so.
constexpr std::size_t crowd_most = 64;
constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::chrono::milliseconds last_words{1000};
constexpr std::chrono::minutes say_full_every{1};

[[noreturn]] void refuse(const std::string& listen, const std::string& found) {
  throw std::runtime_error("cannot listen on '" + listen + "': " + found +
                           "; expected ADDRESS:PORT in http.listen, as 127.0.0.1:7114");
}

tcp::endpoint read_endpoint(net::io_context& io, const std::string& listen) {
  const auto colon = listen.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == listen.size())
    refuse(listen, "address or port is missing");
  std::string host = listen.substr(0, colon);
  const std::string port = listen.substr(colon + 1);
  const bool digits = std::all_of(port.begin(), port.end(), [](unsigned char c) { return c >= '0' && c <= '9'; });
  if (!digits || port.size() > 5 || std::stoi(port) > 65535) refuse(listen, "the port is none");
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  error_code error;
  const auto found = tcp::resolver(io).resolve(host, port, tcp::resolver::numeric_service, error);
  if (error || found.empty()) refuse(listen, "the address is none of this machine");
  return found.begin()->endpoint();
}

}  // namespace

struct Server::Impl {
  Impl(Options given, engine::Gate& gate, engine::Viewer& viewer, engine::Metrics& metrics_given,
       OpenReader open_reader)
      : options(std::move(given)),
        metrics(metrics_given),
        api(gate, viewer, metrics_given, std::move(open_reader), options.limits.reads_most) {}

  Options options;
  engine::Metrics& metrics;
  Api api;
  std::shared_ptr<net::io_context> io = std::make_shared<net::io_context>(1);
  tcp::acceptor acceptor{*io};
  net::steady_timer timer{*io};
  std::unordered_map<Session*, std::shared_ptr<Session>> sessions;  // the I/O thread's
  std::thread thread;
  std::uint16_t port = 0;
  bool accepting = false, stopping = false;  // the I/O thread's
  Clock::time_point said_full = Clock::now() - say_full_every;  // the I/O thread's

  void listen() {
    const auto endpoint = read_endpoint(*io, options.listen);
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
    if (error == net::error::address_in_use) {
      throw std::runtime_error("address in use: " + options.listen +
                               ": another program listens there; stop it, or choose another http.listen");
    }
    if (error) refuse(options.listen, error.message());
    port = acceptor.local_endpoint().port();
  }

  void accept() {
    if (stopping || accepting) return;
    if (sessions.size() >= options.limits.connections_most + crowd_most) {
      (void)make_room(nullptr);
      return again();  // if not sooner: as soon as one that made way is forgotten
    }
    accepting = true;
    acceptor.async_accept([this](error_code error, tcp::socket socket) {
      accepting = false;
      if (stopping) return;
      if (!error) return welcome(std::move(socket));
      again();  // most likely no file descriptor is left: those who wait go on waiting until one is
    });
  }

  void again() {
    timer.expires_after(accept_pause);
    timer.async_wait([this](error_code) { accept(); });
  }

  // Whoever has kept the host waiting longest goes; not before a client at work would have sent or read, and one that
  // has never said anything much sooner: at once where another has a request (`asker`).
  bool make_room(const Session* asker) {
    const auto now = Clock::now();
    if (now - said_full >= say_full_every) {
      said_full = now;
      spdlog::warn("{} connections are open, as many as http.connections allows: for each new one the longest idle or "
                   "slowest is closed, and where all are at work it is answered 503",
                   options.limits.connections_most);
    }
    const auto patience = options.limits.patience;
    Session* longest = nullptr;
    auto since = now;
    for (const auto& [which, session] : sessions) {
      const auto awaited = session->awaited_since();
      if (!awaited || *awaited > since || which == asker) continue;
      const auto least = session->spoke() ? patience : asker != nullptr ? patience * 0 : patience / 10;
      if (*awaited > now - least) continue;
      longest = which;
      since = *awaited;
    }
    if (longest == nullptr) return false;
    longest->make_way();
    return true;
  }

  void welcome(tcp::socket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const auto forget = [this](Session& session) {
      // Not within the session's own call: it may be its last owner.
      net::post(*io, [this, which = &session] {
        sessions.erase(which);
        if (stopping && sessions.empty()) io->stop();
        accept();
      });
    };
    const auto room = [this](const Session& asker) { return make_room(&asker); };
    const Session::Surroundings around{io, api, metrics, options.limits, forget, room};
    const bool full = sessions.size() >= options.limits.connections_most;
    auto session = make_session(std::move(socket), around, full && !make_room(nullptr));
    sessions.emplace(session.get(), session);
    session->start();
    accept();
  }

  template <class Do>
  void each(Do what) {
    for (const auto& [which, session] : sessions) what(*session);
  }

  void drain() {
    stopping = true;
    error_code ignored;
    acceptor.close(ignored);
    each([](Session& session) { session.drain(); });
    if (sessions.empty()) return io->stop();
    timer.expires_after(options.limits.drain_timeout);
    timer.async_wait([this](error_code error) {
      if (error) return;
      each([](Session& session) { session.give_up(); });
      timer.expires_after(last_words);
      timer.async_wait([this](error_code) {
        each([](Session& session) { session.close(); });
        io->stop();
      });
    });
  }
};

Server::Server(Options options, engine::Gate& gate, engine::Viewer& viewer, engine::Metrics& metrics,
               OpenReader open_reader)
    : impl_(std::make_unique<Impl>(std::move(options), gate, viewer, metrics, std::move(open_reader))) {}

Server::~Server() { stop(); }

void Server::start() {
  impl_->listen();
  impl_->accept();
  impl_->thread = std::thread([io = impl_->io] {
    const auto stay = net::make_work_guard(*io);
    io->run();
  });
  ::pthread_setname_np(impl_->thread.native_handle(), "http");
}

void Server::stop() {
  if (!impl_->thread.joinable()) return;
  net::post(*impl_->io, [impl = impl_.get()] { impl->drain(); });
  impl_->thread.join();
  impl_->sessions.clear();
}

std::uint16_t Server::port() const { return impl_->port; }

}  // namespace jackfield::http
