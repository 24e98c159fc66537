#include "config/load.hpp"

#include "config/code.hpp"
#include "config/form.hpp"
#include "config/reading.hpp"

#include <algorithm>
#include <tuple>

namespace jackfield::config {
namespace {

using std::chrono::seconds;

/// Where the running binary lies: the plugins lie beside it.
std::string binary_folder() {
  std::error_code error;
  const std::filesystem::path binary = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::string(".") : binary.parent_path().string();
}

std::string in_data_dir(std::string text, const std::string& data_dir) {
  static const std::string word = "{data_dir}";
  const std::size_t at = text.find(word);
  return at == std::string::npos ? text : text.replace(at, word.size(), data_dir);
}

void read_places(Reading& reading, Host& host) {
  reading.text("data_dir", host.data_dir, [](const std::string& text) { return !text.empty(); }, code::wrong_type,
               "a folder");
  host.plugin_path = binary_folder();
  reading.text("plugin_path", host.plugin_path);
  if (host.plugin_path.empty()) host.plugin_path = binary_folder();
  static const std::string beside = "{binary_dir}";
  for (std::size_t at = 0; (at = host.plugin_path.find(beside)) != std::string::npos;)
    host.plugin_path.replace(at, beside.size(), binary_folder());
  reading.text("zone", host.zone, is_zone, code::unknown_zone, "a time zone such as Asia/Shanghai (package tzdata)");
  reading.word("log.level", host.log.level, {"trace", "debug", "info", "warn", "error"});
  reading.text("log.file", host.log.file);
  host.log.file = in_data_dir(host.log.file, host.data_dir);
}

void read_store(Reading& reading, Host& host) {
  host.store.url = in_data_dir(host.store.url, host.data_dir);
  const std::string before = host.store.url;
  reading.secret_text("store.url", host.store.url, host.data_dir);
  if (!is_store_url(host.store.url)) {  // never shown: it may hold a password
    reading.find("store.url", code::bad_url, "url: found a URL of no known store, expected sqlite3://PATH or "
                                             "postgresql://user@host/db");
    host.store.url = before;
  }
  reading.duration("store.busy_timeout", host.store.busy_timeout, milliseconds(0));
}

void read_listeners(Reading& reading, Host& host) {
  reading.text("http.listen", host.http.listen, is_address, code::bad_address, "ADDRESS:PORT such as 127.0.0.1:7114");
  reading.size("http.max_body", host.http.max_body_bytes, 1024, 16 << 20);
  reading.size("http.max_head", host.http.max_head_bytes, 1024, 1 << 20);
  reading.count("http.connections", host.http.connections, 1, 100'000);
  reading.count("http.queue", host.http.queue, 1, 100'000);
  reading.duration("http.timeout", host.http.timeout, seconds(1));
  reading.text("zmq.listen", host.zmq.listen, is_endpoint, code::bad_address,
               "tcp://ADDRESS:PORT such as tcp://127.0.0.1:7115, or ipc://PATH");
  reading.count("zmq.queue", host.zmq.queue, 1, 1'000'000);
}

void read_limits(Reading& reading, Host& host) {
  reading.count("engine.max_instances", host.engine.max_instances, 1, 10'000'000);
  reading.count("engine.queue", host.engine.queue, 1, 1'000'000);
  reading.count("engine.lane_queue", host.engine.lane_queue, 1, 1'000'000);
  reading.count("engine.batch", host.engine.batch, 1, 100'000);
  reading.duration("engine.step_timeout", host.engine.step_timeout, milliseconds(1));
  reading.duration("engine.drain", host.engine.drain, milliseconds(0));
  reading.duration("engine.keep", host.engine.keep, milliseconds(0));
  reading.duration("events.keep", host.events.keep, milliseconds(0));
  reading.count("quarantine.crashes", host.quarantine.crashes, 1, 1000);
  reading.duration("quarantine.within", host.quarantine.within, milliseconds(1));
  reading.duration("quarantine.probe", host.quarantine.probe, milliseconds(1));
}

void read_common(Reading& reading, const std::string& path, const std::string& data_dir, Plugin& plugin) {
  plugin.settings = reading.block(path, data_dir);
  std::string isolation = to_string(plugin.isolation);
  reading.word(path + ".isolation", isolation, {"pool", "process"});
  plugin.isolation = isolation == "process" ? Isolation::process : Isolation::pool;
  if (plugin.settings.contains("threads")) reading.count(path + ".threads", plugin.threads, 1, 256);
}

void read_blocks(Reading& reading, Host& host) {
  for (const std::string& id : reading.blocks("plugins")) {
    read_common(reading, "plugins." + id, host.data_dir, host.plugins[id]);
  }
  for (const std::string& id : reading.blocks("adapters")) {
    const std::string path = "adapters." + id;
    Adapter& adapter = host.adapters[id];
    read_common(reading, path, host.data_dir, adapter);
    reading.duration(path + ".timeout", adapter.timeout, milliseconds(1));
    reading.count(path + ".retries", adapter.retries, 0, 1000);
    reading.backoff(path + ".backoff", adapter.backoff_first, adapter.backoff_most);
    reading.duration(path + ".give_up", adapter.give_up, milliseconds(1));
  }
}

}  // namespace

Loaded load(const std::filesystem::path& dir, const std::vector<std::string>& sets) {
  Loaded out;
  std::vector<flow::Finding>& findings = out.findings;
  Document document = read_document(dir / "host.yaml", "host.yaml", findings);
  out.readable = document.readable;
  for (const std::string& set : sets) override_value(document, set, findings);
  out.host.config_dir = dir;
  Reading reading(document, dir, findings);
  read_places(reading, out.host);
  read_store(reading, out.host);
  read_listeners(reading, out.host);
  read_limits(reading, out.host);
  read_blocks(reading, out.host);
  reading.refuse_the_rest();
  std::stable_sort(findings.begin(), findings.end(), [](const flow::Finding& a, const flow::Finding& b) {
    const auto place = [](const flow::Finding& f) { return std::tuple(f.line == 0, f.line, f.column); };
    return place(a) < place(b);
  });
  out.marks = std::move(document.marks);
  return out;
}

}  // namespace jackfield::config
