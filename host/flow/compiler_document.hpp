// A flow file as the compiler reads it, and the findings about it.
//
// Lives for one compile_all(); one thread.
#pragma once

#include "flow/finding.hpp"
#include "flow/value.hpp"

#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

namespace jackfield::flow {

struct Document {
  std::string file;
  std::vector<std::string> lines;
  YAML::Node root;
  std::string flow;             // its id, where it has one
};

struct Place {
  const Document* document = nullptr;
  YAML::Mark mark;
};

class Report;
/// Splits `text` into lines and parses it; on a syntax error a finding, and nothing.
[[nodiscard]] std::optional<Document> parse_document(const std::string& file, const std::string& text, Report& report);

/// Collects findings; the same one (a sub-flow is expanded many times) is kept once.
class Report {
 public:
  void add(const char* code, const Place& place, std::string text, Severity severity = Severity::error);
  /// About a file as a whole.
  void add(const char* code, const std::string& file, std::string text);
  /// Errors so far, repeated ones too: tells whether a compilation went well.
  [[nodiscard]] std::size_t errors() const { return errors_; }
  /// Counts a value that is read; false once there are too many (aliases can make a small file endless).
  [[nodiscard]] bool spend() { return ++values_ <= values_most; }
  /// Sorted by file and place.
  [[nodiscard]] std::vector<Finding> take();

 private:
  void keep(Finding finding);
  std::vector<Finding> findings_;
  std::set<std::string> seen_;
  std::size_t errors_ = 0;
  std::size_t values_ = 0;
  static constexpr std::size_t values_most = 1'000'000;
};

/// Typed reading of one document's nodes. What does not fit becomes a finding, and nothing.
class YamlReader {
 public:
  YamlReader(const Document& document, Report& report) : document_(document), report_(report) {}

  [[nodiscard]] Place place(const YAML::Node& node) const {
    return {&document_, node.IsDefined() ? node.Mark() : YAML::Mark::null_mark()};
  }
  void add(const char* code, const YAML::Node& node, std::string text, Severity severity = Severity::error) {
    report_.add(code, place(node), std::move(text), severity);
  }

  /// A map with no key twice; `what` is for the finding ("a flow").
  bool is_map(const YAML::Node& node, const std::string& what);
  bool is_list(const YAML::Node& node, const std::string& what);
  /// Every key is one of `known`; false, with findings, where one is not.
  bool check_keys(const YAML::Node& map, const std::vector<std::string>& known, const std::string& what);
  [[nodiscard]] std::optional<std::string> text(const YAML::Node& node, const std::string& what);
  [[nodiscard]] bool boolean(const YAML::Node& node, const std::string& what);
  [[nodiscard]] std::optional<int> integer(const YAML::Node& node, int least, int most, const std::string& what);
  /// False, with a finding, where the value is nested too deeply or is one too many.
  [[nodiscard]] bool has_room(const YAML::Node& node, int depth, int most);
  /// As JSON: plain scalars typed, quoted ones text.
  [[nodiscard]] Value value(const YAML::Node& node, int depth = 0);

 private:
  const Document& document_;
  Report& report_;
};

/// "a list", "text 'abc'": what a finding calls a node.
[[nodiscard]] std::string describe(const YAML::Node& node);
/// Value of `key` in `map` without making one; an undefined node where it is not there.
[[nodiscard]] YAML::Node member(const YAML::Node& map, const std::string& key);

}  // namespace jackfield::flow
