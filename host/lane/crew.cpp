#include "lane/crew.hpp"

#include "elbow_room.hpp"
#include "lane/breadcrumbs.hpp"
#include "lane/glance.hpp"

#include <spdlog/spdlog.h>

#include <pthread.h>
#include <signal.h>

#include <algorithm>

namespace jackfield::lane {
namespace {

constexpr std::uint64_t batch_credit = 2 * max_tasks;  // one message is worked on while the next is on its way
constexpr std::size_t max_cancels = 1024;
constexpr std::int64_t first_wait_ms = 100, most_wait_ms = 30'000;

// None after the first failure, then 100 ms, doubling up to 30 s.
std::int64_t wait_after(int failures) {
  if (failures <= 1) return 0;
  return std::min(most_wait_ms, first_wait_ms << std::min(failures - 2, 16));
}

void name_thread(const std::string& name) {
  ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
  sigset_t all;  // signals are the main thread's; a plugin's own faults still end the process
  ::sigfillset(&all);
  for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) ::sigdelset(&all, fault);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

AnswerView rest_answer(std::int32_t status) {
  AnswerView answer;
  switch (status) {
    case JF_OK:
      answer.status = JF_FAIL;
      answer.code = "NO_ANSWER";
      answer.text = "process() returned JF_OK but never completed this task; the plugin must answer every task once";
      break;
    case JF_BROKEN:
      answer.status = JF_RETRY;
      answer.code = "PLUGIN_BROKEN";
      answer.text = "the plugin's instance broke before it did this task, and is made anew";
      break;
    case JF_RETRY:
    case JF_REJECT:
    case JF_FAIL:
    case JF_UNKNOWN:
    case JF_NOT_DONE:
      answer.status = status;
      answer.code = "PROCESS_FAILED";
      answer.text = "process() failed as a whole and left this task unanswered";
      break;
    default:
      answer.status = JF_UNKNOWN;
      answer.code = "BAD_STATUS";
      answer.text = "process() returned a status that abi.h does not have, and left this task unanswered";
  }
  return answer;
}

}  // namespace

Crew::Crew(zmq::context_t& context, const plugin::Plugin& plugin, const plugin::Surroundings& surroundings,
           std::string address, const Fittings& fittings)
    : context_(context),
      plugin_(std::make_shared<const plugin::Plugin>(plugin)),
      surroundings_(surroundings),
      address_(std::move(address)),
      desk_(std::make_shared<Desk>(context, address_, fittings)) {}

std::unique_ptr<zmq::socket_t> Crew::connect() {
  auto socket = std::make_unique<zmq::socket_t>(context_, zmq::socket_type::dealer);
  socket->set(zmq::sockopt::linger, 0);
  socket->set(zmq::sockopt::sndhwm, 0);  // credit is the bound
  socket->set(zmq::sockopt::rcvhwm, 0);
  desk_->identify(*socket);
  socket->connect(address_);
  return socket;
}

// A plugin that waits for the outside gets one task at a time, so that none waits behind it while a thread is idle.
std::uint64_t Crew::credit() const {
  return plugin_->descriptor.blocking && !plugin_->descriptor.batch ? 1 : batch_credit;
}

void Crew::work(const std::shared_ptr<Place>& place) {
  name_thread(plugin_->descriptor.id);
  if (desk_->fittings().crumbs != nullptr) Breadcrumbs::lend_stack();
  bool kept = true;
  Glance glance;
  ElbowRoom room;
  try {
    place->socket->send(encode(Hello{plugin_->descriptor.id, credit(), place->number}), zmq::send_flags::none);
    while (kept) {
      zmq::message_t message;
      try {
        const auto look = [&] { return place->socket->recv(message, zmq::recv_flags::dontwait).has_value(); };
        if (!glance(look)) {
          if (!place->socket->recv(message)) continue;
          room.step_aside();
        }
      } catch (const zmq::error_t& error) {
        if (error.num() == EINTR) continue;
        throw;
      }
      auto batch = std::make_shared<Batch>();
      batch->message = std::move(message);  // what is decoded lies in it
      auto frame = decode(batch->message);
      if (std::holds_alternative<Goodbye>(frame)) break;
      kept = run(*place, std::move(batch), std::move(frame));
    }
    if (kept) place->socket->send(encode(Goodbye{}), zmq::send_flags::none);
  } catch (const zmq::error_t& error) {
    spdlog::error("a thread of plugin '{}' ends, as its lane failed: {}", plugin_->descriptor.id, error.what());
  }
  if (kept) place->socket.reset();
  else count_stuck(-1);
}

bool Crew::run(Place& place, std::shared_ptr<Batch> batch, Frame frame) {
  auto* const tasks = std::get_if<Tasks>(&frame);
  if (tasks == nullptr) {
    const auto* const bad = std::get_if<Malformed>(&frame);
    spdlog::error("plugin '{}' was sent a message that is not for it ({}); it is dropped", plugin_->descriptor.id,
                  bad != nullptr ? bad->why : "another kind");
    return true;
  }
  batch->tasks = std::move(tasks->tasks);
  desk_->begin(place, batch);
  std::string refusal;
  std::uint32_t wait_ms = 0;
  auto instance = batch->wanted.empty() ? nullptr : acquire(refusal, wait_ms);
  if (!instance) {
    AnswerView answer;
    answer.status = JF_RETRY;
    answer.retry_after_ms = wait_ms;
    answer.code = "PLUGIN_BROKEN";
    answer.text = refusal;
    return desk_->settle(place, batch, JF_RETRY, answer);
  }
  desk_->assign(*batch, instance);
  const std::int32_t status = instance->process(batch->wanted);
  if (status == JF_BROKEN) instance->break_down();
  const bool kept = desk_->settle(place, batch, status, rest_answer(status));
  if (!kept) return false;
  const bool broken = instance->broken();
  if (broken) desk_->busy(place, desk_->fittings().now_ms() + desk_->fittings().drain.count());
  judge(instance);
  instance.reset();  // the last hold on a broken one stops and destroys it, here
  return !broken || desk_->idle(place);
}

void Crew::make() {
  const std::lock_guard lock(making_);
  if (!current_) current_ = std::make_shared<Instance>(plugin_, surroundings_, desk_);
}

bool Crew::made() {
  const std::unique_lock lock(making_, std::try_to_lock);
  return !lock || current_ != nullptr;  // one is being made: neither broken nor hung so far
}

std::shared_ptr<Instance> Crew::acquire(std::string& refusal, std::uint32_t& wait_ms) {
  const std::lock_guard lock(making_);
  if (current_ && current_->broken()) current_.reset();
  if (current_) return current_;
  const std::int64_t now_ms = desk_->fittings().now_ms();
  if (now_ms >= next_try_ms_) {
    try {
      current_ = std::make_shared<Instance>(plugin_, surroundings_, desk_);
      return current_;
    } catch (const std::exception& error) {
      ++failures_;
      next_try_ms_ = now_ms + std::max<std::int64_t>(wait_after(failures_), first_wait_ms);
      refusal_ = error.what();
      spdlog::error("{}; tried again in {} ms", refusal_, next_try_ms_ - now_ms);
    }
  }
  refusal = refusal_.empty() ? "the plugin's instance broke again and again; it is made anew after a wait" : refusal_;
  wait_ms = static_cast<std::uint32_t>(std::max<std::int64_t>(next_try_ms_ - now_ms, 1));
  return nullptr;
}

// After a batch: one that went well forgives what was before; one that broke the instance lets the pool let go of it.
void Crew::judge(const std::shared_ptr<Instance>& instance) {
  std::shared_ptr<Instance> old;
  const std::lock_guard lock(making_);
  if (!instance->broken()) {
    failures_ = 0;
    refusal_.clear();
    return;
  }
  if (current_ != instance) return;
  old = std::move(current_);
  ++failures_;
  next_try_ms_ = desk_->fittings().now_ms() + wait_after(failures_);
  spdlog::warn("plugin '{}' says its instance is broken: it is made anew", plugin_->descriptor.id);
}

std::shared_ptr<Instance> Crew::release() {
  const std::unique_lock lock(making_, std::try_to_lock);
  if (!lock) return nullptr;  // a thread hangs in create(), and is left behind with it
  return std::move(current_);
}

void Crew::renounce() {
  const std::unique_lock lock(making_, std::try_to_lock);
  if (lock && current_) current_->break_down();
}

void Crew::cancel(std::shared_ptr<Instance> instance, std::uint64_t token) {
  const std::lock_guard lock(cancel_guard_);
  if (cancels_ended_ || cancels_.size() >= max_cancels) return;
  cancels_.emplace_back(std::move(instance), token);
  if (!cancelling_) {
    cancelling_ = true;
    std::thread([self = shared_from_this()] { self->serve_cancels(); }).detach();
  }
  cancel_wake_.notify_one();
}

void Crew::end_cancels() {
  const std::lock_guard lock(cancel_guard_);
  cancels_ended_ = true;
  cancels_.clear();
  cancel_wake_.notify_one();
}

void Crew::serve_cancels() {
  name_thread(plugin_->descriptor.id);
  for (;;) {
    std::pair<std::shared_ptr<Instance>, std::uint64_t> next;
    {
      std::unique_lock lock(cancel_guard_);
      cancel_wake_.wait(lock, [this] { return cancels_ended_ || !cancels_.empty(); });
      if (cancels_ended_) return;
      next = std::move(cancels_.front());
      cancels_.pop_front();
    }
    next.first->cancel(next.second);
  }
}

}  // namespace jackfield::lane
