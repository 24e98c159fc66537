// What is wrong with a configuration, said so that it can be mended: where, what was found, what was expected.
//
// Codes are for ever: documentation and people refer to them. The table here is the only one for flows (JF030 on);
// host/docs/FINDINGS.md explains each.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::flow {

enum class Severity { error, warning };

struct Finding {
  std::string code;          // "JF031"
  Severity severity = Severity::error;
  std::string file;
  int line = 0, column = 0;  // from 1, in characters; 0: the file as a whole
  std::string text;
  std::string source;        // the line as it is written

  friend bool operator==(const Finding&, const Finding&) = default;
};

/// "flows/open-account.yaml:12:7: error[JF031]: unknown key 'retires' (did you mean 'retries'?)", the source line, a
/// caret under the column.
[[nodiscard]] std::string format(const Finding& finding);

/// " (did you mean 'retries'?)", or nothing where no candidate is near.
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

struct FindingCode {
  const char* code;
  const char* title;
};
[[nodiscard]] std::span<const FindingCode> finding_codes();

namespace code {
inline constexpr auto yaml_syntax = "JF030";
inline constexpr auto unknown_key = "JF031";
inline constexpr auto missing_key = "JF032";
inline constexpr auto wrong_type = "JF033";
inline constexpr auto duplicate_key = "JF034";
inline constexpr auto bad_id = "JF035";
inline constexpr auto duplicate_id = "JF036";
inline constexpr auto bad_expression = "JF037";
inline constexpr auto unknown_name = "JF038";
inline constexpr auto unknown_step = "JF039";
inline constexpr auto unknown_target = "JF040";
inline constexpr auto target_elsewhere = "JF041";
inline constexpr auto unreachable = "JF042";
inline constexpr auto side_effect = "JF043";
inline constexpr auto detached = "JF044";
inline constexpr auto missing_input = "JF045";
inline constexpr auto unknown_input = "JF046";
inline constexpr auto wrong_input = "JF047";
inline constexpr auto unknown_flow = "JF048";
inline constexpr auto recursion = "JF049";
inline constexpr auto bad_duration = "JF050";
inline constexpr auto bad_code = "JF051";
inline constexpr auto phases = "JF052";
inline constexpr auto unknown_setting = "JF053";
inline constexpr auto bad_schema = "JF054";
inline constexpr auto missing_file = "JF055";
inline constexpr auto too_large = "JF056";
inline constexpr auto unknown_member = "JF057";
}  // namespace code

}  // namespace jackfield::flow
