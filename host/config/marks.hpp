// Where each value of host.yaml was written: a JSON pointer leads to file, line and column.
//
// A value given with --set is found there instead ("--set adapters.credit.url"). A source line that says a password
// or the like is shown up to its colon only.
//
// Thread rule: filled while loading, then read-only and shared.
#pragma once

#include "flow/finding.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::config {

struct Mark {
  std::string file;
  int line = 0, column = 0;  // from 1, in characters; 0: the file, or the --set, as a whole
};

/// "/plugins/resource" + "hold" → "/plugins/resource/hold", escaped as RFC 6901 says.
[[nodiscard]] std::string child(const std::string& pointer, std::string_view key);

class Marks {
 public:
  /// `text` is the whole file, for the source lines of findings.
  void file(std::string name, const std::string& text);

  void put(const std::string& pointer, Mark key, Mark value);
  /// The key or the value at `pointer`, or of the nearest that encloses it.
  [[nodiscard]] Mark key(const std::string& pointer) const;
  [[nodiscard]] Mark value(const std::string& pointer) const;
  /// Forgets `pointer` and all below it.
  void drop(const std::string& pointer);

  /// Line and byte column, both from 0, as a place in the file.
  [[nodiscard]] Mark at(int line, int byte_column) const;
  [[nodiscard]] flow::Finding finding(const Mark& mark, const char* code, std::string text) const;
  /// A finding about the value at `pointer`: what a plugin's schema says of its settings becomes one.
  [[nodiscard]] flow::Finding finding(const std::string& pointer, const char* code, std::string text) const;

 private:
  struct Both {
    Mark key, value;
  };
  [[nodiscard]] const Both* nearest(std::string pointer) const;

  std::string file_;
  std::vector<std::string> lines_;
  std::map<std::string, Both> marks_;
};

}  // namespace jackfield::config
