#include "config/marks.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace jackfield::config {
namespace {

/// Up to its colon where the key says that its value is nobody's business.
std::string shown(const std::string& line) {
  std::string lower = line;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const char* word : {"password", "secret", "token", "passphrase", "store.url", "://"}) {
    const std::size_t at = lower.find(word);
    if (at == std::string::npos) continue;
    const bool url = std::string(word) == "://";
    if (url && lower.find('@', at) == std::string::npos) continue;
    const std::size_t end = url ? at + 3 : lower.find(':', at);
    if (end != std::string::npos) return line.substr(0, url ? end : end + 1) + (url ? "***" : " ***");
  }
  return line;
}

}  // namespace

std::string child(const std::string& pointer, std::string_view key) {
  std::string out = pointer + "/";
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

void Marks::file(std::string name, const std::string& text) {
  file_ = std::move(name);
  lines_.clear();
  std::string line;
  for (const char c : text) {
    if (c == '\n') {
      lines_.push_back(std::move(line));
      line.clear();
    } else if (c != '\r') {
      line += c;
    }
  }
  lines_.push_back(std::move(line));
}

void Marks::put(const std::string& pointer, Mark key, Mark value) { marks_[pointer] = {std::move(key),
    std::move(value)}; }

void Marks::drop(const std::string& pointer) {
  const std::string below = pointer + "/";
  std::erase_if(marks_, [&](const auto& entry) { return entry.first == pointer || entry.first.rfind(below, 0) == 0; });
}

const Marks::Both* Marks::nearest(std::string pointer) const {
  for (;;) {
    const auto found = marks_.find(pointer);
    if (found != marks_.end()) return &found->second;
    const std::size_t slash = pointer.rfind('/');
    if (slash == std::string::npos) return nullptr;
    pointer.erase(slash);
  }
}

Mark Marks::key(const std::string& pointer) const {
  const Both* both = nearest(pointer);
  return both == nullptr ? Mark{file_, 0, 0} : both->key;
}

Mark Marks::value(const std::string& pointer) const {
  const Both* both = nearest(pointer);
  if (both == nullptr) return {file_, 0, 0};
  return marks_.count(pointer) > 0 ? both->value : both->key;
}

Mark Marks::at(int line, int byte_column) const {
  if (line < 0) return {file_, 0, 0};
  int column = 1;
  if (static_cast<std::size_t>(line) < lines_.size()) {
    const std::string& text = lines_[static_cast<std::size_t>(line)];
    for (std::size_t i = 0; i < text.size() && i < static_cast<std::size_t>(std::max(byte_column, 0)); ++i) {
      if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) ++column;
    }
  }
  return {file_, line + 1, column};
}

flow::Finding Marks::finding(const Mark& mark, const char* code, std::string text) const {
  flow::Finding out;
  out.code = code;
  out.file = mark.file;
  out.line = mark.line;
  out.column = mark.column;
  out.text = std::move(text);
  const auto line = static_cast<std::size_t>(mark.line);
  if (mark.file == file_ && line > 0 && line <= lines_.size()) out.source = shown(lines_[line - 1]);
  return out;
}

flow::Finding Marks::finding(const std::string& pointer, const char* code, std::string text) const {
  return finding(value(pointer), code, std::move(text));
}

}  // namespace jackfield::config
