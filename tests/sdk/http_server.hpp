// A little HTTP server on a free port of the loopback, for the client's tests: it does to each request what the test
// queued for it.
//
// Thread rule: made and asked by the test; serves on a thread of its own, one connection at a time in the order they
// come.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct HttpRequest {
  std::string head, body;
  int connection;  // 1, 2, … in the order they were accepted
};

class HttpServer {
 public:
  enum Then { keep, close };

  HttpServer();
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Answers the next request not yet provided for with these bytes.
  void reply(std::string bytes, Then then = keep);
  /// A reply of this status and body.
  void reply(int status, const std::string& body, Then then = keep);
  /// Closes the connection in place of an answer; an empty reply that is kept open is silence.
  void hang_up() { reply("", close); }
  void be_silent() { reply("", keep); }

  [[nodiscard]] std::string url(const std::string& prefix = "") const;
  [[nodiscard]] std::vector<HttpRequest> requests() const;

 private:
  struct Answer {
    std::string bytes;
    Then then;
  };
  void serve();
  bool serve_one(int connection, int number, std::string& buffer);

  int listener_ = -1, stopped_[2] = {-1, -1}, port_ = 0, accepted_ = 0;
  mutable std::mutex mutex_;
  std::deque<Answer> answers_;
  std::vector<HttpRequest> requests_;
  std::thread thread_;
};
