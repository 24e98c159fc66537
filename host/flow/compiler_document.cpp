#include "flow/compiler_document.hpp"

#include "flow/yaml_text.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace jackfield::flow {
namespace {

constexpr std::size_t file_bytes = 256 * 1024;
constexpr int value_depth = 32;

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else if (c != '\r') {
      lines.back() += c;
    }
  }
  return lines;
}

/// Characters in the first `bytes` bytes of the line.
int characters(const std::string& line, int bytes) {
  int count = 0;
  for (int i = 0; i < bytes && i < static_cast<int>(line.size()); ++i) {
    if ((static_cast<unsigned char>(line[static_cast<std::size_t>(i)]) & 0xc0) != 0x80) ++count;
  }
  return count + std::max(0, bytes - static_cast<int>(line.size()));
}

std::optional<Value> plain_number(const std::string& text) {
  const char* const end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto read = std::from_chars(text.data(), end, whole); read.ec == std::errc{} && read.ptr == end) return whole;
  if (text.find_first_not_of("0123456789.eE+-") != std::string::npos || text.find_first_of("0123456789") == std::string::npos) {
    return std::nullopt;
  }
  double real = 0;
  if (const auto read = std::from_chars(text.data(), end, real); read.ec == std::errc{} && read.ptr == end) return real;
  return std::nullopt;
}

}  // namespace

std::optional<Document> parse_document(const std::string& file, const std::string& text, Report& report) {
  if (text.size() > file_bytes) {
    report.add(code::too_large, file, "the file has " + std::to_string(text.size()) + " bytes, at most " +
                                          std::to_string(file_bytes) + " are read");
    return std::nullopt;
  }
  Document document{file, split_lines(text), {}, {}};
  try {
    const auto [root, second] = read_yaml(text);
    if (second) {
      report.add(code::yaml_syntax, Place{&document, *second}, "a second document; one file holds one flow");
      return std::nullopt;
    }
    document.root = root;
  } catch (const YAML::Exception& error) {
    report.add(code::yaml_syntax, Place{&document, error.mark}, "not YAML: " + error.msg);
    return std::nullopt;
  }
  return document;
}

void Report::add(const char* code, const Place& place, std::string text, Severity severity) {
  Finding finding{code, severity, place.document->file, 0, 0, std::move(text), {}};
  if (!place.mark.is_null()) {
    finding.line = place.mark.line + 1;
    finding.column = place.mark.column + 1;
    if (place.mark.line < static_cast<int>(place.document->lines.size())) {
      finding.source = place.document->lines[static_cast<std::size_t>(place.mark.line)];
      finding.column = characters(finding.source, place.mark.column) + 1;
    }
  }
  keep(std::move(finding));
}

void Report::add(const char* code, const std::string& file, std::string text) {
  keep({code, Severity::error, file, 0, 0, std::move(text), {}});
}

void Report::keep(Finding finding) {
  if (finding.severity == Severity::error) ++errors_;
  if (seen_.insert(format(finding)).second) findings_.push_back(std::move(finding));
}

std::vector<Finding> Report::take() {
  std::stable_sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
  });
  return std::move(findings_);
}

std::string describe(const YAML::Node& node) {
  if (!node.IsDefined() || node.IsNull()) return "nothing";
  if (node.IsMap()) return "a map";
  if (node.IsSequence()) return "a list";
  return "'" + node.Scalar() + "'";
}

YAML::Node member(const YAML::Node& map, const std::string& key) {
  const YAML::Node& constant = map;
  return constant[key];
}

bool YamlReader::is_map(const YAML::Node& node, const std::string& what) {
  if (!node.IsDefined() || !node.IsMap()) {
    add(code::wrong_type, node, what + ": expected a map, found " + describe(node));
    return false;
  }
  std::set<std::string> keys;
  for (const auto& pair : node) {
    if (!pair.first.IsScalar()) {
      add(code::wrong_type, pair.first, what + ": expected a word as key, found " + describe(pair.first));
      return false;
    }
    if (!keys.insert(pair.first.Scalar()).second) {
      add(code::duplicate_key, pair.first, "key '" + pair.first.Scalar() + "' is there twice in " + what);
    }
  }
  return true;
}

bool YamlReader::is_list(const YAML::Node& node, const std::string& what) {
  if (node.IsDefined() && node.IsSequence()) return true;
  add(code::wrong_type, node, what + ": expected a list, found " + describe(node));
  return false;
}

bool YamlReader::check_keys(const YAML::Node& map, const std::vector<std::string>& known, const std::string& what) {
  bool good = true;
  for (const auto& pair : map) {
    const std::string& key = pair.first.Scalar();
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    good = false;
    auto meant = did_you_mean(key, known);
    if (meant.empty()) meant = " in " + what;
    add(code::unknown_key, pair.first, "unknown key '" + key + "'" + meant);
  }
  return good;
}

std::optional<std::string> YamlReader::text(const YAML::Node& node, const std::string& what) {
  if (node.IsDefined() && node.IsScalar() && !node.Scalar().empty()) return node.Scalar();
  add(code::wrong_type, node, what + ": expected text, found " + describe(node));
  return std::nullopt;
}

bool YamlReader::boolean(const YAML::Node& node, const std::string& what) {
  if (node.IsScalar() && (node.Scalar() == "true" || node.Scalar() == "false")) return node.Scalar() == "true";
  add(code::wrong_type, node, what + ": expected true or false, found " + describe(node));
  return false;
}

std::optional<int> YamlReader::integer(const YAML::Node& node, int least, int most, const std::string& what) {
  if (node.IsScalar()) {
    const auto number = plain_number(node.Scalar());
    if (number && number->is_number_integer() && *number >= least && *number <= most) return number->get<int>();
  }
  add(code::wrong_type, node, what + ": expected a whole number from " + std::to_string(least) + " to " +
                                  std::to_string(most) + ", found " + describe(node));
  return std::nullopt;
}

bool YamlReader::has_room(const YAML::Node& node, int depth, int most) {
  if (depth > most) {
    add(code::too_large, node, "nested deeper than " + std::to_string(most));
    return false;
  }
  if (report_.spend()) return true;
  add(code::too_large, document_.root, "the flows have more than a million values, aliases counted as often as they stand");
  return false;
}

Value YamlReader::value(const YAML::Node& node, int depth) {
  if (!has_room(node, depth, value_depth)) return nullptr;
  if (node.IsMap()) {
    Value map = Value::object();
    if (!is_map(node, "the map")) return map;
    for (const auto& pair : node) map[pair.first.Scalar()] = value(pair.second, depth + 1);
    return map;
  }
  if (node.IsSequence()) {
    Value list = Value::array();
    for (const auto& item : node) list.push_back(value(item, depth + 1));
    return list;
  }
  if (!node.IsScalar()) return nullptr;
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text == "true" || text == "false") return text == "true";
  if (text == "null" || text == "~" || text.empty()) return nullptr;
  if (auto number = plain_number(text)) return *number;
  return text;
}

}  // namespace jackfield::flow
