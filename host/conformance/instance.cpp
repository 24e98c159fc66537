#include "conformance/instance.hpp"

#include "conformance/calls.hpp"

#include <cstring>
#include <stdexcept>

namespace jackfield::conformance {
namespace {

template <class Function>
auto held(const char* name, const Function& function) {
  try {
    return function();
  } catch (const std::exception& error) {
    throw std::runtime_error(std::string(name) + "() threw across the interface: " + error.what());
  } catch (...) {
    throw std::runtime_error(std::string(name) + "() threw across the interface");
  }
}

// "{data_dir}/finance": where the host names its folders, the check names the trial's.
void place(nlohmann::json& value, const std::string& data_dir, const std::string& config_dir) {
  if (value.is_structured())
    for (auto& inner : value) place(inner, data_dir, config_dir);
  if (!value.is_string()) return;
  auto& text = value.get_ref<std::string&>();
  for (const auto& [mark, folder] : {std::pair<std::string, const std::string&>{"{data_dir}", data_dir},
                                     {"{config_dir}", config_dir}})
    if (text.starts_with(mark)) text = folder + text.substr(mark.size());
}

std::string settings_of(const Subject& subject, const std::string& data_dir) {
  nlohmann::json settings = subject.settings;
  place(settings, data_dir, subject.config_dir);
  return packed(settings);
}

}  // namespace

Instance::Instance(const jf_plugin* table, const Subject& subject, Trial& trial, bool strict)
    : table_(table),
      strict_(strict),
      settings_(settings_of(subject, trial.folder())),
      witness_(std::make_unique<Witness>(
          Witness::Place{subject.descriptor.id, trial.folder(), subject.config_dir}, strict)) {}

Instance::~Instance() {
  try {
    if (state_ == State::made) stop();
    if (state_ == State::stopped) destroy();
  } catch (const std::exception&) {  // NOLINT: the check that looks at them calls them itself
  }
}

Instance::Made Instance::make(const std::string& settings) {
  Loan loan(settings.size(), strict_);
  if (!settings.empty()) std::memcpy(loan.bytes().data(), settings.data(), settings.size());
  const jf_bytes bytes{settings.empty() ? nullptr : loan.bytes().data(), settings.size()};
  jf_error error{sizeof(jf_error), JF_FAIL, {}};
  Made made;
  made.status = held("create", [&] { return table_->create(witness_->table(), bytes, &self_, &error); });
  loan.take_back();
  if (made.status == JF_OK) state_ = State::made;
  else made.text = text_of(error.text);
  return made;
}

void Instance::make() {
  const Made made = make(settings_);
  if (made.status != JF_OK) throw std::runtime_error("create() refused the settings: " + made.text);
}

std::int32_t Instance::process(std::span<Task* const> tasks) {
  Loan loan(tasks.size() * sizeof(jf_task*), strict_);
  auto* const places = reinterpret_cast<const jf_task**>(loan.bytes().data());
  for (std::size_t i = 0; i < tasks.size(); ++i) places[i] = tasks[i]->lent;
  return held("process", [&] { return table_->process(self_, places, tasks.size()); });
}

std::vector<Task*> Instance::begin(std::span<const Call> calls) {
  std::vector<Task*> tasks;
  for (const auto& call : calls) tasks.push_back(witness_->lend(call));
  (void)process(tasks);
  return tasks;
}

void Instance::cancel(const Task& task) {
  witness_->mark_cancelled(task);
  cancel(task.token);
}

void Instance::cancel(std::uint64_t token) {
  if (can_cancel()) held("cancel", [&] { table_->cancel(self_, token); });
}

void Instance::stop() {
  held("stop", [&] { table_->stop(self_); });
  state_ = State::stopped;
  witness_->enter(Witness::stopped);
}

void Instance::destroy() {
  state_ = State::none;
  held("destroy", [&] { table_->destroy(self_); });
  witness_->enter(Witness::destroyed);
}

}  // namespace jackfield::conformance
