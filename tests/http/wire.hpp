// A client's end of a connection, byte by byte: it can say things no HTTP library would let it say.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace jackfield::http::testing {

struct Heard {
  int status = 0;                              // 0: the connection ended before an answer was whole
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
  [[nodiscard]] std::string code() const { return json().value("code", ""); }
};

class Wire {
 public:
  explicit Wire(std::uint16_t port);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  void say(const std::string& bytes);
  /// The next answer, without a body for one to HEAD.
  Heard hear(bool to_head = false);
  /// The next `count` bytes as they come.
  std::string hear_bytes(std::size_t count);
  /// True once the other side has closed; bytes before that are read and dropped.
  bool ended();
  /// Says nothing more, and still listens.
  void finish();

 private:
  bool more();
  int socket_;
  std::string buffer_;
};

[[nodiscard]] std::string get(const std::string& target, const std::string& headers = "");
[[nodiscard]] std::string post(const std::string& target, const std::string& body, const std::string& headers = "");
/// One request over a connection of its own.
[[nodiscard]] Heard once(std::uint16_t port, const std::string& request);

}  // namespace jackfield::http::testing
