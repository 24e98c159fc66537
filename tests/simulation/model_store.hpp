// The store's contract (host/store/store.hpp) in memory: tables as maps, a batch goes in whole or not at all.
//
// It is what most histories run on, and what the oracle looks at: it holds exactly what was committed. Where a history
// runs on SQLite the model is kept beside it, and both must hold the same.
//
// Thread rule: one thread.
#pragma once

#include "store/store.hpp"

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace jackfield::simulation {

struct Tables {
  using Await = std::tuple<std::string, std::string, std::string, std::uint32_t>;  // name, correlation, instance, token

  std::map<std::string, store::InstanceRow> instances;
  std::map<std::string, std::vector<store::JournalRow>> journal;
  std::map<std::pair<std::string, std::string>, std::string> keys;  // flow, idempotency key → instance
  std::map<Await, bool> awaits;
  std::map<std::pair<std::string, std::string>, store::EventRow> events;  // name, id
  std::map<std::string, store::DeadLetterRow> dead_letters;
  std::map<std::string, store::DefinitionRow> definitions;  // by hash
  std::uint64_t commits = 0;

  /// Throws StoreError (conflict), and then has changed nothing.
  void commit(const store::Batch& batch);

 private:
  void check(const store::Batch& batch) const;
  void define(store::DefinitionRow row);
  void move_awaits(const store::Batch& batch);
};

/// Every row as a line, in the order and form of the same question put to SQLite.
[[nodiscard]] std::string text_of(const Tables& tables);

/// Reads the tables as they stand at each call. They must outlive it.
[[nodiscard]] std::unique_ptr<store::Reader> read(const Tables& tables);

}  // namespace jackfield::simulation
