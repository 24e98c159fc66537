// host.yaml, typed: what the host runs on.
//
// Made once by load(); then read-only and shared. Everything here is valid and complete: defaults filled in, secrets
// resolved (so it is never logged or shown), `{data_dir}` replaced.
#pragma once

#include "config/defaults.hpp"
#include "flow/value.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>

namespace jackfield::config {

using std::chrono::milliseconds;

enum class Isolation { pool, process };
[[nodiscard]] const char* to_string(Isolation isolation);

/// One block of `plugins`. `settings` is the block as written, the host's own keys included; the plugin's schema
/// judges the rest of it.
struct Plugin {
  Isolation isolation = Isolation::pool;
  int threads = defaults::plugin_threads;
  flow::Value settings = flow::Value::object();
};

/// One block of `adapters`.
struct Adapter : Plugin {
  milliseconds timeout = defaults::adapter_timeout;
  int retries = defaults::adapter_retries;            // after the first try
  milliseconds backoff_first = defaults::adapter_backoff_first;
  milliseconds backoff_most = defaults::adapter_backoff_most;
  milliseconds give_up = defaults::adapter_give_up;   // of a detached notice
};

struct Host {
  std::filesystem::path config_dir;
  std::string data_dir = defaults::data_dir;          // relative to the working directory
  std::string plugin_path;                            // folders, ':' between them; the binary's unless said
  std::string zone = defaults::zone;

  struct Store {
    std::string url = defaults::store_url;
    milliseconds busy_timeout = defaults::store_busy_timeout;
  } store;

  struct Http {
    std::string listen = defaults::http_listen;
    std::size_t max_body_bytes = defaults::http_max_body_bytes;
    std::size_t max_head_bytes = defaults::http_max_head_bytes;
    std::size_t connections = defaults::http_connections;
    std::size_t queue = defaults::http_queue;
    milliseconds timeout = defaults::http_timeout;
  } http;

  struct Zmq {
    std::string listen = defaults::zmq_listen;
    std::size_t queue = defaults::zmq_queue;
  } zmq;

  struct Engine {
    std::size_t max_instances = defaults::engine_max_instances;
    std::size_t queue = defaults::engine_queue;
    std::size_t lane_queue = defaults::engine_lane_queue;
    std::size_t batch = defaults::engine_batch;
    milliseconds step_timeout = defaults::engine_step_timeout;
    milliseconds drain = defaults::engine_drain;
    milliseconds keep = defaults::engine_keep;
  } engine;

  struct Events {
    milliseconds keep = defaults::events_keep;
  } events;

  struct Quarantine {
    int crashes = defaults::quarantine_crashes;
    milliseconds within = defaults::quarantine_within;
    milliseconds probe = defaults::quarantine_probe;
  } quarantine;

  struct Log {
    std::string level = defaults::log_level;          // trace | debug | info | warn | error
    std::string file;                                 // empty: standard error
  } log;

  std::map<std::string, Plugin> plugins;              // by plugin id; only those with a block
  std::map<std::string, Adapter> adapters;

  /// The adapter's block, or the defaults where it has none.
  [[nodiscard]] const Adapter& adapter(const std::string& id) const;
};

}  // namespace jackfield::config
