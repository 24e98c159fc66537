// The history of a seed as lines of text. Their hash says whether two runs were the same.
#pragma once

#include <cstdint>
#include <deque>
#include <iostream>
#include <string>

namespace jackfield::simulation {

class Trace {
 public:
  explicit Trace(bool loud) : loud_(loud) {}

  void line(const std::string& text) {
    for (const char c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;  // FNV-1a
    hash_ = (hash_ ^ 0xff) * 0x100000001b3ULL;
    ++count_;
    if (loud_) std::cout << text << "\n";
    last_.push_back(text);
    if (last_.size() > keep) last_.pop_front();
  }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] const std::deque<std::string>& last() const { return last_; }

 private:
  static constexpr std::size_t keep = 60;
  bool loud_;
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
  std::uint64_t count_ = 0;
  std::deque<std::string> last_;
};

}  // namespace jackfield::simulation
