// The engine's reader: a store that is away is waited for, as the writer waits for it; nothing is known without it.
//
// While it waits it says so, several times a second, to whoever then refuses what comes in. Once it is told to stop it
// waits no more, and gives the store's own error.
//
// Thread rule: the engine's thread; it blocks there. Errors: those of the store that do not pass by themselves.
#pragma once

#include "store/store.hpp"

#include <functional>

namespace jackfield::engine {

class PatientReader final : public store::Reader {
 public:
  /// `away` is called again and again while the store is; false ends the waiting.
  PatientReader(store::Reader& reader, std::function<bool()> away) : reader_(reader), away_(std::move(away)) {}

  std::optional<store::InstanceRow> instance(const std::string& id) override;
  std::vector<store::JournalRow> journal(const std::string& id) override;
  std::optional<store::InstanceRow> by_idempotency_key(const std::string& flow, const std::string& key) override;
  std::vector<store::InstanceRow> list(const store::InstanceQuery& query) override;
  std::vector<store::StateCount> counts() override;
  std::vector<std::string> busy(const std::string& after, std::size_t limit) override;
  std::vector<store::Due> due(const store::Due& after, std::int64_t until_ms, std::size_t limit) override;
  std::vector<std::string> stranded() override;
  std::optional<store::AwaitRow> awaiting(const std::string& name, const std::string& correlation,
                                          const std::string& after) override;
  std::vector<store::EventRow> early(const std::string& name, const std::string& correlation) override;
  std::optional<store::EventRow> event(const std::string& name, const std::string& id) override;
  std::vector<store::EventRow> expired(std::int64_t now_ms, std::size_t limit) override;
  std::optional<store::DeadLetterRow> dead_letter(const std::string& id) override;
  std::vector<store::DeadLetterRow> dead_letters(const std::string& after, std::size_t limit) override;
  std::int64_t dead_letter_count() override;
  std::optional<store::DefinitionRow> definition(const std::string& hash) override;

 private:
  template <class Question>
  auto ask(Question question);

  store::Reader& reader_;
  std::function<bool()> away_;
};

}  // namespace jackfield::engine
