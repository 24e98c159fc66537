// When a channel is open: "08:30-18:00", over midnight "22:00-06:00", several spans in a list, or "always".
//
// A span holds from its first minute up to, not including, its last. "24:00" is the end of the day. The clock and the
// zone are the caller's; this only compares minutes of the day. A value: immutable, any thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

class OpeningHours {
 public:
  // Throws std::runtime_error saying what was expected when `text` is neither a span nor "always".
  void add(const std::string& text);

  bool open_at(int minute_of_day) const;
  std::string text() const;

 private:
  bool always_ = false;
  std::vector<std::pair<int, int>> spans_;  // minutes of the day, first and past-the-last
  std::string text_;
};
