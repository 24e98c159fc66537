// A prepared SELECT whose parameters and columns are bound once and used again.
//
// It is always read to its end, so that no snapshot stays open behind it (an open one would stop SQLite's
// checkpoints). Parameters are :p0, :p1 … in the text.
//
// Thread rule: that of its session. Errors: soci::soci_error; a Select that threw must be made anew.
#pragma once

#include <soci/soci.h>

#include <deque>
#include <string>
#include <variant>
#include <vector>

namespace jackfield::store {

class Select {
 public:
  using Parameter = std::variant<std::string, std::int64_t>;
  /// `columns`: a letter each, 't' text (or bytes in the dialect's form), 'i' integer.
  Select(soci::session& sql, const std::string& text, const std::vector<Parameter>& kinds, const std::string& columns);

  void start(const std::vector<Parameter>& values);
  /// The next row; false when there is none.
  [[nodiscard]] bool next();

  [[nodiscard]] const std::string& text(std::size_t column) const;  // NULL is empty
  [[nodiscard]] std::int64_t integer(std::size_t column) const;     // NULL is 0
  [[nodiscard]] bool null(std::size_t column) const;

 private:
  struct Cell {
    std::string text;
    long long integer = 0;
    soci::indicator null = soci::i_ok;
  };
  void assign(std::size_t parameter, const Parameter& value);

  std::deque<Cell> parameters_;
  std::deque<Cell> columns_;
  soci::statement statement_;
};

}  // namespace jackfield::store
