// The finding codes of host.yaml and of --set (JF001 to JF029); those of flows are in flow/finding.hpp.
//
// Codes are for ever: documentation and people refer to them.
#pragma once

#include "flow/finding.hpp"
#include "flow/value.hpp"

#include <span>
#include <vector>

namespace jackfield::config {

[[nodiscard]] std::span<const flow::FindingCode> finding_codes();

/// {"file","line","column","severity","code","text","source"}; line and column are null where it is the whole file.
[[nodiscard]] flow::Value to_json(const flow::Finding& finding);
[[nodiscard]] flow::Value to_json(const std::vector<flow::Finding>& findings);

namespace code {
inline constexpr auto missing_file = "JF001";
inline constexpr auto yaml_syntax = "JF002";
inline constexpr auto unknown_key = "JF003";
inline constexpr auto duplicate_key = "JF004";
inline constexpr auto wrong_type = "JF005";
inline constexpr auto bad_duration = "JF006";
inline constexpr auto bad_size = "JF007";
inline constexpr auto out_of_range = "JF008";
inline constexpr auto bad_address = "JF009";
inline constexpr auto unknown_zone = "JF010";
inline constexpr auto unknown_word = "JF011";
inline constexpr auto bad_url = "JF012";
inline constexpr auto secret = "JF013";
inline constexpr auto bad_set = "JF014";
inline constexpr auto too_large = "JF015";
inline constexpr auto bad_setting = "JF016";
inline constexpr auto bad_plugin = "JF017";
inline constexpr auto bad_data = "JF018";
inline constexpr auto bad_folder = "JF019";
inline constexpr auto no_flows = "JF020";
}  // namespace code

}  // namespace jackfield::config
