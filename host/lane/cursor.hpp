// Reads a message member by member where it lies: nothing is built, nothing copied. For what comes so often that a tree
// of every message would be a third of a plugin thread's work.
//
// The first thing that does not fit makes it bad for good, after which it gives zeros and empty texts: so a reader asks
// good() once, at the end.
//
// Thread rule: a value; what it gives lives as long as the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

namespace jackfield::lane {

class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : left_(bytes) {}

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool at_end() const { return left_.empty(); }

  /// How many members the array has that begins here. Those `known` must be there; what is behind them is left to
  /// skip(), for a later version may have more.
  std::uint32_t array(std::uint32_t known);
  template <class Number>
  Number number() {
    const Whole whole = this->whole();
    const bool fits = whole.negative
                          ? std::is_signed_v<Number> && whole.value >= static_cast<std::int64_t>(
                                                                           std::numeric_limits<Number>::min())
                          : static_cast<std::uint64_t>(whole.value) <=
                                static_cast<std::uint64_t>(std::numeric_limits<Number>::max());
    good_ = good_ && fits;
    return good_ ? static_cast<Number>(whole.value) : Number{};
  }
  /// A whole number travels as one.
  double real();
  /// At most `most` bytes.
  std::string_view text(std::size_t most);
  std::string_view bytes(std::size_t most);
  /// Passes over so many members, whatever they are.
  void skip(std::uint32_t members);

 private:
  struct Whole {
    std::int64_t value = 0;  // the bits of an unsigned one
    bool negative = false;
  };
  Whole whole();
  std::uint8_t head();
  std::uint64_t big_endian(std::size_t size);
  std::string_view take(std::size_t size, std::size_t most);
  std::uint8_t bad();

  std::string_view left_;
  bool good_ = true;
};

}  // namespace jackfield::lane
