// Every default of host.yaml, in one place. Those of a plugin's own settings are the plugin's.
//
// They are public: whoever changes one changes what an installation with an empty host.yaml does.
#pragma once

#include <chrono>
#include <cstddef>

namespace jackfield::config::defaults {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

inline constexpr auto data_dir = "var";
inline constexpr auto zone = "Asia/Shanghai";

inline constexpr auto store_url = "sqlite3://{data_dir}/jackfield.db";
inline constexpr milliseconds store_busy_timeout = seconds(5);

inline constexpr auto http_listen = "127.0.0.1:7114";
inline constexpr std::size_t http_max_body_bytes = 64 * 1024;   // an order, an event
inline constexpr std::size_t http_max_head_bytes = 16 * 1024;
inline constexpr std::size_t http_connections = 2048;
inline constexpr std::size_t http_queue = 256;                  // lists and drawings that wait
inline constexpr milliseconds http_timeout = seconds(60);       // beyond what the client asked to wait

inline constexpr auto zmq_listen = "tcp://127.0.0.1:7115";
inline constexpr std::size_t zmq_queue = 1000;                  // messages of one peer that wait

inline constexpr std::size_t engine_max_instances = 100'000;    // under way at once, beyond those that wait
inline constexpr std::size_t engine_queue = 4096;               // requests that wait for the engine
inline constexpr std::size_t engine_lane_queue = 1024;          // tasks that wait for one plugin
inline constexpr std::size_t engine_batch = 256;                // decisions a commit
inline constexpr milliseconds engine_step_timeout = seconds(30);
inline constexpr milliseconds engine_drain = seconds(10);       // for what is under way, at the end
inline constexpr milliseconds engine_keep = hours(24 * 365);    // ended instances, then pruned

inline constexpr milliseconds events_keep = hours(24);
inline constexpr int quarantine_crashes = 3;
inline constexpr milliseconds quarantine_within = seconds(60);
inline constexpr milliseconds quarantine_probe = seconds(10);   // then one task is let through; doubled each time

inline constexpr auto log_level = "info";

inline constexpr int plugin_threads = 0;                        // 0: the host chooses

inline constexpr milliseconds adapter_timeout = seconds(5);
inline constexpr int adapter_retries = 5;
inline constexpr milliseconds adapter_backoff_first{100};
inline constexpr milliseconds adapter_backoff_most = seconds(30);
inline constexpr milliseconds adapter_give_up = hours(72);

}  // namespace jackfield::config::defaults
