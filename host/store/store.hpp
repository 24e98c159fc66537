// The durable store: journal, instances, awaited and early events, dead letters, definitions.
//
// One Store writes, one batch a transaction; nothing it was given may leave the host before commit() returned.
// Readers are separate, read-only connections. SQLite and PostgreSQL are two dialects of one implementation (SOCI).
//
// Tables and columns are on disk for ever: see host/docs/decisions. `schema_version` in table `meta`; a store made by
// a newer host is refused with what was found and expected.
//
// Thread rule: a Store or Reader belongs to one thread at a time. Bytes are owned by the batch.
#pragma once

#include "store/rows.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace jackfield::store {

/// What a store says when it cannot: busy and full are worth another try, the rest is not. conflict: a row that must
/// be new is there already (an idempotency key, an instance, a journal line).
class StoreError : public std::runtime_error {
 public:
  enum class Kind { busy, full, io, corrupt, schema, conflict, other };
  StoreError(Kind what, const std::string& text) : std::runtime_error(text), kind(what) {}
  Kind kind;
};

class Store {
 public:
  virtual ~Store() = default;

  /// One transaction. Throws StoreError; then nothing of the batch is in the store.
  virtual void commit(const Batch& batch) = 0;

  /// Deletes ended instances last updated before `before` (with journal, numbers, claimed events), at most `limit`;
  /// returns how many went.
  virtual std::size_t prune(std::int64_t before_ms, std::size_t limit) = 0;
};

class Reader {
 public:
  virtual ~Reader() = default;

  [[nodiscard]] virtual std::optional<InstanceRow> instance(const std::string& id) = 0;
  [[nodiscard]] virtual std::vector<JournalRow> journal(const std::string& id) = 0;
  [[nodiscard]] virtual std::optional<InstanceRow> by_idempotency_key(const std::string& flow, const std::string& key)
      = 0;
  /// Newest first (by id, which is a ULID).
  [[nodiscard]] virtual std::vector<InstanceRow> list(const InstanceQuery& query) = 0;
  /// How many instances of each flow and state there are.
  [[nodiscard]] virtual std::vector<StateCount> counts() = 0;

  /// Instances to be at work at start: `wake` is busy.
  [[nodiscard]] virtual std::vector<std::string> busy(const std::string& after, std::size_t limit) = 0;
  /// Instances whose wake_at is at or before `until`, soonest first, of one time by id; only those after `after`.
  [[nodiscard]] virtual std::vector<Due> due(const Due& after, std::int64_t until_ms, std::size_t limit) = 0;
  /// Ids that have not ended and have no reason to wake. Always empty: promise 8.
  [[nodiscard]] virtual std::vector<std::string> stranded() = 0;

  /// The first that waits for it, by instance; with `after`, the first of a later instance.
  [[nodiscard]] virtual std::optional<AwaitRow> awaiting(const std::string& name, const std::string& correlation,
                                                         const std::string& after = {}) = 0;
  /// Early events nobody has claimed, oldest first.
  [[nodiscard]] virtual std::vector<EventRow> early(const std::string& name, const std::string& correlation) = 0;
  [[nodiscard]] virtual std::optional<EventRow> event(const std::string& name, const std::string& id) = 0;
  [[nodiscard]] virtual std::vector<EventRow> expired(std::int64_t now_ms, std::size_t limit) = 0;

  [[nodiscard]] virtual std::optional<DeadLetterRow> dead_letter(const std::string& id) = 0;
  [[nodiscard]] virtual std::vector<DeadLetterRow> dead_letters(const std::string& after, std::size_t limit) = 0;
  [[nodiscard]] virtual std::int64_t dead_letter_count() = 0;

  [[nodiscard]] virtual std::optional<DefinitionRow> definition(const std::string& hash) = 0;
};

struct Options {
  std::string url;                     // sqlite3:///abs/or/rel/path.db or postgresql://user@host:port/db
  std::chrono::milliseconds busy_timeout{5000};
  /// What whoever runs the host should read of the files: a conversion, a write let go of, damage met by a reader.
  std::function<void(const std::string&)> say{};
};

/// Opens (and makes, on first use) the store: tables, pragmas (WAL, synchronous=FULL, foreign keys off).
/// Throws StoreError: what was found, expected, what to do. SQLite is locked for this process alone.
[[nodiscard]] std::unique_ptr<Store> open(const Options& options);
/// A read-only connection to a store that open() has made.
[[nodiscard]] std::unique_ptr<Reader> open_reader(const Options& options);

}  // namespace jackfield::store
