#include <jackfield/testing.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include <gtest/gtest.h>

using jackfield::testing::FakeHost;

namespace {

/// A system that gives one answer to one request, and keeps what it was asked. Port 0 is any that is free.
class OneAnswer {
 public:
  OneAnswer(int status, const std::string& body)
      : answer_("HTTP/1.1 " + std::to_string(status) + " -\r\nconnection: close\r\ncontent-length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body),
        socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    EXPECT_EQ(::listen(socket_, 1), 0);
    url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  ~OneAnswer() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  std::string asked() {  // whole once the answer is here
    return asked_;
  }
  std::string url;

 private:
  void serve() {
    const int client = ::accept(socket_, nullptr, nullptr);
    if (client < 0) return;
    char buffer[4096];
    while (asked_.find("\"text\"") == std::string::npos) {
      const auto got = ::read(client, buffer, sizeof buffer);
      if (got <= 0) break;
      asked_.append(buffer, static_cast<std::size_t>(got));
    }
    EXPECT_EQ(::write(client, answer_.data(), answer_.size()), static_cast<ssize_t>(answer_.size()));
    ::close(client);
  }

  std::string answer_, asked_;
  int socket_;
  std::thread thread_;
};

jackfield::testing::Answer send(const std::string& url) {
  FakeHost host;
  auto plugin = host.load(jackfield_plugin_v1, R"({"timeout":"2s","url":")" + url + R"("})");
  return plugin.call("sample.send", R"({"subject":"13800138000","text":"opened"})", {.key = "i1/sample.send"});
}

}  // namespace

TEST(Sample, SendsTheNoteUnderItsKey) {
  OneAnswer system(201, R"({"id":"n1"})");
  const auto answer = send(system.url);
  ASSERT_EQ(answer.status, JF_OK) << answer.text;
  EXPECT_EQ(answer.json()["id"], "n1");
  EXPECT_NE(system.asked().find(R"("key":"i1/sample.send")"), std::string::npos) << system.asked();
}

TEST(Sample, IsTriedAgainWhereTheSystemIsBusyOrGone) {
  std::string url;
  {
    OneAnswer system(503, "later");
    url = system.url;
    EXPECT_EQ(send(url).status, JF_UNKNOWN) << "it may have done a part; the key makes another try safe";
  }
  EXPECT_EQ(send(url).status, JF_RETRY);
}

TEST(Sample, FailsWhereTheSystemRefusesOrAnswersNonsense) {
  EXPECT_EQ(send(OneAnswer(422, "no").url).code, "HTTP_422");
  EXPECT_EQ(send(OneAnswer(200, "nonsense").url).code, "ANSWER_INVALID");
}
