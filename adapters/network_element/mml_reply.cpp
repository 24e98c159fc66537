#include "mml_reply.hpp"

#include <charconv>
#include <vector>

namespace network_element {
namespace {

constexpr std::size_t lines_most = 500, text_most = 200;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

bool is_end(std::string_view line) { return line.starts_with("---") && trimmed(line.substr(3)) == "END"; }

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

std::size_t reply_end(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = bytes.find('\n', at);
    if (end == std::string_view::npos) break;
    if (is_end(trimmed(bytes.substr(at, end - at)))) return end + 1;
    at = end + 1;
  }
  return std::string_view::npos;
}

std::optional<MmlReply> parse_reply(std::string_view bytes, std::string_view command) {
  const auto lines = lines_of(bytes);
  std::size_t at = 0;
  while (at < lines.size() && lines[at].empty()) ++at;
  if (at == lines.size() || !lines[at].starts_with("+++")) return {};
  MmlReply reply;
  bool has_retcode = false;
  for (++at; at < lines.size(); ++at) {
    const std::string_view line = lines[at];
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
      reply.fields[std::string(trimmed(line.substr(0, equals)))] = trimmed(line.substr(equals + 1));
    }
  }
  return {};
}

}  // namespace network_element
