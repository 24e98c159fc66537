#include "lane/pool.hpp"
#include "lane/switchboard_impl.hpp"

#include <spdlog/spdlog.h>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

// Goes before the C library's, for ZeroMQ alone: its listener on a local socket ends the process where a connection
// cannot be taken because the process has no file to open left (EMFILE), and ignores one the system has none left for
// (ENFILE). Here both are the latter; whoever connects waits in the queue. The rest is so that its thread, which would
// try again at once, does not take a processor until there are files again. Any thread.
extern "C" __attribute__((visibility("default"))) int accept4(int listener, sockaddr* address, socklen_t* size,
                                                              int flags) {
  const long taken = ::syscall(SYS_accept4, listener, address, size, flags);
  if (taken >= 0 || (errno != EMFILE && errno != ENFILE)) return static_cast<int>(taken);
  constexpr timespec rest{0, 5'000'000};
  ::nanosleep(&rest, nullptr);
  errno = ENFILE;
  return -1;
}

namespace jackfield::lane {
namespace {

constexpr std::chrono::seconds settle_limit{30};   // for runners to make their plugins at the start
constexpr int runner_messages_most = 1000;         // of a runner's one socket, unheard; then it keeps them itself

std::string new_address() {
  static std::atomic<unsigned> number{0};
  return "inproc://jackfield-lanes-" + std::to_string(++number);
}

}  // namespace

Switchboard::Impl::Impl(zmq::context_t& context, plugin::Registry& registry, std::size_t queue_limit,
                        Fittings fittings)
    : registry_(registry),
      queue_limit_(queue_limit),
      fittings_(std::move(fittings)),
      address_(new_address()),
      context_(context),
      router_(context, zmq::socket_type::router),
      echo_(context, zmq::socket_type::dealer),
      outside_(context, zmq::socket_type::router) {
  for (zmq::socket_t* socket : {&router_, &echo_, &outside_}) {
    socket->set(zmq::sockopt::linger, 0);
    socket->set(zmq::sockopt::sndhwm, 0);  // credit is the bound
    socket->set(zmq::sockopt::rcvhwm, 0);
  }
  router_.set(zmq::sockopt::router_mandatory, 1);
  outside_.set(zmq::sockopt::router_mandatory, 1);
  outside_.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(max_frame_bytes));
  outside_.set(zmq::sockopt::rcvhwm, runner_messages_most);
  router_.bind(address_);
  echo_.connect(address_);
  std::string refused;
  for (const auto& plugin : registry.plugins()) {
    try {
      Lane& lane = lanes_[plugin.descriptor.id];
      lane.edition = make(plugin);
      for (const auto& step : plugin.descriptor.steps) steps_[step.id] = &lane;
    } catch (const std::runtime_error& error) {
      refused += (refused.empty() ? "" : "\n") + std::string(error.what());
    }
  }
  if (refused.empty()) {
    await_runners();
    refused = refusals();
  }
  if (!refused.empty()) {
    let_go();
    throw std::runtime_error(refused);
  }
  for (auto& [id, lane] : lanes_) lane.edition->carrier->open();
}

// All are told before the first is waited for.
void Switchboard::Impl::let_go() {
  for (auto& [id, lane] : lanes_)
    if (lane.edition) lane.edition->carrier->close();
  lanes_.clear();
}

Switchboard::Impl::~Impl() {
  let_go();
  if (watch_ >= 0) ::close(watch_);
  outside_.close();
  std::error_code error;
  if (!own_folder_.empty()) std::filesystem::remove_all(own_folder_, error);
}

// A folder nobody else may enter; its path fits a socket's address.
Yard Switchboard::Impl::yard() {
  if (endpoint_.empty()) {
    std::error_code error;
    std::string folder = fittings_.run_dir;
    if (folder.empty() || folder.size() > 80) {
      folder = (std::filesystem::temp_directory_path(error) / "jackfield-XXXXXX").string();
      if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder can be made for runners");
      own_folder_ = folder;
    }
    std::filesystem::create_directories(folder, error);
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    std::filesystem::remove(folder + "/lanes", error);  // left by a host that was killed
    outside_.bind("ipc://" + folder + "/lanes");
    endpoint_ = "ipc://" + folder + "/lanes";
    watch_ = ::epoll_create1(EPOLL_CLOEXEC);
  }
  return {outside_, endpoint_, watch_};
}

std::unique_ptr<Edition> Switchboard::Impl::make(const plugin::Plugin& plugin) {
  auto edition = std::make_unique<Edition>(plugin);
  if (plugin.isolation == "process") {
    auto runner = std::make_unique<Runner>(plugin, registry_.surroundings(), yard(), fittings_);
    edition->runner = runner.get();
    edition->carrier = std::move(runner);
  } else {
    edition->carrier = std::make_unique<Pool>(context_, plugin, registry_.surroundings(), address_, fittings_);
  }
  return edition;
}

// A runner's refusal of its settings is known before any work is taken, as a pool's is.
void Switchboard::Impl::await_runners() {
  const auto until = std::chrono::steady_clock::now() + settle_limit;
  const auto settled = [this] {
    return std::all_of(lanes_.begin(), lanes_.end(), [](const auto& one) {
      const Runner* const runner = one.second.edition->runner;
      return runner == nullptr || runner->settled();
    });
  };
  while (!settled() && std::chrono::steady_clock::now() < until) {
    std::array<zmq::pollitem_t, 2> items{{{outside_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, watch_, ZMQ_POLLIN, 0}}};
    zmq::poll(items.data(), items.size(), std::chrono::milliseconds(check_every_ms));
    collect(nullptr);
    for (auto& [id, lane] : lanes_)
      if (lane.edition->runner != nullptr) look_after(lane);
  }
}

std::string Switchboard::Impl::refusals() const {
  std::string all;
  for (const auto& [id, lane] : lanes_) {
    const Runner* const runner = lane.edition->runner;
    if (runner != nullptr && !runner->made() && !runner->refusal().empty())
      all += (all.empty() ? "" : "\n") + runner->refusal();
  }
  return all;
}

// Every thread finishes what it is inside of; then each instance is stopped. All of it within the drain limit.
void Switchboard::Impl::stop() {
  stopping_ = true;
  const auto until = std::chrono::steady_clock::now() + fittings_.drain;
  for (auto& [id, lane] : lanes_)
    for (const auto& peer : lane.peers)
      if (!std::exchange(peer->leaving, true)) send(*peer, encode(Goodbye{}));
  const auto places_left = [&] {
    return std::any_of(lanes_.begin(), lanes_.end(),
                       [](const auto& one) { return one.second.edition->carrier->places() > 0; });
  };
  while (places_left()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    std::array<zmq::pollitem_t, 3> items{{{router_.handle(), 0, ZMQ_POLLIN, 0},
                                          {outside_.handle(), 0, ZMQ_POLLIN, 0},
                                          {nullptr, watch_, ZMQ_POLLIN, 0}}};
    try {
      zmq::poll(items.data(), watch_ >= 0 ? 3 : 2, left);
    } catch (const zmq::error_t& error) {
      if (error.num() != EINTR) break;
    }
    collect(nullptr);
    for (auto& [id, lane] : lanes_)
      if (lane.edition->runner != nullptr) (void)lane.edition->runner->check();
  }
  std::vector<Edition*> all;
  for (auto& [id, lane] : lanes_) {
    all.push_back(lane.edition.get());
    if (lane.next) all.push_back(lane.next.get());
    for (auto& edition : lane.old) all.push_back(edition.get());
  }
  for (auto* edition : all) edition->carrier->close();
  for (auto* edition : all) (void)edition->carrier->closed(std::max(until, std::chrono::steady_clock::now()));
}

}  // namespace jackfield::lane
