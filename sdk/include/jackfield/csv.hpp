// Reference data from a CSV file (RFC 4180, a header line, UTF-8 with or without a byte order mark).
//
//   for (const auto& row : jackfield::read_csv(settings.numbers, {"msisdn", "grade", "fee_fen"})) {
//     insert(row["msisdn"], row.integer("fee_fen"));
//   }
//
// Errors: std::runtime_error with file and line: "numbers.csv:7: expected 3 columns, found 2". Columns may stand in any
// order and more may be there than are asked for. Lines of at most 64 KiB; empty ones are passed over.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <jackfield/path.hpp>

namespace jackfield {

/// Which column is where, and the file's name for errors; shared by its rows.
struct CsvHeader {
  std::string file;
  std::map<std::string, std::size_t, std::less<>> columns;
};

class CsvRow {
 public:
  CsvRow(std::shared_ptr<const CsvHeader> header, std::size_t line, std::vector<std::string> cells)
      : header_(std::move(header)), line_(line), cells_(std::move(cells)) {}

  /// The cell as it is, without the spaces around it.
  [[nodiscard]] const std::string& operator[](std::string_view column) const;
  /// The cell as a whole number; throws with file and line where it is none.
  [[nodiscard]] std::int64_t integer(std::string_view column) const;
  [[nodiscard]] std::size_t line() const { return line_; }
  /// An error about this row, with file and line: `throw row.error("found …, expected …")`.
  [[nodiscard]] std::runtime_error error(std::string_view text) const;

 private:
  std::shared_ptr<const CsvHeader> header_;
  std::size_t line_;
  std::vector<std::string> cells_;
};

[[nodiscard]] std::vector<CsvRow> read_csv(const std::string& file, const std::vector<std::string_view>& columns);
[[nodiscard]] inline std::vector<CsvRow> read_csv(const Path& file, const std::vector<std::string_view>& columns) {
  return read_csv(file.str(), columns);
}

}  // namespace jackfield
