#include "lane/pool.hpp"

#include "lane/crew.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

namespace jackfield::lane {
namespace {

// Pools of two versions of a plugin may stand side by side: numbers are the process's.
std::atomic<std::uint64_t> places_made{0};

std::string text_of(const jf_bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data), std::size_t(bytes.len)};
}

Task task_of(const jf_task& from) {
  Task task;
  task.token = from.token;
  task.attempt = from.attempt;
  task.deadline_ms = from.deadline_ms;
  task.step = text_of(from.step);
  task.instance = text_of(from.instance);
  task.flow = text_of(from.flow);
  task.key = text_of(from.key);
  task.input.assign(from.input.data, from.input.data + from.input.len);
  return task;
}

// The tasks in messages that were sent to a thread and that it never read.
std::vector<Task> unread(zmq::socket_t& socket) {
  std::vector<Task> tasks;
  zmq::message_t message;
  while (socket.recv(message, zmq::recv_flags::dontwait)) {
    const auto frame = decode(message);
    if (const auto* const found = std::get_if<Tasks>(&frame))
      for (const jf_task& task : found->tasks) tasks.push_back(task_of(task));
  }
  return tasks;
}

}  // namespace

Pool::Pool(zmq::context_t& context, const plugin::Plugin& plugin, const plugin::Surroundings& surroundings,
           const std::string& address, const Fittings& fittings)
    : crew_(std::make_shared<Crew>(context, plugin, surroundings, address, fittings)) {
  crew_->make();
}

Pool::~Pool() {
  close();
  (void)closed(std::chrono::steady_clock::now() + crew_->desk().fittings().drain);
}

void Pool::open() {
  for (int i = 0; i < std::max(crew_->plugin().threads, 1); ++i) hire();
}

void Pool::hire() {
  Hand hand{std::make_shared<Place>(), {}};
  hand.place->number = ++places_made;
  hand.place->socket = crew_->connect();
  hand.thread = std::thread([crew = crew_, place = hand.place] { crew->work(place); });
  hands_.push_back(std::move(hand));
}

bool Pool::take_place(Hand& hand, bool anyhow, Lost& lost) {
  auto seized = crew_->desk().seize(*hand.place, anyhow);
  if (!seized) return false;
  crew_->count_stuck(1);
  hand.thread.detach();
  lost.place = hand.place->number;
  lost.answers = std::move(seized->answers);
  lost.unread = unread(*seized->socket);
  return true;
}

std::vector<Lost> Pool::check() {
  std::vector<Lost> all;
  for (auto hand = hands_.begin(); hand != hands_.end();) {
    Lost lost;
    if (!take_place(*hand, false, lost)) {
      ++hand;
      continue;
    }
    ++hung_;
    if (!crew_->plugin().descriptor.reentrant) crew_->renounce();
    spdlog::error("plugin '{}' hangs: a thread is still inside it past its deadline, and loses its place "
                  "({} tasks go to others)",
                  crew_->plugin().descriptor.id, lost.unread.size());
    all.push_back(std::move(lost));
    hand = hands_.erase(hand);
  }
  const int threads = std::max(crew_->plugin().threads, 1);
  while (!retired_ && static_cast<int>(hands_.size()) < threads && crew_->stuck() <= threads) hire();
  return all;
}

void Pool::cancel(std::uint64_t token) {
  auto instance = crew_->desk().cancel(token);
  if (instance) crew_->cancel(std::move(instance), token);
}

void Pool::uncancel(std::uint64_t token) { crew_->desk().uncancel(token); }

bool Pool::write_off(std::uint64_t token) { return crew_->desk().write_off(token); }

bool Pool::dead() const { return hands_.empty(); }
std::size_t Pool::places() const { return hands_.size(); }
int Pool::hung() const { return hung_; }
std::uint64_t Pool::late() const { return crew_->desk().late(); }
bool Pool::has(std::uint64_t place) const {
  return std::any_of(hands_.begin(), hands_.end(), [&](const Hand& hand) { return hand.place->number == place; });
}
bool Pool::ended() {
  return left_behind_ || (end_.valid() && end_.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
}
bool Pool::made() const { return crew_->made(); }

void Pool::left(std::uint64_t place) {
  const auto hand =
      std::find_if(hands_.begin(), hands_.end(), [&](const Hand& one) { return one.place->number == place; });
  if (hand == hands_.end()) return;
  hand->thread.join();  // it has nothing left to do but to return
  hands_.erase(hand);
}

void Pool::close() {
  if (end_.valid()) return;
  retired_ = true;
  for (auto& hand : hands_) {
    Lost lost;
    if (take_place(hand, true, lost))
      spdlog::error("a thread of plugin '{}' is still inside it and is left behind", crew_->plugin().descriptor.id);
    else
      hand.thread.detach();
  }
  hands_.clear();
  crew_->end_cancels();
  // stop() and destroy() are a plugin's code and may hang: on a thread of their own, which can be left behind.
  std::promise<void> done;
  end_ = done.get_future();
  std::thread([crew = crew_, instance = crew_->release(), ended = std::move(done)]() mutable {
    instance.reset();
    crew->desk().close();
    ended.set_value();
  }).detach();
}

bool Pool::closed(std::chrono::steady_clock::time_point until) {
  if (left_behind_) return false;
  if (end_.wait_until(until) == std::future_status::ready) return true;
  left_behind_ = true;
  spdlog::error("plugin '{}' does not stop and is left behind", crew_->plugin().descriptor.id);
  crew_->desk().close();
  return false;
}

}  // namespace jackfield::lane
