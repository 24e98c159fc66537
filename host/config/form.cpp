#include "config/form.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string_view>
#include <utility>

namespace jackfield::config {
namespace {

bool is_port(std::string_view text) {
  unsigned port = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, port);
  return read.ec == std::errc{} && read.ptr == end && port <= 65'535;
}

/// host:port, split at the last colon; a host with colons stands in brackets.
bool split(std::string_view text, std::string_view& host, std::string_view& port) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  host = text.substr(0, colon);
  port = text.substr(colon + 1);
  if (host.front() == '[') return host.size() > 2 && host.back() == ']';
  return host.find_first_of(":/ []") == std::string_view::npos;
}

}  // namespace

std::optional<std::size_t> parse_size(const std::string& text) {
  std::size_t count = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, count);
  if (read.ec != std::errc{}) return std::nullopt;
  const std::string_view unit(read.ptr, static_cast<std::size_t>(end - read.ptr));
  constexpr std::pair<std::string_view, std::size_t> units[] = {
      {"", 1}, {"B", 1}, {"KiB", 1UL << 10}, {"MiB", 1UL << 20}, {"GiB", 1UL << 30}};
  for (const auto& [name, bytes] : units) {
    if (unit == name && count <= std::numeric_limits<std::size_t>::max() / bytes) return count * bytes;
  }
  return std::nullopt;
}

bool is_address(const std::string& text) {
  std::string_view host, port;
  return split(text, host, port) && is_port(port);
}

bool is_endpoint(const std::string& text) {
  const std::string_view view = text;
  if (view.rfind("ipc://", 0) == 0) return view.size() > 6 && view.size() <= 6 + 100;
  std::string_view host, port;
  return view.rfind("tcp://", 0) == 0 && split(view.substr(6), host, port) && (port == "*" || is_port(port));
}

bool is_zone(const std::string& name) {
  if (name.empty() || name.front() == '/' || name.find("..") != std::string::npos) return false;
  const std::filesystem::path file = std::filesystem::path("/usr/share/zoneinfo") / name;
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return false;
  char magic[4] = {};
  std::ifstream(file, std::ios::binary).read(magic, sizeof magic);
  return std::string_view(magic, sizeof magic) == "TZif";
}

bool is_store_url(const std::string& text) {
  for (const std::string_view scheme : {"sqlite3://", "postgresql://", "postgres://"}) {
    if (text.rfind(scheme, 0) == 0 && text.size() > scheme.size()) return true;
  }
  return false;
}

}  // namespace jackfield::config
