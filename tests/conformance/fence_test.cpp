// No made-up message reaches a system that somebody uses.
#include "conformance/fence.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace jackfield::conformance {
namespace {

using nlohmann::json;

int connect_to(std::uint16_t port) {
  const int out = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const int failed = ::connect(out, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
  ::close(out);
  return failed;
}

TEST(Fence, AddressesLeadNowhere) {
  json settings = {{"url", "http://billing.example:8080/prefix?x=1"},
                   {"mml", "tcp://10.0.0.1:7776"},
                   {"database", {{"url", "postgresql://me:secret@db/jackfield"}}},
                   {"more", {"https://a", "no address", "C://"}},
                   {"empty", ""},
                   {"file", "file:///srv/a"},
                   {"number", 7}};
  redirect(settings, 4711);
  EXPECT_EQ(settings["url"], "http://127.0.0.1:4711/prefix?x=1");
  EXPECT_EQ(settings["mml"], "tcp://127.0.0.1:4711");
  EXPECT_EQ(settings["database"]["url"], "postgresql://me:secret@127.0.0.1:4711/jackfield");
  EXPECT_EQ(settings["more"][0], "https://127.0.0.1:4711");
  EXPECT_EQ(settings["more"][1], "no address");
  EXPECT_EQ(settings["empty"], "");
  EXPECT_EQ(settings["file"], "file:///srv/a");
  EXPECT_EQ(settings["number"], 7);
}

TEST(Fence, NobodyListensAtTheDeadPort) {
  const DeadPort port;
  EXPECT_EQ(connect_to(port.number()), ECONNREFUSED);
}

// Where the system allows it, not even a system on this machine can be reached, whatever the settings say.
TEST(Fence, AServerOfThisMachineIsOutOfReachBehindIt) {
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(server, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(server, 4), 0);
  ASSERT_EQ(::getsockname(server, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::uint16_t port = ntohs(address.sin_port);
  ASSERT_EQ(connect_to(port), 0);
  constexpr int not_allowed = 200;
  const auto child = ::fork();
  if (child == 0) ::_exit(fence_off() ? connect_to(port) : not_allowed);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ::close(server);
  if (WEXITSTATUS(status) == not_allowed) GTEST_SKIP() << "this system allows no network of its own";
  EXPECT_EQ(WEXITSTATUS(status), ECONNREFUSED);
}

}  // namespace
}  // namespace jackfield::conformance
