#include "lane/desk.hpp"

#include "lane/instance.hpp"

#include <algorithm>

namespace jackfield::lane {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto linger_for = std::chrono::milliseconds(2);  // an answer waits no longer for its batch's others
constexpr std::size_t bundle_bytes = 1u << 20;
constexpr std::size_t max_forgotten = 256;                 // then the instance is made anew, which frees them
constexpr std::size_t max_lent = 16;

// The place whose process() this thread is inside.
thread_local Place* at_work = nullptr;
thread_local const Desk* at_desk = nullptr;

std::string_view text_of(const jf_bytes& bytes) {
  return bytes.len == 0 ? std::string_view{}
                        : std::string_view{reinterpret_cast<const char*>(bytes.data), std::size_t(bytes.len)};
}

AnswerView failure(std::uint64_t token, std::int32_t status, std::string_view code, std::string_view text) {
  AnswerView answer;
  answer.token = token;
  answer.status = status;
  answer.code = code;
  answer.text = text;
  return answer;
}

// Reads a plugin's result, believing nothing but where its size and its pointers say it is.
AnswerView checked(std::uint64_t token, const jf_result* result) {
  if (result == nullptr || result->size < sizeof(jf_result))
    return failure(token, JF_FAIL, "BAD_RESULT",
                   "the plugin completed with a result that is missing or smaller than ABI 1.0's; build it again");
  if (result->status < JF_OK || result->status > JF_NOT_DONE || result->status == JF_PENDING)
    return failure(token, JF_FAIL, "BAD_STATUS", "the plugin completed with a status that abi.h does not have");
  if (result->output.len > max_output_bytes)
    return failure(token, JF_FAIL, "OUTPUT_TOO_LARGE", "the step's output is over 16 MiB; store it and pass its name");
  AnswerView answer = failure(token, result->status, text_of(result->code), text_of(result->text));
  answer.retry_after_ms = result->retry_after_ms;
  answer.output = text_of(result->output);
  return answer;
}

std::int64_t since_us(Clock::time_point begun) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun).count();
}

}  // namespace

Desk::Desk(zmq::context_t& context, std::string address, Fittings fittings)
    : context_(context), address_(std::move(address)), fittings_(std::move(fittings)) {}

void Desk::identify(zmq::socket_t& socket) {
  if (fittings_.identity.empty()) return;
  socket.set(zmq::sockopt::routing_id, fittings_.identity + "." + std::to_string(++sockets_));
}

void Desk::begin(Place& place, const std::shared_ptr<Batch>& batch) {
  const std::int64_t now_ms = fittings_.now_ms();
  const std::lock_guard lock(guard_);
  batch->begun = place.sent = Clock::now();
  batch->in_process = true;
  std::int64_t last_ms = 0;
  bool limited = true;
  for (const jf_task& task : batch->tasks) {
    const bool dropped = early_.erase(task.token) > 0;
    if (dropped || (task.deadline_ms > 0 && task.deadline_ms < now_ms)) {
      place.answers.add(failure(task.token, JF_RETRY, "NOT_BEGUN", "cancelled or past its deadline before it began"));
      continue;
    }
    owed_[task.token] = Owed{batch, task.deadline_ms};
    batch->wanted.push_back(&task);
    last_ms = std::max(last_ms, task.deadline_ms);
    limited = limited && task.deadline_ms > 0;
  }
  batch->unanswered = batch->wanted.size();
  place.batch = batch;
  place.busy = true;
  place.busy_until_ms = limited ? last_ms : 0;
  at_work = &place;
  at_desk = this;
}

void Desk::assign(Batch& batch, const std::shared_ptr<Instance>& instance) {
  const std::lock_guard lock(guard_);
  batch.instance = instance;
  batch.maker = instance.get();
}

bool Desk::settle(Place& place, const std::shared_ptr<Batch>& batch, std::int32_t status,
                  const AnswerView& otherwise) {
  at_work = nullptr;
  at_desk = nullptr;
  const std::lock_guard lock(guard_);
  batch->in_process = false;
  if (status != JF_PENDING && (batch->unanswered > 0 || place.lost)) {
    for (const jf_task* task : batch->wanted) {
      const auto owed = owed_.find(task->token);
      if (owed == owed_.end()) continue;
      if (owed->second.forgotten) {
        --forgotten_;
      } else {
        AnswerView answer = otherwise;
        answer.token = task->token;
        answer.took_us = since_us(batch->begun);
        place.answers.add(answer);
      }
      owed_.erase(owed);
    }
  }
  place.batch.reset();
  if (place.lost) return false;
  place.busy = false;
  send(place);
  return true;
}

void Desk::busy(Place& place, std::int64_t until_ms) {
  const std::lock_guard lock(guard_);
  place.busy = true;
  place.busy_until_ms = until_ms;
}

bool Desk::idle(Place& place) {
  const std::lock_guard lock(guard_);
  place.busy = false;
  return !place.lost;
}

// Under the mutex. Gives the batch up for freeing outside of it; `wanted` is false where the host no longer waits.
std::shared_ptr<Batch> Desk::claim(std::uint64_t token, bool& wanted) {
  const auto owed = owed_.find(token);
  wanted = owed != owed_.end() && !owed->second.forgotten;
  if (!wanted) ++late_;
  if (owed == owed_.end()) return nullptr;
  auto batch = std::move(owed->second.batch);
  if (owed->second.forgotten) --forgotten_;
  else --batch->unanswered;
  owed_.erase(owed);
  return batch;
}

void Desk::complete(std::uint64_t token, const jf_result* result) {
  AnswerView answer = checked(token, result);
  std::shared_ptr<Batch> batch;        // freed after the mutex
  std::shared_ptr<Instance> instance;
  {
    const std::lock_guard lock(guard_);
    bool wanted = false;
    batch = claim(token, wanted);
    if (batch && answer.status == JF_BROKEN) instance = batch->instance.lock();
    if (instance) instance->break_down();
    if (!wanted) return;
    if (answer.status == JF_BROKEN) answer.status = JF_RETRY;
    answer.took_us = since_us(batch->begun);
    if (at_desk == this && !at_work->lost) {
      at_work->answers.add(answer);
      if (at_work->answers.bytes() >= bundle_bytes || at_work->answers.count() >= max_answers ||
          Clock::now() - at_work->sent >= linger_for)
        send(*at_work);
      return;
    }
  }
  Bundle alone;
  alone.add(answer);
  send_from_anywhere(alone.take());
}

bool Desk::cancelled(std::uint64_t token) {
  const std::int64_t now_ms = fittings_.now_ms();
  const std::lock_guard lock(guard_);
  const auto owed = owed_.find(token);
  if (owed == owed_.end() || owed->second.cancelled || owed->second.forgotten) return true;
  return owed->second.deadline_ms > 0 && now_ms > owed->second.deadline_ms;
}

std::shared_ptr<Instance> Desk::cancel(std::uint64_t token) {
  const std::lock_guard lock(guard_);
  const auto owed = owed_.find(token);
  if (owed == owed_.end()) {
    early_.insert(token);
    return nullptr;
  }
  owed->second.cancelled = true;
  return owed->second.batch->instance.lock();
}

void Desk::uncancel(std::uint64_t token) {
  const std::lock_guard lock(guard_);
  early_.erase(token);
}

bool Desk::write_off(std::uint64_t token) {
  std::shared_ptr<Instance> instance;  // let go of after the mutex: its end may come back here
  const std::lock_guard lock(guard_);
  const auto owed = owed_.find(token);
  if (owed == owed_.end() || owed->second.forgotten || owed->second.batch->in_process) return false;
  owed->second.forgotten = true;
  --owed->second.batch->unanswered;
  if (++forgotten_ <= max_forgotten) return true;
  instance = owed->second.batch->instance.lock();
  if (instance) instance->break_down();
  return true;
}

std::optional<Seized> Desk::seize(Place& place, bool anyhow) {
  const std::int64_t now_ms = fittings_.now_ms();
  const std::lock_guard lock(guard_);
  if (!place.busy || place.lost) return std::nullopt;
  const bool hung = place.busy_until_ms > 0 && now_ms > place.busy_until_ms + fittings_.grace_ms;
  if (!hung && !anyhow) return std::nullopt;
  place.lost = true;
  if (place.batch) {
    for (const jf_task* task : place.batch->wanted) {
      const auto owed = owed_.find(task->token);
      if (owed == owed_.end() || owed->second.forgotten) continue;
      owed->second.forgotten = true;
      ++forgotten_;
      --place.batch->unanswered;
      place.answers.add(failure(task->token, JF_UNKNOWN, "TIMEOUT",
                                "the plugin was still at it when its deadline and the grace after it had passed"));
    }
  }
  Seized seized{std::move(place.socket), std::nullopt};
  if (place.answers.count() > 0) seized.answers = place.answers.take();
  return seized;
}

void Desk::sweep(const Instance* instance) {
  std::vector<std::shared_ptr<Batch>> freed;  // after the mutex
  std::vector<zmq::message_t> messages;
  {
    Bundle answers;
    const std::lock_guard lock(guard_);
    for (auto owed = owed_.begin(); owed != owed_.end();) {
      if (owed->second.batch->maker != instance) {
        ++owed;
        continue;
      }
      if (owed->second.forgotten) --forgotten_;
      else
        answers.add(failure(owed->first, JF_UNKNOWN, "PLUGIN_BROKEN",
                            "the plugin's instance was ended before it answered: its effect may have happened"));
      if (answers.count() == max_answers) messages.push_back(answers.take());
      freed.push_back(std::move(owed->second.batch));
      owed = owed_.erase(owed);
    }
    if (answers.count() > 0) messages.push_back(answers.take());
  }
  for (auto& message : messages) send_from_anywhere(std::move(message));
}

// Under the mutex, on the place's own thread.
void Desk::send(Place& place) {
  place.sent = Clock::now();
  if (place.answers.count() == 0) return;
  auto message = place.answers.take();
  if (!closed_) (void)place.socket->send(message, zmq::send_flags::dontwait);
}

// Sockets are lent out and come back: a thread of a plugin may come once, or never end.
void Desk::send_from_anywhere(zmq::message_t message) {
  std::unique_ptr<zmq::socket_t> socket;
  try {
    {
      const std::lock_guard lock(guard_);
      if (closed_) return;
      if (!lent_.empty()) {
        socket = std::move(lent_.back());
        lent_.pop_back();
      } else {
        socket = std::make_unique<zmq::socket_t>(context_, zmq::socket_type::dealer);
        socket->set(zmq::sockopt::linger, 0);
        socket->set(zmq::sockopt::sndhwm, 0);
        identify(*socket);
        socket->connect(address_);
      }
    }
    (void)socket->send(message, zmq::send_flags::dontwait);
    const std::lock_guard lock(guard_);
    if (!closed_ && lent_.size() < max_lent) lent_.push_back(std::move(socket));
  } catch (const zmq::error_t&) {
    // The context is being ended: nobody waits for this answer any more.
  }
}

void Desk::close() {
  std::vector<std::unique_ptr<zmq::socket_t>> lent;
  const std::lock_guard lock(guard_);
  closed_ = true;
  lent.swap(lent_);
}

}  // namespace jackfield::lane
