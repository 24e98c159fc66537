#include <jackfield/http_client.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <mutex>
#include <optional>

namespace jackfield {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Clock = std::chrono::steady_clock;  // waits of the network, not times of the domain
using Request = http::request<http::string_body>;

constexpr std::size_t idle_most = 8;
constexpr std::size_t reply_bytes_most = 8 * 1024 * 1024;
constexpr int interim_most = 16;  // 1xx answers before the one that counts

struct Target {
  std::string host, port, prefix;
  [[nodiscard]] std::string text() const { return host + ":" + port; }
};

Target parse_url(std::string_view url) {
  const auto refuse = [&] {
    return std::invalid_argument("found URL '" + std::string(url) + "', expected http://host[:port][/prefix]");
  };
  constexpr std::string_view scheme = "http://";
  if (!url.starts_with(scheme)) throw refuse();
  const auto rest = url.substr(scheme.size());
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto place = rest.substr(0, slash);
  Target target{std::string(place), "80", std::string(rest.substr(slash))};
  while (target.prefix.ends_with('/')) target.prefix.pop_back();
  const auto bracket = place.find(']');  // [::1]:80
  const auto colon = place.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    target.host = place.substr(0, colon);
    target.port = place.substr(colon + 1);
    unsigned port = 0;
    const char* const end = target.port.data() + target.port.size();
    const auto [last, code] = std::from_chars(target.port.data(), end, port);
    if (code != std::errc{} || last != end || port == 0 || port > 65535) throw refuse();
  }
  if (target.host.starts_with('[')) target.host = target.host.substr(1, target.host.size() - 2);
  if (target.host.empty() || target.host.find_first_of(" @?#") != std::string::npos) throw refuse();
  return target;
}

/// One connection and the loop that drives it. Used by one thread at a time.
class Connection {
 public:
  Connection() : stream_(loop_) {}

  void connect(const Target& target, Clock::time_point until) {
    asio::ip::tcp::resolver resolver(loop_);
    asio::ip::tcp::resolver::results_type found;
    auto error = await(
        until,
        [&](auto done) {
          resolver.async_resolve(target.host, target.port, [&found, done](auto code, auto results) {
            found = results;
            done(code);
          });
        },
        [&] { resolver.cancel(); });
    if (!error) {
      error = await(
          until, [&](auto done) { stream_.async_connect(found, [done](auto code, const auto&) { done(code); }); },
          [&] { stream_.cancel(); });
    }
    if (error) throw HttpError(HttpError::not_sent, "cannot reach " + target.text() + ": " + error.message());
    stream_.socket().set_option(asio::ip::tcp::no_delay(true));
  }

  beast::error_code write(const Request& request, Clock::time_point until) {
    return await(
        until, [&](auto done) { http::async_write(stream_, request, [done](auto code, std::size_t) { done(code); }); },
        [&] { stream_.cancel(); });
  }

  /// Whether it may carry another request: nothing came that was no answer, and the other side has not closed it. What
  /// came unasked would be taken for the answer to what is asked next.
  [[nodiscard]] bool is_clean() {
    if (buffer_.size() > 0) return false;
    char byte = 0;
    const auto got = ::recv(stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  /// Sets `begun` once a byte of the reply is there.
  beast::error_code read(http::response_parser<http::string_body>& parser, Clock::time_point until, bool& begun) {
    const auto error = await(
        until,
        [&](auto done) { http::async_read(stream_, buffer_, parser, [done](auto code, std::size_t) { done(code); }); },
        [&] { stream_.cancel(); });
    begun = begun || parser.got_some() || buffer_.size() > 0;
    return error;
  }

 private:
  /// Runs one operation to its end, or cancels it when the time is over.
  template <class Start, class Cancel>
  beast::error_code await(Clock::time_point until, Start start, Cancel cancel) {
    std::optional<beast::error_code> outcome;
    start([&outcome](beast::error_code code) { outcome = code; });
    loop_.restart();
    loop_.run_until(until);
    if (outcome) return *outcome;
    cancel();
    loop_.restart();
    loop_.run();  // the cancelled operation's last word
    return beast::error::timeout;
  }

  asio::io_context loop_{1};
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
};

/// RFC 9110, 15.2: the answer is still to come. Nobody here asks for another protocol.
bool is_interim(unsigned status) { return status >= 100 && status < 200; }

HttpReply reply_of(const http::response<http::string_body>& response) {
  HttpReply reply{static_cast<int>(response.result_int()), response.body(), 0};
  const auto wait = response[http::field::retry_after];
  std::from_chars(wait.data(), wait.data() + wait.size(), reply.retry_after_s);
  return reply;
}

}  // namespace

/// A mutex: it is held only to take a connection out or put one back.
struct HttpClient::Pool {
  explicit Pool(Target target_) : target(std::move(target_)) {}

  std::unique_ptr<Connection> take() {
    const std::lock_guard lock(mutex);
    while (!idle.empty()) {
      auto connection = std::move(idle.back());
      idle.pop_back();
      if (connection->is_clean()) return connection;
    }
    return nullptr;
  }
  void put_back(std::unique_ptr<Connection> connection) {
    const std::lock_guard lock(mutex);
    if (idle.size() < idle_most) idle.push_back(std::move(connection));
  }

  Target target;
  std::mutex mutex;
  std::vector<std::unique_ptr<Connection>> idle;
};

HttpClient::HttpClient(std::string_view url) : pool_(std::make_unique<Pool>(parse_url(url))) {}
HttpClient::~HttpClient() = default;

HttpReply HttpClient::send(std::string_view method, std::string_view path, std::string_view type, std::string_view body,
                           std::chrono::milliseconds timeout, const Headers& headers) {
  const Target& target = pool_->target;
  const auto until = Clock::now() + std::min<std::chrono::milliseconds>(timeout, std::chrono::hours(24));
  Request request;
  request.version(11);
  request.method_string({method.data(), method.size()});
  request.target(target.prefix + std::string(path));
  request.set(http::field::host, target.text());
  request.set(http::field::user_agent, "jackfield");
  if (!type.empty()) request.set(http::field::content_type, beast::string_view(type.data(), type.size()));
  for (const auto& [name, value] : headers) request.set(name, value);
  request.body() = body;
  request.prepare_payload();

  auto connection = pool_->take();
  for (bool is_kept = connection != nullptr;; is_kept = false) {
    if (!connection) {
      connection = std::make_unique<Connection>();
      connection->connect(target, until);
    }
    std::optional<http::response_parser<http::string_body>> parser;
    bool begun = false;
    auto error = connection->write(request, until);
    for (int interim = 0; !error; ++interim) {
      parser.emplace();
      parser->body_limit(reply_bytes_most);
      if (method == "HEAD") parser->skip(true);
      error = connection->read(*parser, until, begun);
      if (!error && parser->get().result_int() < 100) error = http::error::bad_status;  // no class of statuses has it
      if (error || !is_interim(parser->get().result_int())) break;
      if (interim == interim_most) error = http::error::bad_status;
    }
    if (!error) {
      if (parser->keep_alive() && connection->is_clean()) pool_->put_back(std::move(connection));
      return reply_of(parser->get());
    }
    connection.reset();
    // A kept connection the other side had closed meanwhile: once more on a new one.
    if (is_kept && !begun && error != beast::error::timeout) continue;
    throw HttpError(HttpError::no_answer, "no answer from " + target.text() + " to " + std::string(method) + " " +
                                              target.prefix + std::string(path) + ": " + error.message());
  }
}

}  // namespace jackfield
