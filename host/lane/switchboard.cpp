#include "lane/switchboard.hpp"

#include "lane/pool.hpp"
#include "lane/switchboard_impl.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>

namespace jackfield::lane {
namespace {

constexpr std::size_t message_bytes = 1u << 20;  // then a TASKS message is full, however few they are
constexpr std::size_t max_word_bytes = 4096;     // of a task's step, instance, flow and key
constexpr std::uint32_t hung_retry_ms = 5000;

}  // namespace

AnswerView refusal(std::uint64_t token, std::int32_t status, std::string_view code, std::string_view text) {
  AnswerView answer;
  answer.token = token;
  answer.status = status;
  answer.code = code;
  answer.text = text;
  return answer;
}

Lane* Switchboard::Impl::lane_of(const std::string& step) {
  const auto found = steps_.find(step);
  return found == steps_.end() ? nullptr : found->second;
}

bool Switchboard::Impl::give(Task& task) {
  Lane* const lane = lane_of(task.step);
  if (lane != nullptr && lane->wanted >= queue_limit_) return false;
  const std::uint64_t token = task.token;
  Flight& flight = flights_[token];
  flight.lane = lane;
  if (lane == nullptr) {
    const std::string text = "step '" + task.step.substr(0, 200) + "' is in no plugin that was loaded; expected one of "
                             "those that `jackfield plugin list` names";
    answer_here(refusal(token, JF_FAIL, "STEP_UNKNOWN", text));
    return true;
  }
  if (task.input.size() > max_output_bytes ||
      std::max({task.step.size(), task.instance.size(), task.flow.size(), task.key.size()}) > max_word_bytes) {
    flight.lane = nullptr;
    answer_here(refusal(token, JF_FAIL, "TASK_TOO_LARGE",
                        "the task's input is over 16 MiB, or a name in it over 4096 bytes; pass less on"));
    return true;
  }
  if (const auto parking = lane->edition->carrier->parking(lane->wanted + lane->in_flight)) {
    flight.lane = nullptr;
    lane->parking = true;
    park(token, *parking);
    return true;
  }
  if (lane->edition->runner != nullptr) flight.key = task.key;
  ++lane->wanted;
  lane->waiting.push_back(std::move(task));
  return true;
}

void Switchboard::Impl::park(std::uint64_t token, const Parking& parking) {
  AnswerView answer = refusal(token, parked, "PLUGIN_PARKED", parking.why);
  answer.retry_after_ms = static_cast<std::uint32_t>(std::max<std::int64_t>(parking.wait.count(), 1));
  answer_here(answer);
}

void Switchboard::Impl::park_waiting(Lane& lane, const Parking& parking) {
  for (; !lane.waiting.empty(); lane.waiting.pop_front()) {
    const auto flight = flights_.find(lane.waiting.front().token);
    if (flight == flights_.end()) continue;
    flight->second.lane = nullptr;
    lane.parking = true;
    park(lane.waiting.front().token, parking);
  }
  lane.wanted = 0;
}

void Switchboard::Impl::send(const Peer& peer, zmq::message_t message) {
  zmq::socket_t& socket = peer.outside ? outside_ : router_;
  try {
    socket.send(zmq::buffer(peer.address), zmq::send_flags::sndmore);
    socket.send(std::move(message), zmq::send_flags::none);
  } catch (const zmq::error_t& error) {
    if (error.num() != EHOSTUNREACH) throw;  // a runner that has just died: its end is told by the pidfd
  }
}

void Switchboard::Impl::answer_here(const AnswerView& answer) {
  Bundle bundle;
  bundle.add(answer);
  say_here(bundle.take());
}

void Switchboard::Impl::say_here(zmq::message_t message) { echo_.send(std::move(message), zmq::send_flags::none); }

// Spreads what waits evenly over the peers that have credit, those with the least under way first.
void Switchboard::Impl::distribute(Lane& lane) {
  if (lane.edition->carrier->dead()) return refuse_waiting(lane);
  if (lane.held()) return;
  if (lane.peers.empty())
    if (const auto parking = lane.edition->carrier->parking(0)) return park_waiting(lane, *parking);
  const std::size_t free = lane.free_peers();
  if (free == 0) return;
  const std::size_t share = std::clamp<std::size_t>((lane.wanted + free - 1) / free, 1, max_tasks);
  while (lane.wanted > 0) {
    const auto best = lane.idlest();
    if (!best) return;
    const std::size_t before = lane.wanted;
    load(lane, best, std::min(share, best->credit - best->under_way));
    if (lane.alone || lane.wanted == before) return;
  }
}

void Switchboard::Impl::load(Lane& lane, const std::shared_ptr<Peer>& peer, std::size_t most) {
  Bundle bundle;
  while (!lane.waiting.empty() && bundle.count() < most && bundle.bytes() < message_bytes) {
    Task task = std::move(lane.waiting.front());
    lane.waiting.pop_front();
    const auto flight = flights_.find(task.token);
    if (flight == flights_.end()) continue;  // abandoned while it waited
    const bool suspected = !lane.suspects.empty() && lane.suspects.count(task.key) > 0;
    if (suspected && (bundle.count() > 0 || lane.in_flight > 0)) {
      lane.waiting.push_front(std::move(task));
      break;
    }
    flight->second.peer = peer;
    --lane.wanted;
    bundle.add(task);
    lane.alone = suspected;
    if (suspected) break;
  }
  if (bundle.count() == 0) return;
  peer->under_way += bundle.count();
  lane.in_flight += bundle.count();
  send(*peer, bundle.take());
}

void Switchboard::Impl::refuse_waiting(Lane& lane) {
  const std::string text = "every thread of plugin '" + lane.descriptor().id +
                           "' hangs inside it; see its log, and restart the host once its cause is mended";
  for (; !lane.waiting.empty(); lane.waiting.pop_front()) {
    if (flights_.count(lane.waiting.front().token) == 0) continue;
    AnswerView answer = refusal(lane.waiting.front().token, JF_RETRY, "PLUGIN_HUNG", text);
    answer.retry_after_ms = hung_retry_ms;
    answer_here(answer);
  }
  lane.wanted = 0;
}

Switchboard::Switchboard(zmq::context_t& context, plugin::Registry& registry, std::size_t queue_limit,
                         Fittings fittings)
    : impl_(std::make_unique<Impl>(context, registry, queue_limit, std::move(fittings))) {}

Switchboard::~Switchboard() {
  try {
    impl_->stop();
  } catch (const std::exception& error) {
    spdlog::error("the switchboard did not stop in order: {}", error.what());
  }
}

bool Switchboard::give(Task& task) { return impl_->give(task); }

void Switchboard::flush() {
  impl_->check(impl_->fittings_.now_ms());
  for (auto& [id, lane] : impl_->lanes_)
    if (lane.wanted > 0) impl_->distribute(lane);
}

zmq::socket_ref Switchboard::socket() { return impl_->router_; }
zmq::socket_ref Switchboard::runners() { return impl_->outside_; }
int Switchboard::watch() const { return impl_->watch_; }

bool Switchboard::release(const std::string& plugin) {
  const auto lane = impl_->lanes_.find(plugin);
  return lane != impl_->lanes_.end() && lane->second.edition->carrier->release();
}

std::vector<std::string> Switchboard::freed() {
  std::vector<std::string> plugins;
  for (auto& [id, lane] : impl_->lanes_) {
    if (!lane.parking || lane.peers.empty() || lane.edition->carrier->parking(1)) continue;
    lane.parking = false;
    plugins.push_back(id);
  }
  return plugins;
}

std::size_t Switchboard::collect(std::vector<Answer>& answers) { return impl_->collect(&answers); }

std::unique_ptr<Carrier> Switchboard::prepare(const plugin::Plugin& plugin) const {
  return std::make_unique<Pool>(impl_->context_, plugin, impl_->registry_.surroundings(), impl_->address_,
                                impl_->fittings_);
}

void Switchboard::replace(const plugin::Plugin& plugin, std::unique_ptr<Carrier> prepared) {
  const auto lane = impl_->lanes_.find(plugin.descriptor.id);
  if (lane == impl_->lanes_.end()) return;
  try {
    std::unique_ptr<Edition> next;
    if (prepared) {
      next = std::make_unique<Edition>(plugin);
      next->carrier = std::move(prepared);
    } else {
      next = impl_->make(plugin);
    }
    impl_->replace(lane->second, std::move(next));
  } catch (const std::runtime_error& error) {
    impl_->replaced_.push_back({plugin.descriptor.id, error.what()});
  }
}

std::vector<Lanes::Replaced> Switchboard::replaced() { return std::exchange(impl_->replaced_, {}); }

void Switchboard::abandon(std::uint64_t token) { impl_->abandon(token); }

std::vector<LaneStatus> Switchboard::status() const {
  std::vector<LaneStatus> all;
  for (const auto& [id, lane] : impl_->lanes_) all.push_back(lane.status(impl_->stopping_));
  return all;
}

}  // namespace jackfield::lane
