#include "http/uri.hpp"

#include <algorithm>
#include <cctype>

namespace jackfield::http {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decode(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      plain += text[at];
      continue;
    }
    if (text.size() - at < 3 || hex(text[at + 1]) < 0 || hex(text[at + 2]) < 0) return std::nullopt;
    plain += static_cast<char>(hex(text[at + 1]) * 16 + hex(text[at + 2]));
    at += 2;
  }
  // Names and ids go into problems as JSON text, and into a store that ends text at a NUL.
  const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
  if (std::any_of(plain.begin(), plain.end(), control)) return std::nullopt;
  return plain;
}

bool is_utf8(std::string_view text) {
  std::size_t more = 0;
  unsigned char low = 0x80, high = 0xBF;
  for (const unsigned char c : text) {
    if (more > 0) {
      if (c < low || c > high) return false;
      --more, low = 0x80, high = 0xBF;
    } else if (c >= 0x80) {
      if (c < 0xC2 || c > 0xF4) return false;
      more = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
      low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
      high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    }
  }
  return more == 0;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// Cuts the text up to `end` off its front.
std::string_view cut(std::string_view& text, char end) {
  const auto at = text.find(end);
  const auto front = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return front;
}

std::string_view unquote(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

}  // namespace

std::optional<Target> read_target(std::string_view text) {
  if (same_word(text.substr(0, 7), "http://")) text.remove_prefix(std::min(text.find_first_of("/?", 7), text.size()));
  if (text.empty() || text.front() != '/') return std::nullopt;
  Target target;
  text = text.substr(0, text.find('#'));
  std::string_view path = cut(text, '?');
  path.remove_prefix(1);
  while (!path.empty()) {
    const bool last = path.find('/') == std::string_view::npos;
    auto segment = decode(cut(path, '/'));
    if (!segment || !is_utf8(*segment)) return std::nullopt;
    target.segments.push_back(std::move(*segment));
    if (!last && path.empty()) target.segments.emplace_back();  // a slash at the end names something else
  }
  while (!text.empty()) {
    std::string_view pair = cut(text, '&');
    if (pair.empty()) continue;
    auto name = decode(cut(pair, '='));
    auto value = decode(pair);
    if (!name || !value || !is_utf8(*name) || !is_utf8(*value)) return std::nullopt;
    if (!target.query.emplace(std::move(*name), std::move(*value)).second) return std::nullopt;
  }
  return target;
}

bool is_json(std::string_view content_type) {
  if (!same_word(trim(cut(content_type, ';')), "application/json")) return false;
  while (!content_type.empty()) {
    std::string_view value = cut(content_type, ';');
    const auto name = trim(cut(value, '='));
    if (same_word(name, "charset") && !same_word(unquote(trim(value)), "utf-8")) return false;
  }
  return true;
}

std::chrono::seconds read_wait(std::string_view prefer) {
  while (!prefer.empty()) {
    std::string_view preference = cut(prefer, ',');
    std::string_view value = trim(cut(preference, ';'));
    if (!same_word(trim(cut(value, '=')), "wait")) continue;
    value = unquote(trim(value));
    const bool digits =
        !value.empty() && std::all_of(value.begin(), value.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
    if (!digits) return std::chrono::seconds(0);
    if (value.size() > 6) return std::chrono::seconds(999'999);
    return std::chrono::seconds(std::stol(std::string(value)));
  }
  return std::chrono::seconds(0);
}

}  // namespace jackfield::http
