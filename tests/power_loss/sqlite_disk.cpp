#include "sqlite_disk.hpp"

#include <sqlite3.h>

#include <sstream>

namespace jackfield::power_loss {
namespace {

using simulation::Broken;

/// Every row of a SELECT, a line each.
std::string rows(sqlite3* database, const char* select) {
  sqlite3_stmt* statement = nullptr;
  std::string text;
  if (sqlite3_prepare_v2(database, select, -1, &statement, nullptr) != SQLITE_OK) {
    throw Broken("1 acknowledged", std::string("the store cannot be read: ") + sqlite3_errmsg(database));
  }
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, i));
      text += std::string(bytes == nullptr ? "" : bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, i))) +
              "\x1f";
    }
    text += "\n";
  }
  sqlite3_finalize(statement);
  if (code != SQLITE_DONE)
    throw Broken("1 acknowledged", std::string("the store cannot be read: ") + sqlite3_errstr(code));
  return text;
}

/// What the store gives as the journal of each instance, and that it has all in chunks when it has been opened.
std::string journals(store::Reader& reader, sqlite3* database) {
  if (rows(database, "SELECT number FROM log LIMIT 1") != "") {
    throw Broken("1 acknowledged", "what was in the log of the store is not in chunks after a start");
  }
  std::string text;
  std::istringstream ids(rows(database, "SELECT id FROM instances UNION SELECT instance FROM journal ORDER BY 1"));
  for (std::string id; std::getline(ids, id, '\x1f'); ids.ignore()) {
    for (const auto& row : reader.journal(id)) {
      text += row.instance + "\x1f" + std::to_string(row.seq) + "\x1f";
      text += std::string(row.event.begin(), row.event.end()) + "\x1f\n";
    }
  }
  return text;
}

}  // namespace

SqliteDisk::SqliteDisk(std::string folder) : path_(std::move(folder) + "/store.db") {}

std::unique_ptr<store::Reader> SqliteDisk::open() {
  FaultyDisk::the().power_on();
  const store::Options options{"sqlite3://" + path_, std::chrono::milliseconds(0)};
  try {
    store_ = store::open(options);
    return store::open_reader(options);
  } catch (const store::StoreError& error) {
    look_at(error);
    store_.reset();
    throw;
  }
}

/// The store is closed as a host that stops closes it: its log goes into its file.
void SqliteDisk::stop() {
  store_.reset();
  if (!dead()) FaultyDisk::the().lose(Fault::lost_kept, 0);
}

/// The process is gone, not closed: nothing is checkpointed, and what was written stays, synced or not.
void SqliteDisk::close() {
  if (!dead()) FaultyDisk::the().lose(Fault::lost_kept, 0);
  store_.reset();
}

void SqliteDisk::commit(const store::Batch& batch) {
  try {
    store_->commit(batch);
  } catch (const store::StoreError& error) {
    look_at(error);
    throw;
  }
}

/// Whoever reads it must know which store it is of, and what was wrong.
void SqliteDisk::look_at(const store::StoreError& error) const {
  const std::string said = error.what();
  if (said.find(path_) == std::string::npos) {
    throw Broken("0 said clearly", "an error of the store does not say which store: " + said);
  }
  if (error.kind == store::StoreError::Kind::other) {
    throw Broken("0 said clearly", "an error of the store is of no known kind: " + said);
  }
}

bool SqliteDisk::dead() const { return FaultyDisk::the().dead(); }

std::string SqliteDisk::contents() {
  sqlite3* database = nullptr;
  if (sqlite3_open_v2(path_.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK) {
    sqlite3_close(database);
    throw Broken("1 acknowledged", "the store cannot be opened");
  }
  sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  std::string text;
  try {
    if (const auto whole = rows(database, "PRAGMA integrity_check"); whole != "ok\x1f\n") {
      throw Broken("1 acknowledged", "the store is corrupt: " + whole);
    }
    text += rows(database, "SELECT id, flow, definition, state, order_key, idempotency_key, wake, wake_at_ms"
                           " FROM instances ORDER BY id") + "--\n";
    text += journals(*store::open_reader({"sqlite3://" + path_, std::chrono::milliseconds(0)}), database) + "--\n";
    for (const char* select :
         {"SELECT name, correlation, instance, token FROM awaits ORDER BY name, correlation, instance, token",
          "SELECT name, id, correlation, body, instance FROM events ORDER BY name, id",
          "SELECT id, kind, instance, step, code, body FROM dead_letters ORDER BY id",
          "SELECT hash, flow, version FROM definitions ORDER BY hash",
          "SELECT flow, state, total FROM state_counts WHERE total <> 0 ORDER BY flow, state"}) {
      text += rows(database, select) + "--\n";
    }
  } catch (...) {
    sqlite3_close(database);
    throw;
  }
  sqlite3_close(database);
  return text;
}

}  // namespace jackfield::power_loss
