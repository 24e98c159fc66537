// The one writer: a batch becomes a transaction.
//
// On PostgreSQL a commit whose answer was lost with its connection may or may not have happened. Every transaction
// therefore moves a mark in `meta` from this writer's last one to the next: after connecting again the mark says
// which, and a writer whose mark is gone knows that another host took the store over. A batch that is committed again
// because its answer was lost is recognised: where it is stored, committing it again does nothing.
#include "store/dialect.hpp"
#include "store/schema.hpp"
#include "store/tables.hpp"

#include <optional>
#include <random>
#include <string>
#include <utility>

namespace jackfield::store {
namespace {

/// Of a row that is in no other batch, and how much is with it.
std::string name_of(const Batch& batch) {
  std::string name;
  if (!batch.journal.empty()) {
    name = batch.journal.front().instance + "." + std::to_string(batch.journal.front().seq);
  } else if (!batch.events.empty()) {
    name = batch.events.front().name + "/" + batch.events.front().id;
  } else if (!batch.dead_letters.empty()) {
    name = batch.dead_letters.front().id;
  } else if (!batch.definitions.empty()) {
    name = batch.definitions.front().hash;
  }
  for (const std::size_t rows : {batch.journal.size(), batch.instances.size(), batch.updates.size(), batch.events.size(),
                                 batch.awaits_added.size(), batch.awaits_removed.size(), batch.dead_letters.size()}) {
    name += ":" + std::to_string(rows);
  }
  return name;
}

class Writer final : public Store {
 public:
  explicit Writer(const Options& options) : dialect_(dialect(options)), epoch_(std::random_device{}()) {
    guarded("open it", [&] {
      connect();
      prepare_schema(*sql_, *dialect_);
      if (dialect_->remote()) claim();
      tables_ = std::make_unique<Tables>(*sql_, *dialect_);
    });
    transaction("open it", {}, [&] { tables_->empty_log(); });
  }

  void commit(const Batch& batch) override {
    if (batch.empty()) return;
    Journal::Plan plan = journal_.plan(batch);
    plan.learns = false;  // until it is written: what was stored before may not be asked again
    transaction("commit a batch", name_of(batch), [&] { tables_->write(batch, plan); });
    journal_.stored(plan);
  }

  std::size_t prune(std::int64_t before_ms, std::size_t limit) override {
    std::size_t gone = 0;
    const auto unneeded = journal_.unneeded();
    transaction("prune", {}, [&] { gone = tables_->prune(before_ms, limit, unneeded); });
    if (gone > 0) journal_.removed(unneeded);
    return gone;
  }

 private:
  void connect() {
    tables_.reset();
    sql_ = std::make_unique<soci::session>();
    dialect_->connect(*sql_, Role::writer);
  }

  [[nodiscard]] std::string mark(std::uint64_t number) const {
    return std::to_string(epoch_) + "." + std::to_string(number);
  }

  void claim() {
    *sql_ << "INSERT INTO meta (name, value) VALUES ('writer', '" + mark(number_) +
                 "') ON CONFLICT (name) DO UPDATE SET value = excluded.value";
  }

  /// Inside a transaction: this one follows on our last.
  void advance_mark() {
    if (!dialect_->remote()) return;
    std::string next = mark(number_ + 1), last = mark(number_);
    soci::statement move = (sql_->prepare << "UPDATE meta SET value = :next WHERE name = 'writer' AND value = :last",
                            soci::use(next, "next"), soci::use(last, "last"));
    move.execute(true);
    if (move.get_affected_rows() == 1) return;
    throw StoreError(StoreError::Kind::other, "store " + dialect_->place() + ": another host has taken it over, "
                                              "expected to be its one writer; stop this host");
  }

  /// Connects again after a loss. Says whether the transaction after `number_` is in the store.
  bool reconnect() {
    connect();
    std::string value;
    *sql_ << "SELECT value FROM meta WHERE name = 'writer'", soci::into(value);
    tables_ = std::make_unique<Tables>(*sql_, *dialect_);
    return value == mark(number_ + 1);
  }

  /// `name`: of the batch, so that it is recognised when it comes again; empty where it may be done twice.
  template <typename Work>
  void transaction(const char* tried, const std::string& name, Work work) {
    guarded(tried, [&] {
      if (!tables_ && go_on(name)) return;
      bool committing = false;
      try {
        dialect_->begin(*sql_);
        advance_mark();
        work();
        committing = true;
        sql_->commit();
        ++number_;
      } catch (const soci::soci_error& error) {
        if (!dialect_->lost(error)) {
          roll_back();
          throw;
        }
        tables_.reset();
        if (!committing) throw;
        doubt_ = name;
        if (!settled()) throw;
      } catch (...) {
        roll_back();
        throw;
      }
    });
  }

  /// After a lost answer to a commit: true when it turns out to have happened.
  bool settled() {
    try {
      const bool stored = reconnect();
      doubt_.reset();
      if (stored) ++number_;
      return stored;
    } catch (const soci::soci_error&) {
      return false;  // still in doubt: go_on() asks again before the next transaction
    }
  }

  /// Connects again. Says whether the batch of this name is stored already: its commit was the one in doubt.
  bool go_on(const std::string& name) {
    const bool stored = reconnect();
    const auto doubt = std::exchange(doubt_, std::nullopt);
    if (!doubt || !stored) return false;
    ++number_;
    if (*doubt == name) return !name.empty();
    if (!doubt->empty()) {
      throw StoreError(StoreError::Kind::other, "store " + dialect_->place() + ": the batch before, said to have "
                                                "failed when the connection broke, was stored; start the host again: "
                                                "it goes on from the journal");
    }
    return false;
  }

  void roll_back() {
    if (tables_) tables_->forget();
    try {
      sql_->rollback();
    } catch (const soci::soci_error&) {
      // SQLite has rolled back by itself where the disk failed
    }
  }

  template <typename Work>
  void guarded(const char* tried, Work work) {
    try {
      work();
    } catch (const soci::soci_error& error) {
      throw dialect_->explain(tried, error);
    }
  }

  std::unique_ptr<Dialect> dialect_;
  std::unique_ptr<soci::session> sql_;
  std::unique_ptr<Tables> tables_;  // none: the connection was lost
  Journal journal_;                 // outlives connections: it knows what is stored, not what was tried
  std::uint64_t epoch_;
  std::uint64_t number_ = 0;        // of our last transaction
  std::optional<std::string> doubt_;  // the name of the one after it, where it is not known whether it happened
};

}  // namespace

std::unique_ptr<Store> open(const Options& options) { return std::make_unique<Writer>(options); }

}  // namespace jackfield::store
