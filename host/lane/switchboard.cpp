#include "lane/switchboard.hpp"

#include "lane/frames.hpp"
#include "lane/lane.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <stdexcept>
#include <unordered_map>

namespace jackfield::lane {
namespace {

constexpr std::size_t message_bytes = 1u << 20;  // then a TASKS message is full, however few they are
constexpr std::size_t max_word_bytes = 4096;     // of a task's step, instance, flow and key
constexpr std::int64_t check_every_ms = 50;
constexpr std::uint32_t hung_retry_ms = 5000;

std::string new_address() {
  static std::atomic<unsigned> number{0};
  return "inproc://jackfield-lanes-" + std::to_string(++number);
}

AnswerView refusal(std::uint64_t token, std::int32_t status, std::string_view code, std::string_view text) {
  AnswerView answer;
  answer.token = token;
  answer.status = status;
  answer.code = code;
  answer.text = text;
  return answer;
}

}  // namespace

struct Switchboard::Impl {
  struct Late {
    std::uint64_t token;
    std::int64_t since_ms;
  };

  Impl(zmq::context_t& context, plugin::Registry& registry, std::size_t queue_limit, Fittings fittings);
  void stop();

  [[nodiscard]] Lane* lane_of(const std::string& step);
  [[nodiscard]] bool give(Task task);
  void answer_here(const AnswerView& answer);
  void say_here(zmq::message_t message);
  void distribute(Lane& lane);
  void load(Lane& lane, const std::shared_ptr<Peer>& peer, std::size_t most);
  void refuse_waiting(Lane& lane);
  void check(std::int64_t now_ms);
  void take_back(Lane& lane, Lost lost);
  void write_off(std::int64_t now_ms);

  std::size_t collect(std::vector<Answer>* answers);
  void greet(const Hello& hello, std::string address);
  void part(const std::string& address);
  void meet(const AnswerView& view, std::vector<Answer>* answers);
  void abandon(std::uint64_t token);

  plugin::Registry& registry_;
  const std::size_t queue_limit_;
  const Fittings fittings_;
  const std::string address_ = new_address();
  zmq::socket_t router_, echo_;      // echo_: what the switchboard itself has to answer comes the same way
  std::map<std::string, Lane> lanes_;
  std::unordered_map<std::string, Lane*> steps_;
  std::unordered_map<std::uint64_t, Flight> flights_;
  std::deque<Late> late_;            // abandoned and under way, by the time they were abandoned
  std::int64_t checked_ms_ = 0;
  bool stopping_ = false;
};

Switchboard::Impl::Impl(zmq::context_t& context, plugin::Registry& registry, std::size_t queue_limit,
                        Fittings fittings)
    : registry_(registry),
      queue_limit_(queue_limit),
      fittings_(std::move(fittings)),
      router_(context, zmq::socket_type::router),
      echo_(context, zmq::socket_type::dealer) {
  for (zmq::socket_t* socket : {&router_, &echo_}) {
    socket->set(zmq::sockopt::linger, 0);
    socket->set(zmq::sockopt::sndhwm, 0);  // credit is the bound
    socket->set(zmq::sockopt::rcvhwm, 0);
  }
  router_.set(zmq::sockopt::router_mandatory, 1);
  router_.bind(address_);
  echo_.connect(address_);
  std::string refused;
  for (const auto& plugin : registry.plugins()) {
    try {
      Lane& lane = lanes_[plugin.descriptor.id];
      lane.plugin = &plugin;
      lane.pool = std::make_unique<Pool>(context, plugin, registry.surroundings(), address_, fittings_);
      for (const auto& step : plugin.descriptor.steps) steps_[step.id] = &lane;
    } catch (const std::runtime_error& error) {
      refused += (refused.empty() ? "" : "\n") + std::string(error.what());
    }
  }
  if (!refused.empty()) throw std::runtime_error(refused);
  for (auto& [id, lane] : lanes_) lane.pool->open();
}

// Every thread finishes what it is inside of; then each instance is stopped. All of it within the drain limit.
void Switchboard::Impl::stop() {
  stopping_ = true;
  const auto until = std::chrono::steady_clock::now() + fittings_.drain;
  for (auto& [id, lane] : lanes_)
    for (const auto& peer : lane.peers) {
      router_.send(zmq::buffer(peer->address), zmq::send_flags::sndmore);
      router_.send(encode(Goodbye{}), zmq::send_flags::none);
    }
  const auto places_left = [&] {
    return std::any_of(lanes_.begin(), lanes_.end(), [](const auto& one) { return one.second.pool->places() > 0; });
  };
  while (places_left()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    zmq::pollitem_t item{router_.handle(), 0, ZMQ_POLLIN, 0};
    try {
      zmq::poll(&item, 1, left);
    } catch (const zmq::error_t& error) {
      if (error.num() != EINTR) break;
    }
    collect(nullptr);
  }
  for (auto& [id, lane] : lanes_) lane.pool->close();
  for (auto& [id, lane] : lanes_) (void)lane.pool->closed(std::max(until, std::chrono::steady_clock::now()));
}

Lane* Switchboard::Impl::lane_of(const std::string& step) {
  const auto found = steps_.find(step);
  return found == steps_.end() ? nullptr : found->second;
}

bool Switchboard::Impl::give(Task task) {
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
  ++lane->wanted;
  lane->waiting.push_back(std::move(task));
  return true;
}

void Switchboard::Impl::answer_here(const AnswerView& answer) {
  Bundle bundle;
  bundle.add(answer);
  say_here(bundle.take());
}

void Switchboard::Impl::say_here(zmq::message_t message) { echo_.send(std::move(message), zmq::send_flags::none); }

// Spreads what waits evenly over the peers that have credit, those with the least under way first.
void Switchboard::Impl::distribute(Lane& lane) {
  if (lane.pool->dead()) return refuse_waiting(lane);
  const std::size_t free = lane.free_peers();
  if (free == 0) return;
  const std::size_t share = std::clamp<std::size_t>((lane.wanted + free - 1) / free, 1, max_tasks);
  while (lane.wanted > 0) {
    const auto best = lane.idlest();
    if (!best) return;
    load(lane, best, std::min(share, best->credit - best->under_way));
  }
}

void Switchboard::Impl::load(Lane& lane, const std::shared_ptr<Peer>& peer, std::size_t most) {
  Bundle bundle;
  while (!lane.waiting.empty() && bundle.count() < most && bundle.bytes() < message_bytes) {
    Task task = std::move(lane.waiting.front());
    lane.waiting.pop_front();
    const auto flight = flights_.find(task.token);
    if (flight == flights_.end()) continue;  // abandoned while it waited
    flight->second.peer = peer;
    --lane.wanted;
    bundle.add(task);
  }
  if (bundle.count() == 0) return;
  peer->under_way += bundle.count();
  lane.in_flight += bundle.count();
  router_.send(zmq::buffer(peer->address), zmq::send_flags::sndmore);
  router_.send(bundle.take(), zmq::send_flags::none);
}

void Switchboard::Impl::refuse_waiting(Lane& lane) {
  const std::string text = "every thread of plugin '" + lane.plugin->descriptor.id +
                           "' hangs inside it; see its log, and restart the host once its cause is mended";
  for (; !lane.waiting.empty(); lane.waiting.pop_front()) {
    if (flights_.count(lane.waiting.front().token) == 0) continue;
    AnswerView answer = refusal(lane.waiting.front().token, JF_RETRY, "PLUGIN_HUNG", text);
    answer.retry_after_ms = hung_retry_ms;
    answer_here(answer);
  }
  lane.wanted = 0;
}

void Switchboard::Impl::check(std::int64_t now_ms) {
  if (now_ms - checked_ms_ < check_every_ms && now_ms >= checked_ms_) return;
  checked_ms_ = now_ms;
  for (auto& [id, lane] : lanes_)
    for (auto& lost : lane.pool->check()) take_back(lane, std::move(lost));
  write_off(now_ms);
}

void Switchboard::Impl::take_back(Lane& lane, Lost lost) {
  (void)lane.part_place(lost.place);
  for (auto task = lost.unread.rbegin(); task != lost.unread.rend(); ++task) {
    const auto flight = flights_.find(task->token);
    if (flight == flights_.end()) continue;
    --lane.in_flight;
    if (flight->second.abandoned) {
      lane.pool->uncancel(task->token);
      flights_.erase(flight);
      continue;
    }
    flight->second.peer.reset();
    ++lane.wanted;
    lane.waiting.push_front(std::move(*task));
  }
  if (lost.answers) say_here(std::move(*lost.answers));
}

// A plugin that took a task, returned, and never answers must not keep the credit for ever.
void Switchboard::Impl::write_off(std::int64_t now_ms) {
  for (std::size_t n = late_.size(); n > 0 && now_ms > late_.front().since_ms + fittings_.grace_ms; --n) {
    const Late late = late_.front();
    late_.pop_front();
    const auto found = flights_.find(late.token);
    if (found == flights_.end()) continue;
    Flight& flight = found->second;
    if (!flight.lane->pool->write_off(late.token)) {
      late_.push_back({late.token, now_ms});
      continue;
    }
    --flight.lane->in_flight;
    if (flight.peer) --flight.peer->under_way;
    flights_.erase(found);
  }
}

std::size_t Switchboard::Impl::collect(std::vector<Answer>* answers) {
  const std::size_t before = answers != nullptr ? answers->size() : 0;
  zmq::message_t from, message;
  while (router_.recv(from, zmq::recv_flags::dontwait)) {
    if (!from.more() || !router_.recv(message, zmq::recv_flags::dontwait)) continue;
    const auto frame = decode(message);
    if (const auto* const found = std::get_if<Answers>(&frame)) {
      for (const auto& view : found->answers) meet(view, answers);
    } else if (const auto* const hello = std::get_if<Hello>(&frame)) {
      greet(*hello, from.to_string());
    } else if (std::holds_alternative<Goodbye>(frame)) {
      part(from.to_string());
    } else {
      const auto* const bad = std::get_if<Malformed>(&frame);
      spdlog::error("a lane's message is dropped: {}", bad != nullptr ? bad->why : "a peer may not send this kind");
    }
  }
  return answers != nullptr ? answers->size() - before : 0;
}

void Switchboard::Impl::greet(const Hello& hello, std::string address) {
  const auto lane = lanes_.find(std::string(hello.plugin));
  if (lane == lanes_.end()) {
    spdlog::error("a peer offers plugin '{}', which the configuration does not use", hello.plugin);
    return;
  }
  if (stopping_) {
    router_.send(zmq::buffer(address), zmq::send_flags::sndmore);
    router_.send(encode(Goodbye{}), zmq::send_flags::none);
  }
  auto peer = std::make_shared<Peer>();
  peer->address = std::move(address);
  peer->place = hello.place;
  peer->credit = static_cast<std::size_t>(hello.credit);
  lane->second.peers.push_back(std::move(peer));
}

void Switchboard::Impl::part(const std::string& address) {
  for (auto& [id, lane] : lanes_) {
    const auto peer = lane.part_address(address);
    if (!peer) continue;
    lane.pool->left(peer->place);
    return;
  }
}

void Switchboard::Impl::meet(const AnswerView& view, std::vector<Answer>* answers) {
  const auto found = flights_.find(view.token);
  if (found == flights_.end()) return;
  const Flight flight = std::move(found->second);
  flights_.erase(found);
  if (Lane* const lane = flight.lane; lane != nullptr) {
    if (flight.peer) {
      --flight.peer->under_way;
      --lane->in_flight;
    }
    if (flight.abandoned) {
      ++lane->late;
      lane->pool->uncancel(view.token);
      return;
    }
    ++lane->calls;
    if (view.status == JF_FAIL || view.status == JF_UNKNOWN) ++lane->failures;
  }
  if (answers == nullptr || flight.abandoned) return;
  Answer answer;
  answer.token = view.token;
  answer.status = view.status;
  answer.retry_after_ms = view.retry_after_ms;
  answer.took_us = view.took_us;
  answer.output.assign(view.output.begin(), view.output.end());
  answer.code = view.code;
  answer.text = view.text;
  answers->push_back(std::move(answer));
}

void Switchboard::Impl::abandon(std::uint64_t token) {
  const auto found = flights_.find(token);
  if (found == flights_.end() || found->second.abandoned) return;
  Lane* const lane = found->second.lane;
  if (lane == nullptr || found->second.peer) {
    found->second.abandoned = true;
    if (lane == nullptr) return;
    lane->pool->cancel(token);
    late_.push_back({token, fittings_.now_ms()});
    return;
  }
  flights_.erase(found);
  if (lane->wanted > 0) --lane->wanted;
  if (lane->waiting.size() > 2 * lane->wanted + max_tasks)
    std::erase_if(lane->waiting, [&](const Task& task) { return flights_.count(task.token) == 0; });
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

bool Switchboard::give(Task task) { return impl_->give(std::move(task)); }

void Switchboard::flush() {
  impl_->check(impl_->fittings_.now_ms());
  for (auto& [id, lane] : impl_->lanes_)
    if (lane.wanted > 0) impl_->distribute(lane);
}

zmq::socket_ref Switchboard::socket() { return impl_->router_; }

std::size_t Switchboard::collect(std::vector<Answer>& answers) { return impl_->collect(&answers); }

void Switchboard::abandon(std::uint64_t token) { impl_->abandon(token); }

std::vector<LaneStatus> Switchboard::status() const {
  std::vector<LaneStatus> all;
  for (const auto& [id, lane] : impl_->lanes_) all.push_back(lane.status(impl_->stopping_));
  return all;
}

}  // namespace jackfield::lane
