#include "support/postgres_proxy.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace jackfield::testing {
namespace {

constexpr const char* socket_name = "/.s.PGSQL.5432";
constexpr int wait_ms = 50;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

bool is_readable(int socket) {
  pollfd one{socket, POLLIN, 0};
  return ::poll(&one, 1, wait_ms) > 0;
}

std::string read_some(int socket) {
  char block[65536];
  const ssize_t count = ::recv(socket, block, sizeof block, 0);
  return count > 0 ? std::string(block, static_cast<std::size_t>(count)) : std::string();
}

bool write_all(int socket, std::string bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.erase(0, static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

PostgresProxy::PostgresProxy(const std::string& url) {
  const std::string word = "host=";
  const std::size_t at = url.find(word) + word.size();
  there_ = url.substr(at) + socket_name;
  std::string name = (std::filesystem::temp_directory_path() / "jackfield-proxy-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make the temporary folder " + name);
  folder_ = name;
  url_ = url.substr(0, at) + folder_;
  listening_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = address_of(folder_ + socket_name);
  if (::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listening_, 8) != 0) {
    throw std::runtime_error("cannot listen in " + folder_);
  }
  thread_ = std::thread([this] { serve(); });
}

PostgresProxy::~PostgresProxy() {
  over_ = true;
  thread_.join();
  ::close(listening_);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void PostgresProxy::lose_answer_of(const std::string& text, int refuse) {
  const std::lock_guard lock(guard_);
  lose_ = text;
  refuse_after_ = refuse;
}

void PostgresProxy::serve() {
  while (!over_) {
    if (!is_readable(listening_)) continue;
    const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    bool refused = false;
    {
      const std::lock_guard lock(guard_);
      refused = refuse_ > 0;
      if (refused) --refuse_;
    }
    if (!refused) relay(client);
    ::close(client);
  }
}

bool PostgresProxy::is_wanted(const std::string& bytes) {
  const std::lock_guard lock(guard_);
  if (lose_.empty() || bytes.find(lose_) == std::string::npos) return false;
  lose_.clear();
  refuse_ = refuse_after_;
  return true;
}

void PostgresProxy::relay(int client) {
  const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = address_of(there_);
  bool open = ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  while (open && !over_) {
    pollfd both[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (::poll(both, 2, wait_ms) <= 0) continue;
    if (both[0].revents != 0) {
      const std::string asked = read_some(client);
      const bool lose = is_wanted(asked);
      open = !asked.empty() && write_all(server, asked);
      if (lose) {
        (void)read_some(server);  // it is done there
        break;
      }
    }
    if (open && both[1].revents != 0) {
      const std::string answered = read_some(server);
      open = !answered.empty() && write_all(client, answered);
    }
  }
  ::close(server);
}

}  // namespace jackfield::testing
