#include "engine/patient_reader.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace jackfield::engine {

namespace {

constexpr std::chrono::milliseconds slice{50};
constexpr int slices_most = 20;  // between two tries

bool passes(store::StoreError::Kind kind) {
  using Kind = store::StoreError::Kind;
  return kind == Kind::busy || kind == Kind::full || kind == Kind::io;
}

}  // namespace

template <class Question>
auto PatientReader::ask(Question question) {
  for (int tries = 1;; ++tries) {
    try {
      auto answer = question();
      if (tries > 2) spdlog::info("the store can be read again");
      return answer;
    } catch (const store::StoreError& error) {
      if (!passes(error.kind)) throw;
      if (tries == 2 || tries % 60 == 0) spdlog::error("the store cannot be read, tried again until it can: {}", error.what());
      // The first failure is most often a connection that broke meanwhile: the next try has a new one.
      for (int i = 1; i < tries && i <= slices_most; ++i) {
        if (!away_()) throw;
        std::this_thread::sleep_for(slice);
      }
    }
  }
}

std::optional<store::InstanceRow> PatientReader::instance(const std::string& id) {
  return ask([&] { return reader_.instance(id); });
}

std::vector<store::JournalRow> PatientReader::journal(const std::string& id) {
  return ask([&] { return reader_.journal(id); });
}

std::optional<store::InstanceRow> PatientReader::by_idempotency_key(const std::string& flow, const std::string& key) {
  return ask([&] { return reader_.by_idempotency_key(flow, key); });
}

std::vector<store::InstanceRow> PatientReader::list(const store::InstanceQuery& query) {
  return ask([&] { return reader_.list(query); });
}

std::vector<store::StateCount> PatientReader::counts() {
  return ask([&] { return reader_.counts(); });
}

std::vector<std::string> PatientReader::busy(const std::string& after, std::size_t limit) {
  return ask([&] { return reader_.busy(after, limit); });
}

std::vector<store::Due> PatientReader::due(const store::Due& after, std::int64_t until_ms, std::size_t limit) {
  return ask([&] { return reader_.due(after, until_ms, limit); });
}

std::vector<std::string> PatientReader::stranded() {
  return ask([&] { return reader_.stranded(); });
}

std::optional<store::AwaitRow> PatientReader::awaiting(const std::string& name, const std::string& correlation,
                                                       const std::string& after) {
  return ask([&] { return reader_.awaiting(name, correlation, after); });
}

std::vector<store::EventRow> PatientReader::early(const std::string& name, const std::string& correlation) {
  return ask([&] { return reader_.early(name, correlation); });
}

std::optional<store::EventRow> PatientReader::event(const std::string& name, const std::string& id) {
  return ask([&] { return reader_.event(name, id); });
}

std::vector<store::EventRow> PatientReader::expired(std::int64_t now_ms, std::size_t limit) {
  return ask([&] { return reader_.expired(now_ms, limit); });
}

std::optional<store::DeadLetterRow> PatientReader::dead_letter(const std::string& id) {
  return ask([&] { return reader_.dead_letter(id); });
}

std::vector<store::DeadLetterRow> PatientReader::dead_letters(const std::string& after, std::size_t limit) {
  return ask([&] { return reader_.dead_letters(after, limit); });
}

std::int64_t PatientReader::dead_letter_count() {
  return ask([&] { return reader_.dead_letter_count(); });
}

std::optional<store::DefinitionRow> PatientReader::definition(const std::string& hash) {
  return ask([&] { return reader_.definition(hash); });
}

}  // namespace jackfield::engine
