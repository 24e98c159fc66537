#include "lane/runner_process.hpp"

#include "lane/breadcrumbs.hpp"
#include "lane/pool.hpp"
#include "lane/runner.hpp"
#include "plugin/library.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <iostream>
#include <mutex>

namespace jackfield::lane {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr int line_at = 3, crumbs_at = 4;
constexpr std::chrono::seconds orders_limit{10};
constexpr std::chrono::milliseconds check_every{50};
constexpr std::size_t most_metrics = 4096, most_overdue = 4096;
constexpr std::uint64_t thread_bytes = 12u << 20;   // of stack and arena, beside what the plugin takes
constexpr std::uint64_t own_bytes = 512u << 20;

// The clock of the host, told with every heartbeat and carried on by this process's own in between.
class HostClock {
 public:
  void set(std::int64_t now_ms) { ahead_ms_ = now_ms - own_ms(); }
  [[nodiscard]] std::int64_t now_ms() const { return own_ms() + ahead_ms_; }

 private:
  static std::int64_t own_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count();
  }
  std::atomic<std::int64_t> ahead_ms_{unix_now_ms() - own_ms()};
};

// Metrics on their way from the plugin's threads to the first one; bounded, what does not fit is dropped.
class Metrics {
 public:
  Metrics() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  void add(std::int32_t kind, std::string_view name, std::string_view labels, double value) {
    const std::lock_guard lock(guard_);
    if (waiting_.size() >= most_metrics) return;
    waiting_.push_back(encode(Measured{kind, name, labels, value}));
    const std::uint64_t one = 1;
    (void)!::write(wake_, &one, sizeof one);
  }
  [[nodiscard]] int wake() const { return wake_; }
  std::deque<zmq::message_t> take() {
    std::uint64_t count = 0;
    (void)!::read(wake_, &count, sizeof count);
    const std::lock_guard lock(guard_);
    return std::exchange(waiting_, {});
  }

 private:
  const int wake_;
  std::mutex guard_;
  std::deque<zmq::message_t> waiting_;
};

// Writes each line at once and whole; where the host does not read, lines are dropped rather than waited for.
class PipeSink final : public spdlog::sinks::base_sink<std::mutex> {
  void sink_it_(const spdlog::details::log_msg& message) override {
    static constexpr char letters[] = "TDIWECO";
    std::string line{'\x1e', letters[static_cast<std::size_t>(message.level)]};
    line.append(message.payload.data(), message.payload.size());
    line += '\n';
    (void)!::write(STDERR_FILENO, line.data(), line.size());
  }
  void flush_() override {}
};

struct Address {
  std::string endpoint, name;
};

Address read_address() {
  std::string line;
  std::array<char, 512> buffer{};
  while (line.find('\n') == std::string::npos && line.size() < 4096) {
    const auto got = ::read(line_at, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    line.append(buffer.data(), static_cast<std::size_t>(got));
  }
  const auto space = line.find(' '), end = line.find('\n');
  if (space == std::string::npos || end == std::string::npos || end < space)
    throw std::runtime_error("a runner is started by the host, not by hand: found no address at descriptor 3");
  return {line.substr(0, space), line.substr(space + 1, end - space - 1)};
}

void hold_to(const json& orders) {
  const std::uint64_t files = orders.at("files");
  const rlimit descriptors{files, files};
  ::setrlimit(RLIMIT_NOFILE, &descriptors);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // The host weighs what is resident; this stops one great allocation before it is.
  const std::uint64_t data = 2 * orders.at("memory").get<std::uint64_t>() + own_bytes +
                             thread_bytes * (orders.at("threads").get<std::uint64_t>() + 4);
  const rlimit memory{data, data};
  ::setrlimit(RLIMIT_DATA, &memory);
#endif
}

class RunnerProcess {
 public:
  RunnerProcess() : address_(read_address()), control_(context_, zmq::socket_type::dealer) {
    control_.set(zmq::sockopt::linger, 200);
    control_.set(zmq::sockopt::sndhwm, 0);
    control_.set(zmq::sockopt::rcvhwm, 0);
    control_.set(zmq::sockopt::routing_id, address_.name);
    control_.connect(address_.endpoint);
  }

  int serve() {
    control_.send(encode(lane::Report{static_cast<std::uint64_t>(::getpid())}), zmq::send_flags::none);
    const json orders = receive_orders();
    hold_to(orders);
    spdlog::set_level(static_cast<spdlog::level::level_enum>(orders.at("log").get<int>()));
    clock_.set(orders.at("now_ms"));
    if (const int status = make(orders); status != 0) return status;
    while (!leaving_) turn();
    pool_->close();
    (void)pool_->closed(Clock::now() + drain_);
    return 0;
  }

 private:
  json receive_orders() {
    const auto until = Clock::now() + orders_limit;
    zmq::message_t message;
    while (Clock::now() < until) {
      std::array<zmq::pollitem_t, 2> items{{{control_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, line_at, ZMQ_POLLIN, 0}}};
      zmq::poll(items.data(), items.size(), std::chrono::milliseconds(500));
      if (items[1].revents != 0) leave_at_once();
      if (!control_.recv(message, zmq::recv_flags::dontwait)) continue;
      const auto frame = decode(message);
      if (const auto* const found = std::get_if<Orders>(&frame)) return json::parse(found->json);
    }
    throw std::runtime_error("the host did not say what to run within " + std::to_string(orders_limit.count()) + " s");
  }

  int make(const json& orders) {
    auto opened = plugin::open_tried(orders.at("file").get<std::string>());
    if (const auto* const refusal = std::get_if<plugin::Refusal>(&opened)) return refuse(refusal->text());
    const auto library = std::get<std::shared_ptr<const plugin::Library>>(opened);
    plugin::Plugin plugin;
    plugin.descriptor = library->descriptor();
    plugin.library = library;
    plugin.table = library->table();
    plugin.settings_json = orders.at("settings").dump();
    plugin.threads = orders.at("threads");
    const plugin::Surroundings surroundings{orders.at("data_dir"), orders.at("config_dir"), orders.at("zone"),
                                            orders.at("store_url")};
    drain_ = std::chrono::milliseconds(orders.at("drain_ms").get<std::int64_t>());
    crumbs_ = std::make_unique<Breadcrumbs>(crumbs_at, false);
    Breadcrumbs::mark_faults();
    Fittings fittings;
    fittings.now_ms = [this] { return clock_.now_ms(); };
    fittings.metric = [this](const std::string&, std::int32_t kind, std::string_view name, std::string_view labels,
                             double value) { metrics_.add(kind, name, labels, value); };
    fittings.grace_ms = grace_ms_ = orders.at("grace_ms");
    fittings.drain = drain_;
    fittings.crumbs = crumbs_.get();
    fittings.identity = address_.name;
    try {
      pool_ = std::make_unique<Pool>(context_, plugin, surroundings, address_.endpoint, fittings);
    } catch (const std::runtime_error& error) {
      return refuse(error.what());
    }
    pool_->open();
    return 0;
  }

  int refuse(const std::string& text) {
    control_.send(encode(lane::Refusal{text}), zmq::send_flags::none);
    control_.close();  // lingers until it is sent
    context_.close();
    return runner_refused;
  }

  void turn() {
    std::array<zmq::pollitem_t, 3> items{{{control_.handle(), 0, ZMQ_POLLIN, 0},
                                          {nullptr, line_at, ZMQ_POLLIN, 0},
                                          {nullptr, metrics_.wake(), ZMQ_POLLIN, 0}}};
    try {
      zmq::poll(items.data(), items.size(), check_every);
    } catch (const zmq::error_t& error) {
      if (error.num() != EINTR) throw;
      return;
    }
    if (items[1].revents != 0) leave_at_once();
    zmq::message_t message;
    while (!leaving_ && control_.recv(message, zmq::recv_flags::dontwait)) hear(decode(message));
    for (auto& metric : metrics_.take()) control_.send(std::move(metric), zmq::send_flags::none);
    look_after();
  }

  void hear(const Frame& frame) {
    if (const auto* const ping = std::get_if<Ping>(&frame)) {
      clock_.set(static_cast<std::int64_t>(ping->number));
      control_.send(encode(Pong{ping->number}), zmq::send_flags::none);
    } else if (const auto* const cancel = std::get_if<Cancel>(&frame)) {
      for (const auto token : cancel->tokens) {
        pool_->cancel(token);
        if (overdue_.size() < most_overdue) overdue_.push_back({token, clock_.now_ms() + grace_ms_});
      }
    } else if (const auto* const answered = std::get_if<Uncancel>(&frame)) {
      for (const auto token : answered->tokens) {
        pool_->uncancel(token);
        std::erase_if(overdue_, [&](const Overdue& one) { return one.token == token; });
      }
    } else if (std::holds_alternative<Goodbye>(frame)) {
      leaving_ = true;
    }
  }

  // A thread that hangs is freed by nothing but the end of the process; what it had collected still goes out.
  void look_after() {
    if (hung_) return;
    bool hangs = false;
    for (auto& lost : pool_->check()) {
      hangs = true;
      if (lost.answers) control_.send(std::move(*lost.answers), zmq::send_flags::none);
    }
    if (hangs) {
      control_.send(encode(lane::Goodbye{}), zmq::send_flags::none);  // after the answers: the host ends this process
      hung_ = true;
    }
    Bundle answers;
    const std::int64_t now_ms = clock_.now_ms();
    std::erase_if(overdue_, [&](const Overdue& one) {
      if (now_ms < one.until_ms || !pool_->write_off(one.token)) return false;
      AnswerView answer;
      answer.token = one.token;
      answer.status = JF_UNKNOWN;
      answer.code = "TIMEOUT";
      answer.text = "the plugin never answered, also when its deadline and the grace after it had passed";
      answers.add(answer);
      return true;
    });
    if (answers.count() > 0) control_.send(answers.take(), zmq::send_flags::none);
  }

  // The host is gone: nobody waits for anything any more.
  [[noreturn]] static void leave_at_once() { ::_exit(0); }

  struct Overdue {
    std::uint64_t token = 0;
    std::int64_t until_ms = 0;
  };

  const Address address_;
  zmq::context_t context_;
  zmq::socket_t control_;
  HostClock clock_;
  Metrics metrics_;
  std::unique_ptr<Breadcrumbs> crumbs_;
  std::unique_ptr<Pool> pool_;
  std::vector<Overdue> overdue_;
  std::int64_t grace_ms_ = 0;
  std::chrono::milliseconds drain_{0};
  bool leaving_ = false, hung_ = false;
};

}  // namespace

int serve_as_runner() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::signal(SIGPIPE, SIG_IGN);
  for (const int left_to_the_host : {SIGTERM, SIGINT, SIGHUP}) ::signal(left_to_the_host, SIG_IGN);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("runner", std::make_shared<PipeSink>()));
  try {
    RunnerProcess process;
    const int status = process.serve();
    std::cout.flush();
    ::_exit(status);  // no destructors: what the plugin left running may still stand on them
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    ::_exit(1);
  }
}

}  // namespace jackfield::lane
