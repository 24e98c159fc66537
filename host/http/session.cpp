#include "http/session.hpp"

#include "elbow_room.hpp"
#include "engine/picture.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

namespace jackfield::http {
namespace {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
namespace net = boost::asio;
using boost::system::error_code;
using engine::problem;

constexpr std::size_t linger_most_bytes = 1024 * 1024;
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

std::string text_of(beast::string_view text) { return {text.data(), text.size()}; }

template <class Fields>
std::optional<std::string> field(const Fields& fields, beast::string_view name) {
  const auto [first, last] = fields.equal_range(name);
  if (first == last) return std::nullopt;
  std::string joined = text_of(first->value());
  for (auto each = std::next(first); each != last; ++each) joined += ", " + text_of(each->value());
  return joined;
}

using Parser = bhttp::request_parser<bhttp::string_body>;
using Response = bhttp::response<bhttp::string_body>;

Head head_of(const Parser& parser) {
  const auto& message = parser.get();
  Head head;
  head.method = text_of(message.method_string());
  head.target = text_of(message.target());
  head.content_type = field(message, "Content-Type");
  head.content_encoding = field(message, "Content-Encoding");
  head.idempotency_key = field(message, "Idempotency-Key");
  head.prefer = field(message, "Prefer").value_or("");
  head.fetch_site = field(message, "Sec-Fetch-Site").value_or("");
  head.has_body = !parser.is_done();
  return head;
}

void dress(Response& response, const Answer& answer) {
  response.set(bhttp::field::server, "jackfield");
  response.set(bhttp::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Content-Security-Policy", answer.page
                                              ? "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"
                                              : "default-src 'none'; style-src 'unsafe-inline'");
  if (!answer.allow.empty()) response.set(bhttp::field::allow, answer.allow);
  if (!answer.reply.location.empty()) response.set(bhttp::field::location, answer.reply.location);
  if (answer.reply.retry_after.count() > 0) {
    response.set(bhttp::field::retry_after, std::to_string(answer.reply.retry_after.count()));
  }
  if (!answer.content_type.empty()) {
    response.set(bhttp::field::content_type, answer.content_type);
    response.body() = answer.text;
    return;
  }
  response.set(bhttp::field::content_type,
               answer.reply.status >= 400 ? "application/problem+json" : "application/json");
  if (answer.reply.status == 204) return;
  if (answer.reply.picture) response.body() = answer.reply.picture->json();
  else response.body() = answer.reply.body.dump(-1, ' ', false, flow::Value::error_handler_t::replace);
  response.body() += '\n';
}

class Connection final : public Session, public std::enable_shared_from_this<Connection> {
 public:
  Connection(net::ip::tcp::socket socket, const Surroundings& surroundings, bool crowded)
      : around_(surroundings),
        stream_(std::move(socket)),
        buffer_(around_.limits.head_most_bytes + around_.limits.body_most_bytes),
        answer_timer_(*around_.io),
        crowded_(crowded) {}

  void start() override { await_request(); }

  void drain() override {
    draining_ = true;
    if (stand_ == Stand::idle) close();
  }

  void give_up() override {
    if (stand_ == Stand::asked)
      write({problem(503, "STOPPING", "the host is stopping; ask again")}, true);
    else if (stand_ != Stand::writing)
      close();
  }

  void close() override {
    if (stand_ == Stand::closed) return;
    stand_ = Stand::closed;
    error_code ignored;
    answer_timer_.cancel();
    stream_.socket().shutdown(net::ip::tcp::socket::shutdown_both, ignored);
    stream_.close();
    around_.closed(*this);
  }

  void make_way() override {
    making_way_ = true;
    net::post(*around_.io, [weak = weak_from_this(), since = since_] {
      if (const auto self = weak.lock()) self->made_way(since);
    });
  }

  std::optional<std::chrono::steady_clock::time_point> awaited_since() const override {
    if (stand_ == Stand::asked || stand_ == Stand::closed || making_way_) return std::nullopt;
    return since_;
  }
  bool spoke() const override { return spoke_; }

 private:
  enum class Stand { idle, reading, asked, writing, lingering, closed };

  template <class Member>
  auto then(Member member) {
    return [self = shared_from_this(), member](error_code error, std::size_t size) {
      if (self->stand_ != Stand::closed) (self.get()->*member)(error, size);
    };
  }

  // What was read already is in, as its handlers ran before this; what was not lies in the socket still.
  void made_way(std::chrono::steady_clock::time_point since) {
    making_way_ = false;
    error_code ignored;
    const bool listens = stand_ == Stand::idle || stand_ == Stand::reading;
    const bool sent = since_ != since || (listens && stream_.socket().available(ignored) > 0);
    if (!sent) close();
  }

  void stand_at(Stand stand) {
    stand_ = stand;
    since_ = std::chrono::steady_clock::now();
  }

  void await_request() {
    parser_.reset();
    if (buffer_.size() > 0) return read_head();
    if (draining_) return close();
    stand_at(Stand::idle);
    stream_.expires_after(crowded_ ? around_.limits.patience : around_.limits.idle_timeout);
    stream_.async_read_some(buffer_.prepare(4096), then(&Connection::on_first_bytes));
  }

  void on_first_bytes(error_code error, std::size_t size) {
    if (error) return close();
    spoke_ = true;
    buffer_.commit(size);
    read_head();
  }

  void read_head() {
    stand_at(Stand::reading);
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(around_.limits.head_most_bytes));
    parser_->body_limit(around_.limits.body_most_bytes);
    stream_.expires_after(crowded_ ? around_.limits.patience : around_.limits.head_timeout);
    bhttp::async_read_header(stream_, buffer_, *parser_, then(&Connection::on_head));
  }

  void on_head(error_code error, std::size_t) {
    if (error) return refuse(error, true);
    if (crowded_ && !around_.room(*this)) {
      return write({problem(503, "TOO_MANY_CONNECTIONS", "the host has as many connections as it will keep")}, true);
    }
    crowded_ = false;
    if (auto refusal = wrong_framing()) return write(*std::move(refusal), true);
    auto judged = around_.api.admit(head_of(*parser_));
    if (auto* refusal = std::get_if<Answer>(&judged)) return write(std::move(*refusal), !parser_->is_done());
    admitted_ = std::move(std::get<Admitted>(judged));
    if (parser_->is_done()) return serve();
    const auto expected = field(parser_->get(), "Expect");
    if (!expected) return read_body();
    if (!beast::iequals(*expected, "100-continue")) {
      return write({problem(417, "EXPECTATION", "the header Expect: only 100-continue is known")}, true);
    }
    stream_.expires_after(around_.limits.write_timeout);
    net::async_write(stream_, net::buffer(go_on), then(&Connection::on_go_on));
  }

  // RFC 9112, 6.1 and 6.3: where a transfer coding is not the one that is known, nobody can tell where the body ends.
  std::optional<Answer> wrong_framing() {
    const auto coding = field(parser_->get(), "Transfer-Encoding");
    if (!coding || (beast::iequals(*coding, "chunked") && parser_->get().version() == 11)) return std::nullopt;
    return Answer{problem(400, "BAD_FRAMING", "the header Transfer-Encoding: expected chunked alone, or none; nothing "
                                              "was done")};
  }

  void on_go_on(error_code error, std::size_t) {
    if (error) return close();
    read_body();
  }

  void read_body() {
    stream_.expires_after(around_.limits.body_timeout);
    bhttp::async_read(stream_, buffer_, *parser_, then(&Connection::on_body));
  }

  void on_body(error_code error, std::size_t) {
    if (error) return refuse(error, false);
    serve();
  }

  // What cannot be read: answered where there is somebody to answer, then closed, for what follows means nothing.
  void refuse(error_code error, bool in_head) {
    const auto& limits = around_.limits;
    if (error == bhttp::error::header_limit || (in_head && error == bhttp::error::buffer_overflow)) {
      return write({problem(431, "HEAD_TOO_LARGE",
                            "the request's head has more than " + std::to_string(limits.head_most_bytes) + " bytes")},
                   true);
    }
    if (error == bhttp::error::body_limit) {
      return write(
          {problem(413, "TOO_LARGE", "the body has more than " + std::to_string(limits.body_most_bytes) + " bytes")},
          true);
    }
    const bool gone = error == bhttp::error::end_of_stream || error == bhttp::error::partial_message;
    if (gone || error.category() != make_error_code(bhttp::error::bad_method).category()) return close();
    write({problem(400, "NOT_HTTP", "the request cannot be read as HTTP/1.1: " + error.message())}, true);
  }

  void serve() {
    stand_ = Stand::asked;
    stream_.expires_never();
    const auto turn = ++turn_;
    answer_timer_.expires_after(admitted_.wait + around_.limits.answer_timeout);
    answer_timer_.async_wait([self = shared_from_this(), turn](error_code error) {
      if (!error)
        self->answered(turn, {problem(503, "NO_ANSWER",
                                      "the engine did not answer in time; what was asked "
                                      "may have been done: look, or ask with the same key")});
    });
    // The gate may answer when this connection, or the whole server, is gone: only the io_context is kept for it.
    const Done done = [io = around_.io, weak = weak_from_this(), turn](Answer answer) {
      net::post(*io, [weak, turn, answer = std::move(answer)]() mutable {
        if (const auto self = weak.lock()) self->answered(turn, std::move(answer));
      });
    };
    try {
      around_.api.serve(admitted_, parser_->get().body(), done);
    } catch (const std::exception& error) {  // one request's trouble is not the others'
      spdlog::error("a request could not be served: {}", error.what());
      done({problem(500, "INTERNAL", "this request could not be served; what was asked may have been done")});
    }
  }

  void answered(std::uint64_t turn, Answer answer) {
    static thread_local ElbowRoom elbows;  // the I/O thread's, which the engine has woken
    elbows.step_aside();
    if (turn == turn_ && stand_ == Stand::asked) write(std::move(answer), false);
  }

  void write(Answer answer, bool last) {
    stand_at(Stand::writing);
    answer_timer_.cancel();
    const auto& request = parser_->get();
    const auto method = request.method();
    const bool head = method == bhttp::verb::head;
    const bool known = head || method == bhttp::verb::get || method == bhttp::verb::post;
    around_.metrics.http_answered(
        known ? std::string_view(bhttp::to_string(method).data(), bhttp::to_string(method).size())
              : std::string_view("other"),
        answer.reply.status);
    last_ = last || draining_ || !request.keep_alive();
    response_.emplace(static_cast<bhttp::status>(answer.reply.status), request.version() == 10 ? 10 : 11);
    dress(*response_, answer);
    response_->keep_alive(!last_);
    response_->content_length(response_->body().size());
    if (admitted_.wait.count() > 0 && answer.reply.status < 400) {
      response_->set("Preference-Applied", "wait=" + std::to_string(admitted_.wait.count()));
    }
    if (head) response_->body().clear();
    stream_.expires_after(around_.limits.write_timeout);
    bhttp::async_write(stream_, *response_, then(&Connection::on_written));
  }

  void on_written(error_code error, std::size_t) {
    response_.reset();
    admitted_ = {};
    if (error) return close();
    if (!last_) return await_request();
    // Closing with unread bytes would reset the connection and take the answer away from the client.
    stream_.socket().shutdown(net::ip::tcp::socket::shutdown_send, error);
    if (error) return close();
    stand_at(Stand::lingering);
    stream_.expires_after(around_.limits.linger_timeout);
    linger();
  }

  void linger() {
    buffer_.consume(buffer_.size());
    stream_.async_read_some(buffer_.prepare(16 * 1024), then(&Connection::on_lingered));
  }

  void on_lingered(error_code error, std::size_t size) {
    lingered_ += size;
    if (error || lingered_ > linger_most_bytes) return close();
    linger();
  }

  Surroundings around_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  net::steady_timer answer_timer_;
  std::optional<Parser> parser_;
  std::optional<Response> response_;
  Admitted admitted_;
  Stand stand_ = Stand::idle;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  std::uint64_t turn_ = 0;
  std::size_t lingered_ = 0;
  bool crowded_, spoke_ = false, last_ = false, draining_ = false, making_way_ = false;
};

}  // namespace

std::shared_ptr<Session> make_session(net::ip::tcp::socket socket, const Session::Surroundings& surroundings,
                                      bool crowded) {
  return std::make_shared<Connection>(std::move(socket), surroundings, crowded);
}

}  // namespace jackfield::http
