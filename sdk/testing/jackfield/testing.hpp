// A host for tests: a plugin is loaded, called and looked at with no daemon, no network and a clock of the test's own.
//
//   jackfield::testing::FakeHost host{{.data_dir = folder, .config_dir = JACKFIELD_TEST_DIR, .zone = "Asia/Shanghai"}};
//   auto plugin = host.load(jackfield_plugin_v1, R"({"limit": 500})");
//   const auto answer = plugin.call("limit.check", R"({"id":"o1","total":600})");
//   EXPECT_EQ(answer.code, "LIMIT");
//
// The settings are validated by the descriptor's schema and filled with its defaults, as the host does it, then given
// to create(). Every task must be answered exactly once: call() throws std::logic_error where it was not, and a host
// that ends with a second answer unnoticed ends the test process.
//
// Thread rule: the test's thread, but for what the plugin calls. Lifetime: plugins end before their host.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <jackfield/abi.h>

/// The entry of the plugin whose sources this test is linked with.
extern "C" [[gnu::visibility("default")]] const jf_plugin* jackfield_plugin_v1(void);

namespace jackfield::testing {

using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;

struct Options {
  std::string data_dir = ".", config_dir = ".", zone = "Asia/Shanghai";
  std::string store_url;                          // empty: sqlite3://{data_dir}/jackfield.db
  std::map<std::string, std::string> properties;  // more of them, "secret:<name>"
};

/// What surrounds one call beside the input.
struct Ask {
  std::string key = "i1/step", instance = "i1", flow = "test";
  std::uint32_t attempt = 1;
  std::chrono::milliseconds timeout{0};  // by the host's clock; 0: no deadline
};

struct Answer {
  std::int32_t status = JF_PENDING;  // JF_PENDING: not answered yet
  std::string output;                // JF_OK: JSON text
  std::string code, text;
  std::uint32_t retry_after_ms = 0;
  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(output); }
};

struct Call {
  std::string step, input = "{}";
  Ask ask = {};
};

struct LogLine {
  std::int32_t level;
  std::string text;
};
struct Metric {
  std::int32_t kind;
  std::string name;
  std::string labels;  // JSON text, or empty
  double value;
};

class FakeHost;

/// One instance of a loaded plugin; stopped and destroyed with this.
class Plugin {
 public:
  Plugin(FakeHost& host, const jf_plugin* table, std::shared_ptr<void> library, const std::string& settings_json);
  ~Plugin();
  Plugin(Plugin&&) noexcept;
  Plugin& operator=(Plugin&&) = delete;

  /// One task, and its answer; waits for an asynchronous one, at most ten seconds of real time.
  Answer call(const std::string& step, const std::string& input_json = "{}", const Ask& ask = {});
  /// All in one process() call; answers in the order of the calls.
  std::vector<Answer> call_batch(const std::vector<Call>& calls);
  /// Starts a task and does not wait. The token names it below.
  std::uint64_t start(const std::string& step, const std::string& input_json = "{}", const Ask& ask = {});
  /// The answer of a started task; waits as call() does.
  Answer wait(std::uint64_t token);
  /// Its answer so far: status JF_PENDING where there is none.
  [[nodiscard]] Answer look(std::uint64_t token) const;
  /// As the host does it: cancelled(token) turns true, then the plugin is told.
  void cancel(std::uint64_t token);
  /// No more calls after it; the answers it gave can be looked at.
  void stop();

  [[nodiscard]] nlohmann::json descriptor() const;
  [[nodiscard]] const jf_plugin* table() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

class FakeHost {
 public:
  explicit FakeHost(Options options = {});
  ~FakeHost();
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  /// The clock. Set it between calls only; it never moves by itself.
  TimePoint now;
  void advance(std::chrono::milliseconds by);

  /// Throws std::runtime_error with the text where settings are refused.
  Plugin load(jf_entry entry, const std::string& settings_json = "{}");
  Plugin load(const std::string& file, const std::string& settings_json = "{}");

  [[nodiscard]] std::vector<LogLine> logs() const;
  [[nodiscard]] std::vector<Metric> metrics() const;
  /// Sum of a counter, or the last value of a gauge.
  [[nodiscard]] double metric(std::string_view name) const;
  /// Second answers and answers nobody asked for. Reading them takes them off the host's mind.
  [[nodiscard]] std::vector<std::string> faults();

  struct State;

 private:
  friend class Plugin;
  std::unique_ptr<State> state_;
};

}  // namespace jackfield::testing
