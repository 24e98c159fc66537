// The forms that a value of host.yaml may have as text: sizes, addresses, time zones, store URLs.
//
// Each says nothing (nullopt, empty) where the text is good, or what was expected.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace jackfield::config {

/// "64KiB", "1MiB", "2GiB", "500B" or a whole number of bytes.
[[nodiscard]] std::optional<std::size_t> parse_size(const std::string& text);

/// "127.0.0.1:7114", "[::1]:7114", "localhost:0"; port 0 takes a free one.
[[nodiscard]] bool is_address(const std::string& text);
/// "tcp://127.0.0.1:7115", "tcp://*:7115", "tcp://127.0.0.1:*" or "ipc://PATH".
[[nodiscard]] bool is_endpoint(const std::string& text);

/// Whether this machine's tz database (package tzdata) knows the zone.
[[nodiscard]] bool is_zone(const std::string& name);

/// "sqlite3://PATH" or "postgresql://user@host/db".
[[nodiscard]] bool is_store_url(const std::string& text);

}  // namespace jackfield::config
