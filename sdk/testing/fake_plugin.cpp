#include "fake_state.hpp"

#include <stdexcept>

#include <jackfield/json.hpp>

namespace jackfield::testing {

namespace {

constexpr auto patience = std::chrono::seconds(10);

jf_bytes borrow(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

std::string text(jf_bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data), static_cast<std::size_t>(bytes.len)};
}

}  // namespace

std::string to_msgpack(const std::string& json) { return json_to_msgpack(json); }
std::string from_msgpack(std::string_view packed) { return json_text(unpack(packed).get()); }

FakeHost::State& Plugin::State::fake() const { return *host->state_; }

Plugin::Plugin(FakeHost& host, const jf_plugin* table, std::shared_ptr<void> library, const std::string& settings_json)
    : state_(std::make_unique<State>()) {
  state_->host = &host;
  state_->table = table;
  state_->library = std::move(library);
  const auto described = descriptor();
  state_->id = described.at("id");
  state_->callbacks = make_callbacks(state_.get());
  const auto settings = complete_settings(described.at("settings"), nlohmann::json::parse(settings_json));
  const std::string packed = to_msgpack(settings.dump());
  jf_error error{};
  error.size = sizeof error;
  const std::int32_t status = table->create(&state_->callbacks, borrow(packed), &state_->instance, &error);
  if (status != JF_OK) throw std::runtime_error(text(error.text));
}

Plugin::Plugin(Plugin&&) noexcept = default;

Plugin::~Plugin() {
  if (!state_ || !state_->table) return;
  stop();
  state_->table->destroy(state_->instance);
}

Entry& Plugin::State::add(const Call& call) {
  auto entry = std::make_unique<Entry>();
  entry->call = call;
  entry->packed = to_msgpack(call.input);
  jf_task& task = entry->task;
  task.size = sizeof task;
  task.attempt = call.ask.attempt;
  task.step = borrow(entry->call.step);
  task.instance = borrow(entry->call.ask.instance);
  task.flow = borrow(entry->call.ask.flow);
  task.key = borrow(entry->call.ask.key);
  task.input = borrow(entry->packed);
  if (call.ask.timeout.count()) task.deadline_ms = (host->now + call.ask.timeout).time_since_epoch().count();
  const std::lock_guard lock(fake().mutex);
  task.token = ++fake().token_last;
  given.push_back(task.token);
  return *(fake().tasks[task.token] = std::move(entry));
}

void Plugin::State::process(const std::vector<const Entry*>& entries) {
  if (is_stopped) throw std::logic_error("process() after stop()");
  std::vector<const jf_task*> tasks;
  for (const Entry* entry : entries) tasks.push_back(&entry->task);
  const std::int32_t status = table->process(instance, tasks.data(), tasks.size());
  if (status != JF_OK && status != JF_PENDING) {
    throw std::logic_error("process() returned " + std::to_string(status) + ", expected JF_OK or JF_PENDING");
  }
  const std::lock_guard lock(fake().mutex);
  if (!fake().faults.empty()) throw std::logic_error(std::exchange(fake().faults, {}).front());
  for (const Entry* entry : entries) {
    if (status == JF_OK && entry->answers != 1) {
      throw std::logic_error("process() returned JF_OK, but step " + entry->call.step + " was not answered");
    }
  }
}

std::vector<Answer> Plugin::call_batch(const std::vector<Call>& calls) {
  std::vector<const Entry*> entries;
  for (const auto& call : calls) entries.push_back(&state_->add(call));
  state_->process(entries);
  std::vector<Answer> answers;
  for (const Entry* entry : entries) answers.push_back(wait(entry->task.token));
  return answers;
}

Answer Plugin::call(const std::string& step, const std::string& input_json, const Ask& ask) {
  return call_batch({{step, input_json, ask}}).front();
}

std::uint64_t Plugin::start(const std::string& step, const std::string& input_json, const Ask& ask) {
  const Entry& entry = state_->add({step, input_json, ask});
  state_->process({&entry});
  return entry.task.token;
}

Answer Plugin::wait(std::uint64_t token) {
  auto& fake = state_->fake();
  std::unique_lock lock(fake.mutex);
  const Entry& entry = *fake.tasks.at(token);
  if (!fake.answered.wait_for(lock, patience, [&] { return entry.answers > 0; })) {
    throw std::logic_error("step " + entry.call.step + " was not answered within ten seconds");
  }
  return entry.answer;
}

Answer Plugin::look(std::uint64_t token) const {
  auto& fake = state_->fake();
  const std::lock_guard lock(fake.mutex);
  return fake.tasks.at(token)->answer;
}

void Plugin::cancel(std::uint64_t token) {
  {
    const std::lock_guard lock(state_->fake().mutex);
    state_->fake().tasks.at(token)->is_cancelled = true;
  }
  if (state_->table->cancel) state_->table->cancel(state_->instance, token);
}

void Plugin::stop() {
  if (std::exchange(state_->is_stopped, true)) return;
  state_->table->stop(state_->instance);
  const std::lock_guard lock(state_->fake().mutex);
  for (const auto token : state_->given) {
    const Entry& entry = *state_->fake().tasks.at(token);
    if (entry.answers == 0) state_->fake().faults.push_back("step " + entry.call.step + " was never answered");
  }
}

nlohmann::json Plugin::descriptor() const { return nlohmann::json::parse(text(state_->table->descriptor)); }
const jf_plugin* Plugin::table() const { return state_->table; }

}  // namespace jackfield::testing
