// A YAML file of reference data (channels, a catalogue), read value by value.
//
// Why: an operator edits these files by hand, so whatever is wrong is said as "file:line:col: what was found, what was
// expected". yaml-cpp is only the parser; nothing of it is kept once a plugin has built its own tables.
// Threads: a value may be read by one thread at a time. Ownership: values share the parsed file and keep it alive.
// Errors: std::runtime_error, whose text is what `check` and the host show. Link with yaml-cpp.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield {

class YamlValue {
 public:
  YamlValue(std::shared_ptr<const std::string> file, YAML::Node node)
      : file_(std::move(file)), node_(std::move(node)) {}

  std::string where() const {
    auto mark = node_.Mark();
    if (mark.is_null()) return *file_;
    return *file_ + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
  }
  [[noreturn]] void refuse(const std::string& text) const { throw std::runtime_error(where() + ": " + text); }

  // The member, or nothing where it is left out or null.
  std::optional<YamlValue> find(const std::string& key) const {
    map();
    const YAML::Node& node = node_;
    auto member = node[key];
    if (!member.IsDefined() || member.IsNull()) return std::nullopt;
    return YamlValue{file_, member};
  }
  YamlValue at(const std::string& key) const {
    auto member = find(key);
    if (!member) refuse("'" + key + "' is missing");
    return *std::move(member);
  }
  // Refuses members of any other name: a misspelt key must not be a rule that silently does not hold.
  void only(std::initializer_list<std::string_view> keys) const {
    map();
    for (const auto& pair : node_) {
      YamlValue place{file_, pair.first};
      auto key = place.text();
      bool known = false;
      std::string expected;
      for (auto name : keys) {
        known = known || name == key;
        expected.append(expected.empty() ? "" : ", ").append(name);
      }
      if (!known) place.refuse("unknown key '" + key + "', expected one of: " + expected);
    }
  }
  // The members of a map in the file's order; a key written twice is refused.
  std::vector<std::pair<std::string, YamlValue>> entries() const {
    map();
    std::vector<std::pair<std::string, YamlValue>> all;
    for (const auto& pair : node_) {
      YamlValue value{file_, pair.second};
      auto key = YamlValue{file_, pair.first}.text();
      for (const auto& earlier : all)
        if (earlier.first == key) YamlValue{file_, pair.first}.refuse("'" + key + "' is written twice");
      all.emplace_back(std::move(key), std::move(value));
    }
    return all;
  }
  std::vector<YamlValue> list() const {
    if (!node_.IsSequence()) refuse("expected a list, found " + found());
    std::vector<YamlValue> all;
    for (const auto& item : node_) all.emplace_back(file_, item);
    return all;
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> all;
    for (const auto& item : list()) all.push_back(item.text());
    return all;
  }

  bool is_list() const { return node_.IsSequence(); }
  bool is_map() const { return node_.IsMap(); }

  std::string text() const {
    if (!node_.IsScalar()) refuse("expected a word, found " + found());
    return node_.Scalar();
  }
  std::string id() const {
    auto word = text();
    if (word.empty() || word.size() > 64) refuse("expected an id of 1 to 64 characters, found " + found());
    return word;
  }
  std::int64_t integer(std::int64_t least, std::int64_t most) const {
    std::int64_t value = 0;
    if (!node_.IsScalar() || !YAML::convert<std::int64_t>::decode(node_, value) || value < least || value > most)
      refuse("expected an integer from " + std::to_string(least) + " to " + std::to_string(most) + ", found " +
             found());
    return value;
  }
  double number(double least, double most) const {
    double value = 0;
    if (!node_.IsScalar() || !YAML::convert<double>::decode(node_, value) || !(value >= least && value <= most))
      refuse("expected a number from " + std::to_string(least) + " to " + std::to_string(most) + ", found " + found());
    return value;
  }
  bool flag() const {
    bool value = false;
    if (!node_.IsScalar() || !YAML::convert<bool>::decode(node_, value))
      refuse("expected true or false, found " + found());
    return value;
  }

 private:
  void map() const {
    if (!node_.IsMap()) refuse("expected a map, found " + found());
  }
  std::string found() const {
    if (node_.IsScalar()) return "'" + node_.Scalar() + "'";
    return node_.IsMap() ? "a map" : node_.IsSequence() ? "a list" : "nothing";
  }

  std::shared_ptr<const std::string> file_;
  YAML::Node node_;
};

inline YamlValue read_yaml(const std::string& path) {
  auto file = std::make_shared<const std::string>(path);
  try {
    return {file, YAML::LoadFile(path)};
  } catch (const YAML::BadFile&) {
    throw std::runtime_error(path + ": cannot be read: no such file, or no right to read it");
  } catch (const YAML::ParserException& wrong) {
    throw std::runtime_error(path + ":" + std::to_string(wrong.mark.line + 1) + ":" +
                             std::to_string(wrong.mark.column + 1) + ": not YAML: " + wrong.msg);
  }
}

}  // namespace jackfield
