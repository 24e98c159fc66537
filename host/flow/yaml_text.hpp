// A YAML text of one document.
//
// yaml-cpp 0.7's LoadAll() does not end where a text goes on with what cannot begin a document (",a: 1"): it finds empty
// documents there for ever, and takes all memory. So no more than the beginning of a second is looked for.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>

namespace jackfield::flow {

struct YamlText {
  YAML::Node root;                   // null where the text is empty
  std::optional<YAML::Mark> second;  // where another document begins
};

/// Throws YAML::Exception.
[[nodiscard]] YamlText read_yaml(const std::string& text);

}  // namespace jackfield::flow
