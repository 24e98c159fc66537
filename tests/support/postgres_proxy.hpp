// Stands between a client and a PostgresServer, and breaks the connection where a test wants it broken.
//
//   PostgresProxy proxy(server_url);               // proxy.url() leads to the same database
//   proxy.lose_answer_of("COMMIT", 2);             // the server does it, nobody is told; the next 2 connects are refused
//
// Thread rule: one thread serves one connection at a time; the test's thread tells. A mutex guards what is told.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

namespace jackfield::testing {

class PostgresProxy {
 public:
  /// `url` as PostgresServer gives it: by the folder of its socket. Throws std::runtime_error where it cannot listen.
  explicit PostgresProxy(const std::string& url);
  ~PostgresProxy();
  PostgresProxy(const PostgresProxy&) = delete;
  PostgresProxy& operator=(const PostgresProxy&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }
  /// The next message with this text reaches the server and is done there; its answer is thrown away with the
  /// connection, and so many connections after it are refused.
  void lose_answer_of(const std::string& text, int refuse);

 private:
  void serve();
  void relay(int client);
  [[nodiscard]] bool is_wanted(const std::string& bytes);

  std::string url_, folder_, there_;
  int listening_ = -1;
  std::atomic<bool> over_{false};
  std::mutex guard_;
  std::string lose_;
  int refuse_ = 0, refuse_after_ = 0;
  std::thread thread_;
};

}  // namespace jackfield::testing
