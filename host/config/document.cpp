#include "config/document.hpp"

#include "config/code.hpp"
#include "flow/yaml_text.hpp"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <fstream>
#include <sstream>

namespace jackfield::config {
namespace {

constexpr std::size_t file_most_bytes = 1024 * 1024;
constexpr std::size_t values_most = 100'000;
constexpr int depth_most = 32;

bool digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// YAML nodes into JSON, with a mark each.
class Conversion {
 public:
  Conversion(Marks& marks, std::vector<flow::Finding>& findings) : marks_(marks), findings_(findings) {}

  flow::Value convert(const YAML::Node& node, const std::string& pointer, int depth) {
    if (depth > depth_most || ++values_ > values_most) {
      if (!too_large_) {
        findings_.push_back(marks_.finding(place(node), code::too_large,
                                           depth > depth_most ? "nested deeper than 32 levels; expected less"
                                                              : "more than 100,000 values; expected less"));
      }
      too_large_ = true;
      return nullptr;
    }
    switch (node.Type()) {
      case YAML::NodeType::Map: return map(node, pointer, depth);
      case YAML::NodeType::Sequence: return list(node, pointer, depth);
      case YAML::NodeType::Scalar:
        // '!' is the tag of a quoted scalar
        return node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str" ? flow::Value(node.Scalar())
                                                                          : scalar(node.Scalar());
      case YAML::NodeType::Null:
      case YAML::NodeType::Undefined: break;
    }
    return nullptr;
  }

 private:
  [[nodiscard]] Mark place(const YAML::Node& node) const { return marks_.at(node.Mark().line, node.Mark().column); }

  flow::Value map(const YAML::Node& node, const std::string& pointer, int depth) {
    flow::Value out = flow::Value::object();
    for (const auto& entry : node) {
      if (too_large_) break;
      if (!entry.first.IsScalar()) {
        findings_.push_back(marks_.finding(place(entry.first), code::wrong_type, "found a key that is no word"));
        continue;
      }
      const std::string key = entry.first.Scalar();
      const std::string below = child(pointer, key);
      if (out.contains(key)) {
        const Mark first = marks_.key(below);
        findings_.push_back(marks_.finding(place(entry.first), code::duplicate_key,
                                           "key '" + key + "' is there twice (first in line " +
                                               std::to_string(first.line) + ")"));
        continue;
      }
      marks_.put(below, place(entry.first), place(entry.second));
      out[key] = convert(entry.second, below, depth + 1);
    }
    return out;
  }

  flow::Value list(const YAML::Node& node, const std::string& pointer, int depth) {
    flow::Value out = flow::Value::array();
    for (const auto& item : node) {
      if (too_large_) break;
      const std::string below = child(pointer, std::to_string(out.size()));
      marks_.put(below, place(item), place(item));
      out.push_back(convert(item, below, depth + 1));
    }
    return out;
  }

  Marks& marks_;
  std::vector<flow::Finding>& findings_;
  std::size_t values_ = 0;
  bool too_large_ = false;
};

bool read_file(const std::filesystem::path& file, std::string& text) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return false;
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream all;
  all << stream.rdbuf();
  text = all.str();
  return static_cast<bool>(stream);
}

/// What is given to --set, as a value. `before` is what stands there now.
flow::Value given_value(const std::string& text, const flow::Value* before) {
  if (text.empty()) return "";
  if (text.front() == '{' || text.front() == '[') {
    try {
      Marks nowhere;
      std::vector<flow::Finding> ignored;
      const flow::Value value = Conversion(nowhere, ignored).convert(YAML::Load(text), "", 0);
      const bool secret = value.is_object() && value.size() == 1 && (value.contains("env") || value.contains("file")) &&
                          value.begin()->is_string();
      if (ignored.empty() && (secret || value.is_array())) return value;
    } catch (const YAML::Exception&) {
      // then it is text that begins with a bracket: {data_dir}/finance
    }
    return text;
  }
  const bool quoted = text.size() > 1 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  if (quoted) return text.substr(1, text.size() - 2);
  if (before != nullptr && before->is_string()) return text;
  return scalar(text);
}

}  // namespace

flow::Value scalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  const char* const end = text.data() + text.size();
  const std::size_t sign = text.front() == '-' || text.front() == '+' ? 1 : 0;
  const std::string_view number = std::string_view(text).substr(sign);
  if (number.size() > 1 && number[0] == '0' && number[1] != '.') return text;
  const char* const begin = text.data() + (text.front() == '+' ? 1 : 0);
  if (digits(number)) {
    std::int64_t value = 0;
    const auto read = std::from_chars(begin, end, value);
    if (read.ec == std::errc{} && read.ptr == end) return value;
    return text;
  }
  if (number.empty() || number.find_first_of("0123456789") == std::string_view::npos ||
      number.find_first_not_of("0123456789.eE+-") != std::string_view::npos) {
    return text;
  }
  double value = 0;
  const auto read = std::from_chars(begin, end, value);
  if (read.ec == std::errc{} && read.ptr == end) return value;
  return text;
}

Document read_document(const std::filesystem::path& file, const std::string& name,
                       std::vector<flow::Finding>& findings) {
  Document document;
  document.marks.file(name, "");
  std::string text;
  if (!read_file(file, text)) {
    findings.push_back(document.marks.finding(Mark{name, 0, 0}, code::missing_file,
                                              "found no such file in the configuration folder " +
                                                  file.parent_path().string() +
                                                  ", expected one; an empty one means all defaults"));
    document.readable = false;
    return document;
  }
  if (text.size() > file_most_bytes) {
    findings.push_back(document.marks.finding(Mark{name, 0, 0}, code::too_large,
                                              "found " + std::to_string(text.size()) +
                                                  " bytes, expected 1 MiB at most"));
    document.readable = false;
    return document;
  }
  document.marks.file(name, text);
  Conversion conversion(document.marks, findings);
  try {
    const auto [content, second] = flow::read_yaml(text);
    if (content.IsNull()) return document;
    if (second) {
      findings.push_back(document.marks.finding(document.marks.at(second->line, second->column), code::yaml_syntax,
                                                "found a second document, expected one"));
    }
    flow::Value root = conversion.convert(content, "", 0);
    if (root.is_object()) {
      document.root = std::move(root);
    } else {
      findings.push_back(document.marks.finding(document.marks.at(0, 0), code::wrong_type,
                                                "found no map, expected keys such as 'store:' and 'http:'"));
      document.readable = false;
    }
  } catch (const YAML::Exception& error) {
    findings.push_back(document.marks.finding(document.marks.at(error.mark.line, error.mark.column), code::yaml_syntax,
                                              "not YAML: " + error.msg));
    document.readable = false;
  }
  return document;
}

void override_value(Document& document, const std::string& set, std::vector<flow::Finding>& findings) {
  const std::size_t equals = set.find('=');
  const std::string path = set.substr(0, equals);
  const Mark mark{"--set " + path, 0, 0};
  const auto refuse = [&](const char* code, std::string text) {
    findings.push_back(document.marks.finding(mark, code, std::move(text)));
  };
  if (equals == std::string::npos || path.empty() || path.front() == '.' || path.back() == '.' ||
      path.find("..") != std::string::npos) {
    return refuse(code::bad_set, "found no path and value, expected path.to.key=value");
  }
  flow::Value* at = &document.root;
  std::string pointer;
  std::istringstream words(path);
  for (std::string word; std::getline(words, word, '.');) {
    if (at->is_null()) *at = flow::Value::object();
    if (!at->is_object()) return refuse(code::bad_set, "nothing can stand below " + pointer.substr(1) +
        ": it is no map");
    pointer = child(pointer, word);
    if (!at->contains(word)) document.marks.put(pointer, mark, mark);
    at = &(*at)[word];
  }
  if (at->is_object() && !at->empty() && !(at->size() == 1 && (at->contains("env") || at->contains("file")))) {
    return refuse(code::bad_set, "found a map there, expected a single value to override; name one of its keys");
  }
  const std::string text = set.substr(equals + 1);
  *at = given_value(text, at);
  document.marks.drop(pointer);
  document.marks.put(pointer, mark, mark);
  document.given[pointer] = text;
}

}  // namespace jackfield::config
