#include <jackfield/csv.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace jackfield {

namespace {

constexpr std::size_t line_bytes_most = 64 * 1024;

std::string place(const std::string& file, std::size_t line) {
  return std::filesystem::path(file).filename().string() + ":" + std::to_string(line) + ": ";
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

/// Reads records; knows the line each began at.
class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file), in_(file, std::ios::binary) {
    if (!in_) throw std::runtime_error(file + ": cannot be opened for reading: give a CSV file that is there");
    if (in_.peek() == 0xEF) in_.ignore(3);  // byte order mark
  }

  /// The next record that is not empty; false at the end of the file.
  bool next(std::vector<std::string>& cells) {
    std::string line;
    while (read_line(line)) {
      begun_ = line_;
      if (trimmed(line).empty()) continue;
      cells = split(line);
      return true;
    }
    return false;
  }
  [[nodiscard]] std::size_t line() const { return begun_; }

 private:
  bool read_line(std::string& line) {
    if (!std::getline(in_, line)) return false;
    ++line_;
    if (line.size() > line_bytes_most) throw std::runtime_error(place(file_, line_) + "a line over 64 KiB");
    if (line.ends_with('\r')) line.pop_back();
    return true;
  }

  std::vector<std::string> split(std::string& line) {
    std::vector<std::string> cells;
    std::size_t at = 0;
    for (;;) {
      cells.push_back(line.find_first_not_of(" \t", at) < line.size() && line[line.find_first_not_of(" \t", at)] == '"'
                          ? quoted(line, at)
                          : plain(line, at));
      if (at >= line.size()) return cells;
      ++at;  // the comma; after a last one stands an empty cell
    }
  }

  static std::string plain(const std::string& line, std::size_t& at) {
    const auto end = std::min(line.find(',', at), line.size());
    const auto cell = std::string_view(line).substr(at, end - at);
    at = end;
    return trimmed(cell);
  }

  // A quoted cell may hold line ends: then the next line is read too.
  std::string quoted(std::string& line, std::size_t& at) {
    std::string cell;
    for (std::size_t i = line.find('"', at) + 1;; ++i) {
      if (i >= line.size()) {
        std::string more;
        if (line.size() > line_bytes_most || !read_line(more)) {
          throw std::runtime_error(place(file_, begun_) + "found a quote that is never closed");
        }
        line += '\n' + more;
      }
      if (line[i] != '"') {
        cell += line[i];
      } else if (i + 1 < line.size() && line[i + 1] == '"') {
        cell += line[i++];
      } else {
        at = std::min(line.find_first_not_of(" \t", i + 1), line.size());
        if (at < line.size() && line[at] != ',') {
          throw std::runtime_error(place(file_, begun_) + "found text after a closing quote, expected ','");
        }
        return cell;
      }
    }
  }

  std::string file_;
  std::ifstream in_;
  std::size_t line_ = 0, begun_ = 1;
};

std::shared_ptr<const CsvHeader> read_header(Reader& reader, const std::string& file,
                                             const std::vector<std::string_view>& columns) {
  auto header = std::make_shared<CsvHeader>();
  header->file = file;
  std::vector<std::string> names;
  reader.next(names);
  for (std::size_t i = 0; i < names.size(); ++i) header->columns.emplace(names[i], i);
  std::string wanted, missing;
  for (const auto column : columns) {
    wanted += (wanted.empty() ? "" : ",") + std::string(column);
    if (!header->columns.contains(column)) missing += (missing.empty() ? "" : ", ") + std::string(column);
  }
  if (missing.empty() && header->columns.size() == names.size()) return header;
  throw std::runtime_error(place(file, reader.line()) + "expected the header " + wanted +
                           (missing.empty() ? ", found a column named twice" : ", missing " + missing));
}

}  // namespace

const std::string& CsvRow::operator[](std::string_view column) const {
  const auto found = header_->columns.find(column);
  if (found == header_->columns.end()) throw error("no column named '" + std::string(column) + "'");
  return cells_[found->second];
}

std::int64_t CsvRow::integer(std::string_view column) const {
  const std::string& cell = (*this)[column];
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (code == std::errc{} && end == cell.data() + cell.size()) return value;
  throw error(std::string(column) + ": expected a whole number, found '" + cell.substr(0, 32) + "'");
}

std::runtime_error CsvRow::error(std::string_view text) const {
  return std::runtime_error(place(header_->file, line_) + std::string(text));
}

std::vector<CsvRow> read_csv(const std::string& file, const std::vector<std::string_view>& columns) {
  Reader reader(file);
  const auto header = read_header(reader, file, columns);
  std::vector<CsvRow> rows;
  std::vector<std::string> cells;
  while (reader.next(cells)) {
    if (cells.size() != header->columns.size()) {
      throw std::runtime_error(place(file, reader.line()) + "expected " + std::to_string(header->columns.size()) +
                               " columns, found " + std::to_string(cells.size()));
    }
    rows.emplace_back(header, reader.line(), std::move(cells));
  }
  return rows;
}

}  // namespace jackfield
