#include "conformance/witness.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>

namespace jackfield::conformance {
namespace {

constexpr std::uint64_t token_gap = 0x1'0000'0001;  // a plugin that counts, cuts or flips a bit meets no other token
constexpr std::size_t faults_most = 64;

Witness& witness_of(void* self) { return *static_cast<Witness*>(self); }

/// The task and every text it points to, in one piece that can be taken back.
std::unique_ptr<Loan> lent(const Call& call, std::uint64_t token, bool strict, const jf_task*& task) {
  const std::string instance = "check", flow = "check";
  const std::string* const texts[] = {&call.step, &instance, &flow, &call.key, &call.input};
  std::size_t size = sizeof(jf_task);
  for (const auto* text : texts) size += text->size();
  auto loan = std::make_unique<Loan>(size, strict);
  jf_task made{};
  made.size = sizeof made;
  made.attempt = call.attempt;
  made.token = token;
  made.deadline_ms = call.deadline_ms;
  jf_bytes* const places[] = {&made.step, &made.instance, &made.flow, &made.key, &made.input};
  auto* at = loan->bytes().data() + sizeof made;
  for (std::size_t i = 0; i < std::size(texts); ++i) {
    if (!texts[i]->empty()) std::memcpy(at, texts[i]->data(), texts[i]->size());
    *places[i] = {texts[i]->empty() ? nullptr : at, texts[i]->size()};
    at += texts[i]->size();
  }
  std::memcpy(loan->bytes().data(), &made, sizeof made);
  task = reinterpret_cast<const jf_task*>(loan->bytes().data());
  return loan;
}

}  // namespace

std::string status_word(std::int32_t status) {
  static constexpr const char* words[] = {"OK", "PENDING", "RETRY", "REJECT", "FAIL", "UNKNOWN", "BROKEN"};
  return status >= JF_OK && status <= JF_BROKEN ? words[status] : std::to_string(status);
}

Witness::Witness(Place place, bool strict) : place_(std::move(place)), strict_(strict) {
  table_ = {sizeof(jf_host), JF_ABI_MINOR, this, complete, log, metric, now_ms, cancelled, property};
}

Task* Witness::lend(const Call& call) {
  auto task = std::make_unique<Task>();
  task->call = call;
  const std::lock_guard lock(guard_);
  task->token = last_ += token_gap;
  task->loan = lent(task->call, task->token, strict_, task->lent);
  return (tasks_[task->token] = std::move(task)).get();
}

void Witness::mark_cancelled(const Task& task) {
  const std::lock_guard lock(guard_);
  tasks_.at(task.token)->call.cancelled = true;
}

bool Witness::wait(std::span<Task* const> tasks, std::chrono::milliseconds limit) {
  std::unique_lock lock(guard_);
  return answered_.wait_for(lock, limit, [&] {
    return std::all_of(tasks.begin(), tasks.end(), [](const Task* task) { return task->answers > 0; });
  });
}

Answer Witness::answer(const Task& task) const {
  const std::lock_guard lock(guard_);
  return task.answer;
}

std::vector<const Task*> Witness::unanswered() const {
  const std::lock_guard lock(guard_);
  std::vector<const Task*> all;
  for (const auto& [token, task] : tasks_)
    if (task->answers == 0) all.push_back(task.get());
  return all;
}

std::vector<Fault> Witness::faults() const {
  const std::lock_guard lock(guard_);
  return faults_;
}

void Witness::forget() {
  const std::lock_guard lock(guard_);
  tasks_.clear();
}

// Under the mutex.
void Witness::blame(Fault::Kind kind, std::string text) {
  if (faults_.size() < faults_most) faults_.push_back({kind, std::move(text)});
}

void Witness::note_use(const char* function) {
  if (phase_ != destroyed) return;
  const std::lock_guard lock(guard_);
  blame(Fault::after_destroy, std::string(function) + "() called after destroy() had returned");
}

void Witness::take(std::uint64_t token, const jf_result* result) {
  const std::lock_guard lock(guard_);
  const auto found = tasks_.find(token);
  if (phase_ == stopped) blame(Fault::after_stop, "an answer after stop() had returned");
  if (found == tasks_.end())
    return blame(Fault::foreign, "an answer for token " + std::to_string(token) + ", which was never given out");
  Task& task = *found->second;
  if (++task.answers > 1) {
    blame(Fault::twice, "step " + task.call.step + " was answered " + std::to_string(task.answers) +
                            " times, for one token");
    return;
  }
  constexpr std::size_t needed = offsetof(jf_result, text) + sizeof(result->text);
  task.by = std::this_thread::get_id();
  if (result == nullptr || result->size < needed) {
    task.answer.status = JF_FAIL;
    blame(Fault::malformed, "step " + task.call.step + " was answered with " +
                                (result == nullptr ? std::string("no jf_result")
                                                   : "a jf_result of size " + std::to_string(result->size)));
  } else {
    task.answer = {result->status, text_of(result->output), text_of(result->code), text_of(result->text)};
  }
  task.loan->take_back();
  answered_.notify_all();
}

void Witness::complete(void* self, std::uint64_t token, const jf_result* result) {
  witness_of(self).note_use("complete");
  witness_of(self).take(token, result);
}

void Witness::log(void* self, std::int32_t, jf_bytes text, jf_bytes fields) {
  witness_of(self).note_use("log");
  (void)text_of(text);
  (void)text_of(fields);
}

void Witness::metric(void* self, std::int32_t, jf_bytes name, jf_bytes labels, double) {
  witness_of(self).note_use("metric");
  (void)text_of(name);
  (void)text_of(labels);
}

std::int64_t Witness::now_ms(void*) {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::int32_t Witness::cancelled(void* self, std::uint64_t token) {
  auto& witness = witness_of(self);
  witness.note_use("cancelled");
  const std::lock_guard lock(witness.guard_);
  const auto found = witness.tasks_.find(token);
  if (found == witness.tasks_.end()) return 1;
  const Call& call = found->second->call;
  return call.cancelled || (call.deadline_ms != 0 && now_ms(nullptr) >= call.deadline_ms) ? 1 : 0;
}

std::int64_t Witness::property(void* self, jf_bytes name, std::uint8_t* buffer, std::uint64_t capacity) {
  auto& witness = witness_of(self);
  witness.note_use("property");
  const std::string asked = text_of(name);
  const Place& place = witness.place_;
  std::optional<std::string> value;
  if (asked == "data_dir") value = place.data_dir;
  if (asked == "config_dir") value = place.config_dir;
  if (asked == "zone") value = place.zone;
  if (asked == "plugin_id") value = place.plugin_id;
  if (asked == "store_url") value = "sqlite3://" + place.data_dir + "/jackfield.db";
  if (!value) return -1;
  if (buffer != nullptr) std::memcpy(buffer, value->data(), std::min<std::size_t>(capacity, value->size()));
  return static_cast<std::int64_t>(value->size());
}

}  // namespace jackfield::conformance
