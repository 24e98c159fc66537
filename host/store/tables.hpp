// The prepared writing statements of one connection, a Bulk a kind of row.
//
// Thread rule: the writer's. Errors: soci::soci_error; then the transaction must be rolled back and forget() called.
#pragma once

#include "store/dialect.hpp"
#include "store/journal.hpp"
#include "store/select.hpp"

namespace jackfield::store {

class Tables {
 public:
  Tables(soci::session& sql, const Dialect& dialect);

  /// Inside a transaction, as are the next two. Says in the plan whether updates tell who is at work.
  void write(const Batch& batch, Journal::Plan& plan);
  /// `unneeded`: rows of the log that go too where an instance goes, since they may have events of it.
  std::size_t prune(std::int64_t before_ms, std::size_t limit, const std::vector<std::int64_t>& unneeded);
  /// What a host that was killed left in the log goes into chunks.
  void empty_log();

  /// Drops rows that were prepared and not written.
  void forget();

 private:
  void write_definition(const DefinitionRow& row);
  /// False where an update met no instance.
  bool write_instances(const Batch& batch);
  void write_journal(Journal::Plan& plan);
  void rescue(std::vector<JournalRow> rows);
  void write_awaits(const Batch& batch);
  void write_events(const std::vector<EventRow>& rows);
  void write_dead_letters(const Batch& batch);

  Bulk& add(const Shape& shape);

  soci::session& sql_;
  const Dialect& dialect_;
  std::vector<std::unique_ptr<Bulk>> all_;  // the owner of those below
  Bulk &instances_, &updates_, &chunks_, &log_, &log_gone_, &numbers_, &awaits_, &awaits_gone_, &awaits_all_gone_,
      &events_, &dead_letters_, &dead_letters_gone_;
  std::vector<Bulk*> pruning_;              // each takes instance ids; the instances themselves last
};

}  // namespace jackfield::store
