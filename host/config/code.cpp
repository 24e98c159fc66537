#include "config/code.hpp"

#include <array>

namespace jackfield::config {
namespace {

constexpr std::array table{
    flow::FindingCode{code::missing_file, "host.yaml cannot be read"},
    flow::FindingCode{code::yaml_syntax, "The file is not YAML"},
    flow::FindingCode{code::unknown_key, "Unknown key"},
    flow::FindingCode{code::duplicate_key, "The key is there twice"},
    flow::FindingCode{code::wrong_type, "A value of another kind was expected"},
    flow::FindingCode{code::bad_duration, "Not a duration"},
    flow::FindingCode{code::bad_size, "Not a size"},
    flow::FindingCode{code::out_of_range, "The number is out of range"},
    flow::FindingCode{code::bad_address, "Not an address to listen on"},
    flow::FindingCode{code::unknown_zone, "No such time zone"},
    flow::FindingCode{code::unknown_word, "Not one of the words that may stand here"},
    flow::FindingCode{code::bad_url, "Not the URL of a store"},
    flow::FindingCode{code::secret, "The secret cannot be resolved"},
    flow::FindingCode{code::bad_set, "--set cannot be understood"},
    flow::FindingCode{code::too_large, "Too large or nested too deeply"},
    flow::FindingCode{code::bad_setting, "A plugin refuses the setting"},
    flow::FindingCode{code::bad_plugin, "The plugin cannot be used"},
    flow::FindingCode{code::bad_data, "A plugin refuses the data"},
    flow::FindingCode{code::bad_folder, "No folder can be had there"},
    flow::FindingCode{code::no_flows, "There is no flow"},
};

}  // namespace

std::span<const flow::FindingCode> finding_codes() { return table; }

flow::Value to_json(const flow::Finding& finding) {
  flow::Value out = {{"file", finding.file}, {"line", nullptr}, {"column", nullptr}, {"code", finding.code},
                     {"severity", finding.severity == flow::Severity::error ? "error" : "warning"},
                     {"text", finding.text}, {"source", finding.source}};
  if (finding.line > 0) {
    out["line"] = finding.line;
    out["column"] = finding.column;
  }
  return out;
}

flow::Value to_json(const std::vector<flow::Finding>& findings) {
  flow::Value out = flow::Value::array();
  for (const flow::Finding& finding : findings) out.push_back(to_json(finding));
  return out;
}

}  // namespace jackfield::config
