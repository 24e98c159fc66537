// A plugin's own database: a file of its own on SQLite ({data_dir}/<plugin id>.db, WAL, synchronous=FULL), or a schema
// of its own on PostgreSQL where the host's store is there. Link with jackfield_add_plugin(… DATABASE).
//
//   struct Stock {
//     Stock(const Settings&, jackfield::Host& host) : database(host, R"(CREATE TABLE IF NOT EXISTS …; …)") {}
//     jackfield::Database database;   // of this name: the SDK finds it
//   };
//
// In run(), `shared.database.sql()` is inside the transaction of the call: write, and it is committed with the rest of
// the batch; throw, and this task's writes are undone. Elsewhere use transaction().
//
// SQL that both understand: TEXT, BIGINT (times in ms), ON CONFLICT (…) DO …. The table `effects` is the SDK's:
// (step, key, output as hex of msgpack, at_ms); rows are dropped after `keep_effects`.
//
// Thread rule: one thread at a time, which is what a plugin that is not reentrant is promised.
// Errors: soci::soci_error. A lost connection is opened anew at the next transaction.
#pragma once

#include <soci/soci.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <jackfield/host.hpp>

namespace jackfield {

struct DatabaseOptions {
  /// Longer than any order lives: after it a repeated key would have its effect again.
  std::chrono::hours keep_effects = std::chrono::days(400);
};

class Database {
 public:
  /// Opens it and runs `schema`: statements parted by ';', safe to run at every start.
  Database(Host& host, std::string schema, DatabaseOptions options = {});
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] soci::session& sql();
  [[nodiscard]] bool is_postgresql() const;

  /// Outside process(): `work` in a transaction of its own, rolled back where it throws.
  void transaction(const std::function<void(soci::session&)>& work);

  // What follows is called by the SDK around and inside process().
  void begin();
  void commit();
  void rollback() noexcept;
  void savepoint();
  void release();
  void undo();
  /// The output kept under this key; it is msgpack.
  [[nodiscard]] std::optional<std::string> effect(std::string_view step, std::string_view key);
  void keep(std::string_view step, std::string_view key, std::string_view output);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jackfield
