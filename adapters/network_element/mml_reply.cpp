#include "mml_reply.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace network_element {
namespace {

constexpr std::string_view head = "+++";
constexpr std::size_t lines_most = 500, text_most = 200;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

bool is_end(std::string_view line) { return line.starts_with("---") && trimmed(line.substr(3)) == "END"; }

std::string_view unquoted(std::string_view text) {
  return text.size() >= 2 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2) : text;
}

std::vector<std::string_view> lines_of(std::string_view bytes) {
  std::vector<std::string_view> lines;
  while (!bytes.empty() && lines.size() < lines_most) {
    const std::size_t end = bytes.find('\n');
    lines.push_back(trimmed(bytes.substr(0, end)));
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  }
  return lines;
}

/// "RETCODE = 3001 ERR3001: subscriber already defined"
bool read_retcode(std::string_view line, MmlReply& reply) {
  line = trimmed(line.substr(7));
  if (!line.starts_with('=')) return false;
  line = trimmed(line.substr(1));
  const auto end = std::from_chars(line.data(), line.data() + line.size(), reply.retcode);
  if (end.ec != std::errc{} || reply.retcode < 0) return false;
  reply.text = trimmed(line.substr(static_cast<std::size_t>(end.ptr - line.data()))).substr(0, text_most);
  return true;
}

}  // namespace

std::string MmlReply::field(const std::string& name) const {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string{} : found->second;
}

std::size_t reply_begin(std::string_view bytes) { return bytes.find(head); }

std::size_t reply_end(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
    const std::size_t next = std::min(end + 1, bytes.size());
    if (is_end(trimmed(bytes.substr(at, end - at)))) return next;
    at = next;
  }
  return std::string_view::npos;
}

std::optional<MmlReply> parse_reply(std::string_view bytes, std::string_view command) {
  const std::size_t begin = reply_begin(bytes);
  if (begin == std::string_view::npos) return {};
  MmlReply reply;
  bool has_retcode = false;
  for (const std::string_view line : lines_of(bytes.substr(begin))) {
    if (is_end(line)) {
      if (!has_retcode) return {};
      return reply;
    }
    if (!has_retcode && line.starts_with("%%") && !trimmed(line.substr(2)).starts_with(command)) return {};
    if (!has_retcode && line.starts_with("RETCODE")) {
      if (!read_retcode(line, reply)) return {};
      has_retcode = true;
    } else if (has_retcode) {
      const std::size_t equals = line.find('=');
      if (equals == std::string_view::npos) continue;
      reply.fields[std::string(trimmed(line.substr(0, equals)))] = unquoted(trimmed(line.substr(equals + 1)));
    }
  }
  return {};
}

}  // namespace network_element
