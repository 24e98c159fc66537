// A table of digit prefixes, as an operator writes it: "135", "135-139", "134[0-8]".
//
// Why: which numbers, cards and subscribers belong to this operator is a table of the configuration, never code.
// A range has ends of the same length and includes both. Immutable, any thread.
// Errors: std::invalid_argument from the constructor, with the entry that is none.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::telecom {

class Prefixes {
 public:
  explicit Prefixes(const std::vector<std::string>& entries) {
    for (const auto& entry : entries) ranges_.push_back(range(entry));
    if (ranges_.empty()) throw std::invalid_argument("a table of prefixes is empty: expected entries such as \"135\"");
  }

  [[nodiscard]] bool match(std::string_view digits) const {
    return std::any_of(ranges_.begin(), ranges_.end(), [&](const auto& range) {
      const auto head = digits.substr(0, range.first.size());
      return head.size() == range.first.size() && head >= range.first && head <= range.second;
    });
  }

 private:
  using Range = std::pair<std::string, std::string>;

  static bool digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  }

  static Range range(const std::string& entry) {
    std::string first = entry;
    std::string last = entry;
    if (const auto dash = entry.find('-'), open = entry.find('['); open != std::string::npos) {
      if (entry.size() == open + 5 && dash == open + 2 && entry.back() == ']') {
        first = entry.substr(0, open) + entry[open + 1];
        last = entry.substr(0, open) + entry[open + 3];
      }
    } else if (dash != std::string::npos) {
      first = entry.substr(0, dash);
      last = entry.substr(dash + 1);
    }
    if (!digits(first) || !digits(last) || first.size() != last.size() || first > last)
      throw std::invalid_argument("prefix \"" + entry + "\": expected \"135\", \"135-139\" or \"134[0-8]\"");
    return {first, last};
  }

  std::vector<Range> ranges_;
};

}  // namespace jackfield::telecom
