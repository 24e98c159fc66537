// HTTP/1.1 to one external system, for adapters.
//
//   jackfield::HttpClient client{settings.url};   // http://host[:port][/prefix]
//   const auto reply = client.send("POST", "/v1/credit-checks", "application/json", body, settings.timeout);
//
// Connections are kept alive, at most eight idle. One that proves stale before a byte of the reply came is opened anew
// and the request sent once more: every call must be safe to repeat with the same key, as all of ours are. One on which
// bytes came that belong to no answer is not used again. Interim answers (1xx) are passed over.
//
// Thread rule: any thread; each send() has a connection of its own. Ownership: of nothing given to it.
// Errors: HttpError. Any reply is a reply, whatever its status. Replies over 8 MiB are no answer.
#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield {

class HttpError : public std::runtime_error {
 public:
  enum Kind {
    not_sent,  // refused, or no such host: nothing happened there
    no_answer  // sent, at least in part: what happened there is not known
  };
  HttpError(Kind kind_, const std::string& text) : std::runtime_error(text), kind(kind_) {}
  Kind kind;
};

struct HttpReply {
  int status = 0;
  std::string body;
  /// Seconds the other side asks to wait (Retry-After); 0 where it says nothing.
  int retry_after_s = 0;
};

class HttpClient {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  /// Throws std::invalid_argument for a URL that is not http://host[:port][/prefix]. Does not connect.
  explicit HttpClient(std::string_view url);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// `timeout` is for all of it: name, connection, request and reply. No content-type is sent where `type` is empty.
  HttpReply send(std::string_view method, std::string_view path, std::string_view type, std::string_view body,
                 std::chrono::milliseconds timeout, const Headers& headers = {});

 private:
  struct Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace jackfield
