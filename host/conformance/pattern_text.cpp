#include "conformance/pattern_text.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace jackfield::conformance {
namespace {

constexpr int depth_most = 32, unbounded_more = 4, repeats_most = 64;
constexpr std::size_t text_most_bytes = 1024;

struct NotFollowed : std::runtime_error {
  NotFollowed() : std::runtime_error("this expression is not followed") {}
};

/// Reads the expression once, writing a text as it goes. What an alternative or a count leaves out is read too.
class Writer {
 public:
  Writer(std::string_view pattern, std::mt19937_64& random) : rest_(pattern), random_(random) {}

  std::string write() {
    std::string text = alternatives(0);
    if (!rest_.empty()) throw NotFollowed();
    return text;
  }

 private:
  std::size_t any(std::size_t below) { return static_cast<std::size_t>(random_() % below); }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  char next() {
    if (rest_.empty()) throw NotFollowed();
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  std::string alternatives(int depth) {
    if (depth > depth_most) throw NotFollowed();
    std::vector<std::string> texts{sequence(depth)};
    while (take('|')) texts.push_back(sequence(depth));
    return texts[any(texts.size())];
  }

  std::string sequence(int depth) {
    std::string text;
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      if (take('^') || take('$')) continue;
      const std::string_view begin = rest_;
      std::string once = atom(depth);
      const std::string_view source = begin.substr(0, begin.size() - rest_.size());
      for (int count = repeats(); count > 0; --count) {
        text += once;
        if (text.size() > text_most_bytes) throw NotFollowed();
        if (count > 1) once = again(source, depth);
      }
    }
    return text;
  }

  // The same atom written anew, so that [0-9]{4} is not one digit four times.
  std::string again(std::string_view source, int depth) {
    const std::string_view rest = std::exchange(rest_, source);
    std::string text = atom(depth);
    rest_ = rest;
    return text;
  }

  std::string atom(int depth) {
    const char c = next();
    if (c == '(') return group(depth);
    if (c == '[') return std::string(1, one_of(members()));
    if (c == '.') return std::string(1, one_of(plain()));
    if (c == '\\') return escaped();
    if (c == '*' || c == '+' || c == '?') throw NotFollowed();
    return std::string(1, c);
  }

  std::string group(int depth) {
    if (take('?') && !take(':')) throw NotFollowed();
    std::string text = alternatives(depth + 1);
    if (!take(')')) throw NotFollowed();
    return text;
  }

  std::string escaped() {
    const char c = next();
    if (c >= '1' && c <= '9') throw NotFollowed();
    if (c == 'b' || c == 'B') return "";
    return std::string(1, one_of(class_of(c)));
  }

  static std::string range(char from, char to) {
    std::string all;
    for (int c = static_cast<unsigned char>(from); c <= static_cast<unsigned char>(to); ++c) all += static_cast<char>(c);
    return all;
  }
  static std::string plain() { return range(' ', '~'); }
  static std::string without(const std::string& left_out) {
    std::string all = plain();
    std::erase_if(all, [&](char c) { return left_out.find(c) != std::string::npos; });
    return all;
  }
  static std::string class_of(char c) {
    switch (c) {
      case 'd': return range('0', '9');
      case 'D': return without(range('0', '9'));
      case 'w': return range('a', 'z') + range('A', 'Z') + range('0', '9') + "_";
      case 'W': return without(class_of('w'));
      case 's': return " \t";
      case 'S': return without(" ");
      case 'n': return "\n";
      case 't': return "\t";
      case 'r': return "\r";
      case 'u': case 'x': case 'c': case 'k': case 'p': case 'P': throw NotFollowed();
      default: return std::string(1, c);
    }
  }

  std::string members() {
    const bool inverted = take('^');
    std::string all;
    while (!take(']')) {
      const char c = next();
      std::string some = c == '\\' ? class_of(next()) : std::string(1, c);
      if (some.size() == 1 && rest_.size() > 1 && rest_[0] == '-' && rest_[1] != ']') {
        take('-');
        char to = next();
        if (to == '\\') to = class_of(next()).front();
        some = range(some.front(), to);
      }
      all += some;
    }
    return inverted ? without(all) : all;
  }

  char one_of(const std::string& letters) {
    if (letters.empty()) throw NotFollowed();
    return letters[any(letters.size())];
  }

  int number() {
    int value = 0;
    if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') throw NotFollowed();
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9')
      value = std::min(value * 10 + (next() - '0'), repeats_most + 1);
    return value;
  }

  int repeats() {
    int least = 1, most = 1;
    if (take('*')) least = 0, most = unbounded_more;
    else if (take('+')) most = 1 + unbounded_more;
    else if (take('?')) least = 0;
    else if (take('{')) {
      least = most = number();
      if (take(',')) most = !rest_.empty() && rest_.front() == '}' ? least + unbounded_more : number();
      if (!take('}') || most < least || least > repeats_most) throw NotFollowed();
    }
    take('?');  // a lazy quantifier matches the same texts
    return least + static_cast<int>(any(static_cast<std::size_t>(std::min(most, repeats_most) - least + 1)));
  }

  std::string_view rest_;
  std::mt19937_64& random_;
};

}  // namespace

std::optional<std::string> text_like(const std::string& pattern, std::mt19937_64& random) {
  try {
    return Writer(pattern, random).write();
  } catch (const NotFollowed&) {
    return std::nullopt;
  }
}

}  // namespace jackfield::conformance
