// Takes apart what stands in a request's head: the target, and the few header fields the API reads.
//
// Thread rule: free functions without state. Nothing here throws; what is no such thing is an empty optional.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::http {

struct Target {
  std::vector<std::string> segments;         // decoded: "/v1/flows/a%2Fb" → {"v1", "flows", "a/b"}
  std::map<std::string, std::string> query;  // decoded; '+' stays '+': numbers are written with it
};

/// Empty where a percent sequence is none, the text is not UTF-8 or holds a NUL, or a query name comes twice.
[[nodiscard]] std::optional<Target> read_target(std::string_view target);

/// True for application/json, with no charset or UTF-8.
[[nodiscard]] bool is_json(std::string_view content_type);

/// Prefer: wait=SECONDS (RFC 7240); 0 where there is none that can be read.
[[nodiscard]] std::chrono::seconds read_wait(std::string_view prefer);

}  // namespace jackfield::http
