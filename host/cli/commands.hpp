// The commands, a file each. Every one prints to standard output what was asked for, to standard error why not, and
// returns the exit code.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace jackfield::cli {

/// The words of the call are wrong: exit code 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Sets = std::vector<std::pair<std::string, std::string>>;  // --set path.to.key=value

/// Where a running host is: --host URL, else JACKFIELD_HOST, else http.listen of -c DIR.
struct Target {
  std::string host, directory;
};

[[nodiscard]] int run(const std::string& directory, const Sets& sets);
[[nodiscard]] int check(const std::string& directory, const Sets& sets, bool json);
[[nodiscard]] int graph(const std::string& directory, const std::string& flow, const std::string& format);
[[nodiscard]] int plugin_list(const std::string& directory, const Sets& sets, bool json);
[[nodiscard]] int plugin_describe(const std::string& file, bool json);
[[nodiscard]] int plugin_reload(const Target& target, const std::string& id, bool rollback, bool json);
[[nodiscard]] int plugin_release(const Target& target, const std::string& id, bool json);
struct CheckWords {
  std::string file, settings, directory;   // --settings F, -c DIR; empty where not given
  std::optional<std::uint64_t> seed;
  std::chrono::milliseconds limit{5000};   // for one answer
  std::string only;
  bool json = false;
};
[[nodiscard]] int plugin_check(const CheckWords& words);
/// `kind`: step or adapter. Makes `parent`/`name`.
[[nodiscard]] int plugin_new(const std::string& kind, const std::string& name, const std::string& parent);
[[nodiscard]] int instance_list(const Target& target, const std::string& query, bool json);
[[nodiscard]] int instance_show(const Target& target, const std::string& id, bool json);
/// `word`: cancel or retry.
[[nodiscard]] int instance_tell(const Target& target, const std::string& id, const std::string& word, bool json);
[[nodiscard]] int dead_letter_list(const Target& target, bool json);
[[nodiscard]] int dead_letter_show(const Target& target, const std::string& id, bool json);
[[nodiscard]] int dead_letter_replay(const Target& target, const std::string& id, bool json);

}  // namespace jackfield::cli
