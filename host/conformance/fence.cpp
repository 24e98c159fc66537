#include "conformance/fence.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <string>

namespace jackfield::conformance {
namespace {

bool write_file(const char* path, const std::string& text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(file);
  return written;
}

// Without it 127.0.0.1 is unreachable there, where a closed port is wanted.
void raise_loopback() {
  const int any = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (any < 0) return;
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", 3);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  ::ioctl(any, SIOCSIFFLAGS, &request);
  ::close(any);
}

void redirect_text(std::string& text, std::uint16_t port) {
  const auto scheme = text.find("://");
  if (scheme == std::string::npos || scheme == 0) return;
  const auto is_word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.'; };
  if (!std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(scheme), is_word)) return;
  const std::string word = text.substr(0, scheme);
  if (word.starts_with("file") || word.starts_with("sqlite")) return;  // no network in these
  const auto begin = scheme + 3;
  const auto end = std::min(text.find_first_of("/?#", begin), text.size());
  const auto at = text.rfind('@', end);
  const auto host = at != std::string::npos && at >= begin && at < end ? at + 1 : begin;
  text.replace(host, end - host, "127.0.0.1:" + std::to_string(port));
}

}  // namespace

bool fence_off() {
  const auto user = ::geteuid();
  const auto group = ::getegid();
  if (::unshare(CLONE_NEWNET) != 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
    // The same user as before in there, or files could not be made.
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", std::to_string(user) + " " + std::to_string(user) + " 1");
    write_file("/proc/self/gid_map", std::to_string(group) + " " + std::to_string(group) + " 1");
  }
  raise_loopback();
  return true;
}

DeadPort::DeadPort() {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket_, raw, size) == 0 && ::getsockname(socket_, raw, &size) == 0) number_ = ::ntohs(address.sin_port);
}

DeadPort::~DeadPort() {
  if (socket_ >= 0) ::close(socket_);
}

void redirect(nlohmann::json& settings, std::uint16_t port) {
  if (settings.is_structured())
    for (auto& inner : settings) redirect(inner, port);
  if (settings.is_string()) redirect_text(settings.get_ref<std::string&>(), port);
}

}  // namespace jackfield::conformance
