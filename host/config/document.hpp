// host.yaml as JSON, with a mark for each value, and the overrides of --set laid over it.
//
// Bounded: a file of 1 MiB, 32 levels, 100,000 values (aliases count each time).
#pragma once

#include "config/marks.hpp"
#include "flow/value.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace jackfield::config {

struct Document {
  flow::Value root = flow::Value::object();
  Marks marks;
  std::map<std::string, std::string> given;  // --set values as they were given, by pointer
  bool readable = true;                      // false: what it says is not known, and `root` is --set alone
};

/// Reads the file. What is wrong goes to `findings`; the rest is in the document all the same.
[[nodiscard]] Document read_document(const std::filesystem::path& file, const std::string& name,
                                     std::vector<flow::Finding>& findings);

/// Lays `path.to.key=value` over the document. The value is a YAML scalar, `{env: NAME}`, `{file: PATH}` or a list in
/// brackets; text stays text where the value it takes the place of was text.
void override_value(Document& document, const std::string& set, std::vector<flow::Finding>& findings);

/// A YAML scalar by the core schema, except that a number with a leading zero is text (a telephone number, a code).
[[nodiscard]] flow::Value scalar(const std::string& text);

}  // namespace jackfield::config
