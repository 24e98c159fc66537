#include "cli/commands.hpp"
#include "cli/setup.hpp"
#include "cli/blame.hpp"
#include "engine/engine.hpp"
#include "engine/native_service.hpp"
#include "http/server.hpp"
#include "lane/breadcrumbs.hpp"
#include "lane/native_ingress.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <zmq.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <iostream>
#include <thread>

namespace jackfield::cli {

namespace {

constexpr std::size_t files_beside = 1024;  // that the host, its plugins and their stores open, beside connections

void open_log(const config::Host& host) {
  auto logger = host.log.file.empty() ? spdlog::stderr_color_mt("jackfield")
                                      : spdlog::basic_logger_mt("jackfield", host.log.file);
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
  logger->set_level(spdlog::level::from_str(host.log.level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

engine::EngineOptions engine_options(const config::Host& host) {
  engine::EngineOptions options;
  options.store = {host.store.url, host.store.busy_timeout,
                   [](const std::string& text) { spdlog::warn("{}", text); }};
  options.most_running = host.engine.max_instances;
  options.queue_limit = host.engine.queue;
  options.lane_queue = host.engine.lane_queue;
  options.events_keep = host.events.keep;
  options.keep = host.engine.keep;
  options.drain = host.engine.drain;
  options.lanes.run_dir = run_dir(host.data_dir);
  options.lanes.quarantine_crashes = host.quarantine.crashes;
  options.lanes.quarantine_within = host.quarantine.within;
  options.lanes.quarantine_probe = host.quarantine.probe;
  return options;
}

/// A connection is an open file, and so is much else: as many files as the system grants, and where that is little,
/// fewer connections, so that there is a file left for what they ask.
std::size_t connections_granted(std::size_t wanted) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return wanted;
  const rlim_t enough = wanted + files_beside;
  if (files.rlim_cur < enough) {
    files.rlim_cur = std::min<rlim_t>(enough, files.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &files);
    ::getrlimit(RLIMIT_NOFILE, &files);
  }
  if (files.rlim_cur >= enough) return wanted;
  const std::size_t granted = std::max<std::size_t>(1, files.rlim_cur / 2);
  if (granted >= wanted) return wanted;
  spdlog::warn("this process may have {} files open, too few for {} connections (http.connections): {} are taken at "
               "once; raise its limit to {} (ulimit -n, LimitNOFILE=)", files.rlim_cur, wanted, granted, enough);
  return granted;
}

http::Options http_options(const config::Host& host) {
  http::Options options;
  options.listen = host.http.listen;
  options.limits.connections_most = connections_granted(host.http.connections);
  options.limits.reads_most = host.http.queue;
  options.limits.head_most_bytes = host.http.max_head_bytes;
  options.limits.body_most_bytes = host.http.max_body_bytes;
  options.limits.answer_timeout = host.http.timeout;
  return options;
}

lane::NativeIngress::Options native_options(const config::Host& host) {
  lane::NativeIngress::Options options;
  options.listen = host.zmq.listen;
  options.busy = engine::native_problem(503, "OVERLOADED", "more requests wait than this host queues; ask again later");
  options.malformed = engine::native_problem(400, "MALFORMED", "expected one message of one msgpack map");
  return options;
}

/// SIGINT and SIGTERM are taken by one thread of their own, so that no handler runs in the middle of anything.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);  // inherited by every thread made from now on
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is an error of the write, as a full disk is
  }
  void tell(engine::Engine& engine) {
    thread_ = std::thread([this, &engine] {
      int number = 0;
      sigwait(&set_, &number);
      if (over_) return;  // the host has ended by itself
      spdlog::info("{}: the host drains and ends", number == SIGINT ? "SIGINT" : "SIGTERM");
      engine.stop();
    });
  }
  ~Signals() {
    end();
  }
  /// No signal is taken after it; before what tell() was given goes.
  void end() {
    if (!thread_.joinable()) return;
    over_ = true;
    pthread_kill(thread_.native_handle(), SIGTERM);
    thread_.join();
  }

 private:
  sigset_t set_{};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

/// What the engine meets outside could not be made: most often a plugin refuses its settings or data.
struct NotMade : std::runtime_error {
  using std::runtime_error::runtime_error;
};

engine::Outside made(zmq::context_t& context, const engine::EngineOptions& options, std::unique_ptr<store::Store> store,
                     plugin::Registry& registry, engine::Metrics& metrics, const engine::Clock& clock) {
  try {
    return engine::connect(context, options, std::move(store), registry, metrics, clock);
  } catch (const std::runtime_error& error) {
    throw NotMade(error.what());
  }
}

/// All of it and at its place, as `check` says it; what it does not find, as it was said.
void explain(const NotMade& error, const std::string& directory, const Sets& sets) {
  Setup setup = set_up(directory, sets, Purpose::look);
  hear_plugins(setup);
  std::cerr << (setup.good() ? std::string("jackfield: ") + error.what() + "\n" : report(setup));
}

/// Ends the listening before the engine goes that it would tell.
struct Deaf {
  Signals& signals;
  ~Deaf() { signals.end(); }
};

void serve(Setup& setup, Signals& signals) {
  const config::Host& host = setup.host;
  std::filesystem::create_directories(host.data_dir);
  engine::EngineOptions options = engine_options(host);
  const engine::SystemClock clock;
  engine::Metrics metrics;
  engine::Catalog catalog(std::move(setup.graphs));
  auto store = store::open(options.store);
  store::Batch definitions;
  definitions.definitions = catalog.rows(clock.now().time_since_epoch().count());
  store->commit(definitions);
  catalog.learn_versions(*store::open_reader(options.store));

  for (const auto& plugin : setup.registry->plugins()) {
    if (!plugin.isolation_reason.empty()) spdlog::warn("{}", plugin.isolation_reason);
  }
  const auto crumbs = fresh_crumbs(host.data_dir);  // the store is ours: no other host writes them
  lane::Breadcrumbs::mark_faults();
  options.lanes.crumbs = crumbs.get();
  options.prepare = [&host](const std::string& id, const std::string& file) {
    auto found = set_up_plugin(host, id, file);
    engine::Prepared prepared;
    if (auto* plugin = std::get_if<plugin::Plugin>(&found)) prepared.plugin = std::move(*plugin);
    else prepared.refusal = std::get<std::string>(std::move(found));
    return prepared;
  };
  zmq::context_t context;
  engine::Engine engine(options, made(context, options, std::move(store), *setup.registry, metrics, clock), catalog,
                        *setup.registry, metrics, clock);
  http::Server server(http_options(host), engine.gate(), engine, metrics,
                      [&] { return store::open_reader(options.store); });
  engine::NativeService service(engine.gate(), engine);
  lane::NativeIngress native(native_options(host),
                             [&](std::string_view message, lane::NativeIngress::Answer answer) {
                               service.serve(message, std::move(answer));
                             });
  server.start();
  native.start();
  signals.tell(engine);
  const Deaf deaf{signals};
  const auto address = host.http.listen.substr(0, host.http.listen.rfind(':'));
  std::cout << "jackfield: serving on http://" << address << ":" << server.port() << "/ and " << native.endpoint()
            << ", " << catalog.flows().size() << " flows, " << setup.registry->plugins().size() << " plugins\n"
            << std::flush;
  engine.run();
  native.stop();
  server.stop();
}

}  // namespace

int run(const std::string& directory, const Sets& sets) {
  Signals signals;
  Setup setup = set_up(directory, sets, Purpose::run);
  std::cerr << report(setup);
  if (!setup.good()) {
    std::cerr << "jackfield: nothing was started; 'jackfield check -c " << directory << "' says the same\n";
    return 1;
  }
  open_log(setup.host);
  try {
    serve(setup, signals);
  } catch (const NotMade& error) {
    explain(error, directory, sets);
    std::cerr << "jackfield: nothing was started\n";
    return 1;
  }
  spdlog::info("ended");
  spdlog::shutdown();
  return 0;
}

}  // namespace jackfield::cli
