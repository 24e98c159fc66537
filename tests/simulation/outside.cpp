#include "outside.hpp"

#include <algorithm>

namespace jackfield::simulation {

bool Lanes::give(lane::Task& task) {
  const std::string plugin = task.step.substr(0, task.step.find('.'));
  const auto waiting = std::count_if(given.begin(), given.end(), [&](const Given& one) {
    return !one.abandoned && one.task.step.starts_with(plugin + ".");
  });
  if (static_cast<std::size_t>(waiting) >= limit_) return false;
  fate_.at("before a task is given");
  trace_.line("give " + task.key + " " + task.step + " attempt " + std::to_string(task.attempt) + ", flight " +
              std::to_string(task.token));
  oracle_.given(task);
  given.push_back({std::move(task)});
  fate_.at("after a task is given");
  return true;
}

std::size_t Lanes::collect(std::vector<lane::Answer>& answers) {
  for (auto& one : arriving) {
    oracle_.collected(one.task, one.answer);
    answers.push_back(std::move(one.answer));
  }
  const std::size_t count = arriving.size();
  arriving.clear();
  if (count > 0) fate_.at("after answers are collected");
  return count;
}

void Lanes::abandon(std::uint64_t token) {
  trace_.line("give up flight " + std::to_string(token));
  oracle_.abandoned(token);   // even where its answer was lost
  const auto at = std::find_if(given.begin(), given.end(), [&](const auto& one) { return one.task.token == token; });
  if (at != given.end()) at->abandoned = true;
}

namespace {

class FatedReader final : public store::Reader {
 public:
  FatedReader(std::unique_ptr<store::Reader> reader, Fate& fate) : reader_(std::move(reader)), fate_(fate) {}

  std::optional<store::InstanceRow> instance(const std::string& id) override { return fates().instance(id); }
  std::vector<store::JournalRow> journal(const std::string& id) override { return fates().journal(id); }
  std::optional<store::InstanceRow> by_idempotency_key(const std::string& flow, const std::string& key) override {
    return fates().by_idempotency_key(flow, key);
  }
  std::vector<store::InstanceRow> list(const store::InstanceQuery& query) override { return fates().list(query); }
  std::vector<store::StateCount> counts() override { return reader_->counts(); }
  std::vector<std::string> busy(const std::string& after, std::size_t limit) override {
    return fates().busy(after, limit);
  }
  std::vector<store::Due> due(const store::Due& after, std::int64_t until_ms, std::size_t limit) override {
    return fates().due(after, until_ms, limit);
  }
  std::vector<std::string> stranded() override { return reader_->stranded(); }
  std::optional<store::AwaitRow> awaiting(const std::string& name, const std::string& correlation,
                                          const std::string& after) override {
    return fates().awaiting(name, correlation, after);
  }
  std::vector<store::EventRow> early(const std::string& name, const std::string& correlation) override {
    return fates().early(name, correlation);
  }
  std::optional<store::EventRow> event(const std::string& name, const std::string& id) override {
    return fates().event(name, id);
  }
  std::vector<store::EventRow> expired(std::int64_t now_ms, std::size_t limit) override {
    return fates().expired(now_ms, limit);
  }
  std::optional<store::DeadLetterRow> dead_letter(const std::string& id) override { return fates().dead_letter(id); }
  std::vector<store::DeadLetterRow> dead_letters(const std::string& after, std::size_t limit) override {
    return fates().dead_letters(after, limit);
  }
  std::int64_t dead_letter_count() override { return reader_->dead_letter_count(); }
  std::optional<store::DefinitionRow> definition(const std::string& hash) override { return reader_->definition(hash); }

 private:
  store::Reader& fates() {
    fate_.at_reading();
    return *reader_;
  }
  std::unique_ptr<store::Reader> reader_;
  Fate& fate_;
};

}  // namespace

std::unique_ptr<store::Reader> fated(std::unique_ptr<store::Reader> reader, Fate& fate) {
  return std::make_unique<FatedReader>(std::move(reader), fate);
}

}  // namespace jackfield::simulation
