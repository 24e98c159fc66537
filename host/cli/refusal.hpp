// What plugins refuse of their settings and their data, as findings at their places.
//
// A plugin says one text a fault: "/path/channels.yaml:3:7: …", "numbers.csv:250: …", "settings /line_cap: …", or words
// alone. Where it names a line of a file, that is the place; else the setting it names or quotes; else its block.
// Lines of CSV files are not shown: they hold people and keys.
#pragma once

#include "config/marks.hpp"
#include "flow/finding.hpp"
#include "plugin/registry.hpp"

#include <string>
#include <vector>

namespace jackfield::cli {

/// Makes an instance of every plugin whose settings are whole, each in a child process. Two plugins that say the same
/// (of a file they share) are heard once.
[[nodiscard]] std::vector<flow::Finding> hear_plugins(const plugin::Registry& registry, const config::Marks& marks);

/// `text` is one line of what `plugin` said.
[[nodiscard]] flow::Finding placed(const std::string& text, const plugin::Plugin& plugin, const std::string& config_dir,
                                   const config::Marks& marks);

}  // namespace jackfield::cli
