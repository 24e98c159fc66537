// What differs between SQLite and PostgreSQL; everything else of the store is written once.
//
// A Dialect belongs to one Store or Reader and its thread.
#pragma once

#include "store/bulk.hpp"
#include "store/store.hpp"

#include <soci/soci.h>

#include <memory>
#include <string>
#include <vector>

namespace jackfield::store {

enum class Role { writer, reader };

class Dialect {
 public:
  virtual ~Dialect() = default;

  /// Where the store is, without a password: for error texts.
  [[nodiscard]] virtual std::string place() const = 0;
  /// What the tables lie in, where that has changed since version 1: part of the version that `meta` has.
  [[nodiscard]] virtual std::string form() const { return {}; }
  /// Opens `sql` with the settings of its role. A writer keeps every other writer out for as long as it lives.
  virtual void connect(soci::session& sql, Role role) = 0;
  virtual void begin(soci::session& sql) = 0;

  /// `portable` with {text}, {bytes} and {clustered} in the words of this database.
  [[nodiscard]] virtual std::string table(std::string portable) const = 0;
  /// The triggers that keep state_counts.
  [[nodiscard]] virtual std::vector<std::string> counting() const = 0;

  /// The triggers that refuse journal rows which are there already: a chunk that overlaps another of its instance, and
  /// an instance that is new though it has a journal.
  [[nodiscard]] virtual std::vector<std::string> guarding() const = 0;

  /// Whether the bytes of a text stand somewhere in a bytes column.
  [[nodiscard]] virtual std::string has(const std::string& column, const std::string& text) const = 0;
  /// A bytes column as Select reads it, and back.
  [[nodiscard]] virtual std::string bytes_column(const std::string& column) const = 0;
  [[nodiscard]] virtual Bytes bytes(const std::string& selected) const = 0;
  [[nodiscard]] virtual std::unique_ptr<Bulk> bulk(soci::session& sql, Shape shape) const = 0;

  /// Whether a writer may lose its connection and has to prove, in every transaction, that nobody took its place.
  [[nodiscard]] virtual bool remote() const = 0;
  [[nodiscard]] virtual StoreError::Kind kind(const soci::soci_error& error) const = 0;
  [[nodiscard]] virtual bool lost(const soci::soci_error& error) const = 0;
  /// What this thread last found damaged, in words; empty: nothing, or the database does not say.
  [[nodiscard]] virtual std::string damage() const { return {}; }

  /// `error` as a StoreError: what was tried, where, the database's words (never the values), what to do.
  [[nodiscard]] StoreError explain(const std::string& tried, const soci::soci_error& error) const;
};

/// Throws StoreError where the URL names neither database.
[[nodiscard]] std::unique_ptr<Dialect> dialect(const Options& options);
[[nodiscard]] std::unique_ptr<Dialect> sqlite_dialect(const Options& options, const std::string& path);
[[nodiscard]] std::unique_ptr<Dialect> postgres_dialect(const Options& options);

}  // namespace jackfield::store
