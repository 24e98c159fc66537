// The host as a plugin sees it: clock, log, metrics and properties.
//
// Thread rule: every function from any thread. Lifetime: from create() to the return of destroy().
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <jackfield/abi.h>

namespace jackfield {

using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;

enum class Level : std::int32_t { debug = JF_LOG_DEBUG, info = JF_LOG_INFO, warn = JF_LOG_WARN, error = JF_LOG_ERROR };

class Host {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// Throws std::runtime_error where the host's table is shorter than ABI 1.0's.
  explicit Host(const jf_host* table);
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  /// The host's clock; in a test the test's. Use no other.
  [[nodiscard]] TimePoint now() const;

  /// One line of the host's log. Never a Ki, an identity number or a payment reference.
  void log(Level level, std::string_view text) const;
  void debug(std::string_view text) const { log(Level::debug, text); }
  void info(std::string_view text) const { log(Level::info, text); }
  void warn(std::string_view text) const { log(Level::warn, text); }
  void error(std::string_view text) const { log(Level::error, text); }

  /// Metrics appear as jackfield_plugin_<name>{plugin="<id>",…}.
  void count(std::string_view name, double by = 1, Labels labels = {}) const;
  void gauge(std::string_view name, double value, Labels labels = {}) const;
  void observe(std::string_view name, double value, Labels labels = {}) const;

  /// A property by name; nothing where the host has none of it.
  [[nodiscard]] std::optional<std::string> property(std::string_view name) const;
  /// Folder for files of the plugin's own.
  [[nodiscard]] std::string data_dir() const { return property("data_dir").value_or("."); }
  [[nodiscard]] std::string config_dir() const { return property("config_dir").value_or("."); }
  /// IANA time zone of the operator, "Asia/Shanghai".
  [[nodiscard]] std::string zone() const { return property("zone").value_or("UTC"); }
  [[nodiscard]] std::string store_url() const { return property("store_url").value_or(""); }
  [[nodiscard]] std::string plugin_id() const { return property("plugin_id").value_or(""); }

  [[nodiscard]] bool cancelled(std::uint64_t token) const;
  void complete(std::uint64_t token, const jf_result& result) const;

 private:
  void metric(std::int32_t kind, std::string_view name, double value, Labels labels) const;
  const jf_host* table_;
};

}  // namespace jackfield
