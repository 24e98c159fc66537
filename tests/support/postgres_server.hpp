// A PostgreSQL of a test's own: made in a temporary folder, reached over a Unix socket in it, gone with the test.
//
// The server is a child that the kernel stops when the test's process ends, however that happens. It runs as user
// postgres where the test runs as root (PostgreSQL refuses root). fsync stays on.
//
// Make it in the main thread: the kernel ties the server to the thread that started it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>

namespace jackfield::testing {

class PostgresServer {
 public:
  /// Throws std::runtime_error: what failed, with the server's own words.
  PostgresServer();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// Makes a new, empty database and gives its URL.
  [[nodiscard]] std::string new_database();
  /// Runs statements in the database at `url`; returns the first value of the last one's first row, if there is one.
  static std::string run(const std::string& url, const std::string& statement);

 private:
  void initialise();
  void start();
  void await_ready(int log);

  std::filesystem::path folder_;
  pid_t server_ = -1;
  int databases_ = 0;
  std::thread drain_;
};

}  // namespace jackfield::testing
