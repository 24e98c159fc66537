// What FakeHost and its Plugins keep. Private to this folder.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <jackfield/testing.hpp>

namespace jackfield::testing {

/// One task with all it points to, unmoved until the host ends.
struct Entry {
  Call call;
  std::string packed;
  jf_task task{};
  Answer answer;
  int answers = 0;
  bool is_cancelled = false;
};

/// A mutex: plugins answer and log from threads of their own while the test waits.
struct FakeHost::State {
  mutable std::mutex mutex;
  std::condition_variable answered;
  Options options;
  std::uint64_t token_last = 0;
  std::map<std::uint64_t, std::unique_ptr<Entry>> tasks;
  std::vector<LogLine> logs;
  std::vector<Metric> metrics;
  std::vector<std::string> faults;
};

struct Plugin::State {
  FakeHost* host = nullptr;
  const jf_plugin* table = nullptr;
  std::shared_ptr<void> library;
  std::string id;
  jf_host callbacks{};
  void* instance = nullptr;
  bool is_stopped = false;
  std::vector<std::uint64_t> given;  // tokens of its tasks

  [[nodiscard]] FakeHost::State& fake() const;
  Entry& add(const Call& call);
  /// Calls process() and checks what it returns against the answers.
  void process(const std::vector<const Entry*>& entries);
};

/// JSON text as the msgpack the host would send, and back.
std::string to_msgpack(const std::string& json);
std::string from_msgpack(std::string_view packed);

/// The callbacks of jf_host; `self` is a Plugin::State.
jf_host make_callbacks(Plugin::State* self);

/// Validated by the schema, defaults filled in; throws std::runtime_error with every finding.
nlohmann::json complete_settings(const nlohmann::json& schema, nlohmann::json settings);

}  // namespace jackfield::testing
