// Which names of the flow a Lua chunk reads: a scan of its words, enough for "no such step, did you mean".
//
// A local name counts as local in the whole chunk; that can hide a mistake, never invent one.
#include "flow/lua_sandbox.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace jackfield::flow {
namespace {

constexpr std::array keywords{"and",   "break", "do",  "else", "elseif", "end",    "false", "for",  "function", "goto", "if",
                              "in",    "local", "nil", "not",  "or",     "repeat", "return", "then", "true",    "until", "while"};
constexpr std::array offered{"ipairs", "math", "next", "pairs", "select", "string", "table", "tonumber", "tostring", "type", "utf8"};

bool word_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool word_part(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// "[[", "[=[" at `at`: the level, or -1.
int long_bracket(std::string_view source, std::size_t at) {
  if (at >= source.size() || source[at] != '[') return -1;
  int level = 0;
  while (++at < source.size() && source[at] == '=') ++level;
  return at < source.size() && source[at] == '[' ? level : -1;
}

std::size_t skip_long(std::string_view source, std::size_t at, int level) {
  const std::string close = "]" + std::string(static_cast<std::size_t>(level), '=') + "]";
  const auto end = source.find(close, at);
  return end == std::string_view::npos ? source.size() : end + close.size();
}

std::size_t skip_quoted(std::string_view source, std::size_t at) {
  const char quote = source[at];
  for (++at; at < source.size() && source[at] != quote; ++at) {
    if (source[at] == '\\') ++at;
  }
  return at + 1;
}

std::size_t skip_comment(std::string_view source, std::size_t at) {
  const int level = long_bracket(source, at + 2);
  if (level >= 0) return skip_long(source, at + 2, level);
  const auto end = source.find('\n', at);
  return end == std::string_view::npos ? source.size() : end;
}

std::size_t number_end(std::string_view source, std::size_t at) {
  while (at < source.size() && (word_part(source[at]) || source[at] == '.')) {
    if (source[at] == '.' && source.substr(at, 2) == "..") break;
    ++at;
  }
  return at;
}

/// Words and signs; texts, numbers and comments become an empty word or nothing.
std::vector<std::string> words_of(std::string_view source) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while (at < source.size()) {
    const char c = source[at];
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++at;
    } else if (source.substr(at, 2) == "--") {
      at = skip_comment(source, at);
    } else if (c == '"' || c == '\'') {
      at = skip_quoted(source, at);
      words.emplace_back();
    } else if (const int level = long_bracket(source, at); level >= 0) {
      at = skip_long(source, at, level);
      words.emplace_back();
    } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      at = number_end(source, at);
      words.emplace_back();
    } else if (word_start(c)) {
      const std::size_t begin = at;
      while (at < source.size() && word_part(source[at])) ++at;
      words.emplace_back(source.substr(begin, at - begin));
    } else {
      std::size_t size = 1;
      for (const std::string_view sign : {"...", "..", "==", "::"}) {
        if (source.substr(at, sign.size()) == sign) {
          size = sign.size();
          break;
        }
      }
      words.emplace_back(source.substr(at, size));
      at += size;
    }
  }
  return words;
}

bool is_name(const std::string& word) { return !word.empty() && word_start(word[0]) && !is_lua_keyword(word); }

std::set<std::string> locals_of(const std::vector<std::string>& words) {
  std::set<std::string> locals;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "local" || words[i] == "for") {
      std::size_t j = i + 1;
      if (j < words.size() && words[j] == "function") ++j;
      for (; j < words.size() && (is_name(words[j]) || words[j] == ","); ++j) locals.insert(words[j]);
    } else if (words[i] == "function") {
      std::size_t j = i + 1;
      while (j < words.size() && words[j] != "(") ++j;
      for (; j < words.size() && words[j] != ")"; ++j) locals.insert(words[j]);
    }
  }
  return locals;
}

}  // namespace

bool is_lua_keyword(std::string_view word) {
  return std::find(keywords.begin(), keywords.end(), word) != keywords.end();
}

std::vector<std::string> lua_global_names(std::string_view source) {
  const auto words = words_of(source);
  const auto locals = locals_of(words);
  std::vector<std::string> names;
  std::vector<std::string> open;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "(" || word == "[" || word == "{") open.push_back(word);
    if ((word == ")" || word == "]" || word == "}") && !open.empty()) open.pop_back();
    if (!is_name(word) || locals.contains(word)) continue;
    const std::string before = i == 0 ? "" : words[i - 1];
    const std::string after = i + 1 == words.size() ? "" : words[i + 1];
    if (before == "." || before == ":" || before == "goto" || before == "::") continue;
    if (after == "=" && !open.empty() && open.back() == "{" && (before == "{" || before == "," || before == ";")) continue;
    if (std::find(offered.begin(), offered.end(), word) != offered.end()) continue;
    if (std::find(names.begin(), names.end(), word) == names.end()) names.push_back(word);
  }
  return names;
}

}  // namespace jackfield::flow
