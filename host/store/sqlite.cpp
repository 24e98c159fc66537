// SQLite: one file, one connection that writes and checkpoints, readers that can do neither.
//
// 3.40.1 can corrupt a WAL that two connections reset; so readers open read-only, never checkpoint, not even when
// the last of them closes. Bytes are bound as text of their length and cast, which SQLite does without a conversion:
// soci::blob would cost a heap copy a row and knows no bulk form.
#include "store/dialect.hpp"
#include "store/file_lock.hpp"
#include "store/log_check.hpp"
#include "store/page_conversion.hpp"
#include "store/page_sums.hpp"
#include "store/raw_file.hpp"

#include <soci/sqlite3/soci-sqlite3.h>

#include <filesystem>

namespace jackfield::store {
namespace {

class SqliteBulk final : public Bulk {
 public:
  SqliteBulk(soci::session& sql, Shape shape) : Bulk(std::move(shape)), statement_(sql) {
    for (Column& column : columns_) {
      if (column.is_text()) {
        statement_.exchange(soci::use(column.texts, column.nulls, column.field.name));
      } else {
        statement_.exchange(soci::use(column.integers, column.nulls, column.field.name));
      }
    }
    statement_.alloc();
    statement_.prepare(text());
    statement_.define_and_bind();
  }

 private:
  std::int64_t execute() override {
    statement_.execute(true);
    return statement_.get_affected_rows();
  }

  static std::string value(const Field& field) {
    const std::string parameter = std::string(":") + field.name;
    return field.kind == Field::Kind::bytes ? "CAST(" + parameter + " AS BLOB)" : parameter;
  }

  [[nodiscard]] std::string text() const {
    std::string names, values, sets, keys;
    for (const Column& column : columns_) {
      const Field& field = column.field;
      names += (names.empty() ? "" : ", ") + std::string(field.name);
      values += (values.empty() ? "" : ", ") + value(field);
      std::string& equations = field.key ? keys : sets;
      equations += (equations.empty() ? "" : field.key ? " AND " : ", ") + std::string(field.name) + " = " +
          value(field);
    }
    const std::string table = shape_.table;
    switch (shape_.verb) {
      case Shape::Verb::insert: return "INSERT INTO " + table + " (" + names + ") VALUES (" + values + ") " +
          shape_.tail;
      case Shape::Verb::update: return "UPDATE " + table + " SET " + sets + " WHERE " + keys;
      case Shape::Verb::remove: break;
    }
    return "DELETE FROM " + table + " WHERE " + keys;
  }

  soci::statement statement_;
};

class Sqlite final : public Dialect {
 public:
  Sqlite(const Options& options, std::string path) : options_(options), path_(std::move(path)) {}

  [[nodiscard]] std::string place() const override { return path_; }
  [[nodiscard]] std::string form() const override { return page_sums_form; }

  void connect(soci::session& sql, Role role) override {
    if (path_.find('"') != std::string::npos) {
      throw StoreError(StoreError::Kind::other, "store.url: found a quotation mark in the path; expected none");
    }
    bool let_go = false;
    if (role == Role::writer) {
      make_folder();
      lock_.take(path_ + ".lock", path_);
      let_go = look_at_files();
    }
    const char* const how = role == Role::reader ? " readonly=true" : "";
    sql.open(soci::sqlite3, "dbname=\"" + with_page_sums(path_) + "\"" + how);
    auto* backend = static_cast<soci::sqlite3_session_backend*>(sql.get_backend());
    if (!keep_page_sums(reinterpret_cast<sqlite3*>(backend->conn_))) {
      throw StoreError(StoreError::Kind::other, "store " + path_ + ": this SQLite opens no file by a URI; build it "
                                                "with SQLITE_USE_URI, as Debian does");
    }
    sql << "PRAGMA busy_timeout = " + std::to_string(options_.busy_timeout.count());
    sql << "PRAGMA temp_store = MEMORY";
    sql << "PRAGMA foreign_keys = OFF";
    // KiB, for each of the host's connections; the system's cache is behind it.
    sql << std::string("PRAGMA cache_size = ") + (role == Role::writer ? "-16384" : "-4096");
    if (role == Role::writer) {
      as_writer(sql);
      // What was let go of would else lie behind what is written next, and be looked at again.
      if (let_go) sql << "PRAGMA wal_checkpoint(TRUNCATE)";
    } else {
      as_reader(sql);
    }
  }

  void begin(soci::session& sql) override { sql << "BEGIN IMMEDIATE"; }

  [[nodiscard]] std::string table(std::string portable) const override {
    const std::pair<const char*, const char*> words[] = {
        {"{text}", "TEXT"}, {"{bytes}", "BLOB"}, {"{clustered}", " WITHOUT ROWID"}};
    for (const auto& [word, mine] : words) {
      for (std::size_t at = 0; (at = portable.find(word, at)) != std::string::npos;) {
        portable.replace(at, std::string(word).size(), mine);
      }
    }
    return portable;
  }

  [[nodiscard]] std::vector<std::string> counting() const override {
    const auto change = [](const std::string& row, const std::string& by) {
      return " INSERT INTO state_counts (flow, state, total) VALUES (" + row + ".flow, " + row + ".state, " + by +
             ") ON CONFLICT (flow, state) DO UPDATE SET total = total + excluded.total;";
    };
    return {
        "CREATE TRIGGER instances_counted AFTER INSERT ON instances BEGIN" + change("new", "1") + " END",
        "CREATE TRIGGER instances_recounted AFTER UPDATE OF state ON instances WHEN old.state <> new.state BEGIN" +
            change("old", "-1") + change("new", "1") + " END",
        "CREATE TRIGGER instances_discounted AFTER DELETE ON instances BEGIN" + change("old", "-1") + " END",
    };
  }

  [[nodiscard]] std::vector<std::string> guarding() const override {
    const std::string refuse = " BEGIN SELECT RAISE(ABORT, 'the journal has such a row'); END";
    return {
        "CREATE TRIGGER journal_guarded BEFORE INSERT ON journal WHEN (SELECT last FROM journal WHERE instance ="
        " new.instance AND seq <= new.last ORDER BY seq DESC LIMIT 1) >= new.seq" + refuse,
        "CREATE TRIGGER instances_guarded BEFORE INSERT ON instances WHEN EXISTS (SELECT 1 FROM journal WHERE instance"
        " = new.id)" + refuse,
    };
  }

  [[nodiscard]] std::string bytes_column(const std::string& column) const override { return column; }
  [[nodiscard]] std::string has(const std::string& column, const std::string& text) const override {
    return "instr(" + column + ", CAST(" + text + " AS BLOB)) > 0";
  }
  [[nodiscard]] Bytes bytes(const std::string& selected) const override { return {selected.begin(), selected.end()}; }
  [[nodiscard]] std::unique_ptr<Bulk> bulk(soci::session& sql, Shape shape) const override {
    return std::make_unique<SqliteBulk>(sql, std::move(shape));
  }

  [[nodiscard]] std::string damage() const override { return take_damage(); }
  [[nodiscard]] bool remote() const override { return false; }
  [[nodiscard]] bool lost(const soci::soci_error&) const override { return false; }
  [[nodiscard]] StoreError::Kind kind(const soci::soci_error& error) const override {
    const auto* native = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
    if (native == nullptr) return StoreError::Kind::other;
    switch (native->result() & 0xff) {
      case SQLITE_BUSY:
      case SQLITE_LOCKED: return StoreError::Kind::busy;
      case SQLITE_FULL: return StoreError::Kind::full;
      case SQLITE_IOERR:
      case SQLITE_CANTOPEN:
      case SQLITE_PERM:
      case SQLITE_READONLY: return StoreError::Kind::io;
      case SQLITE_CORRUPT:
      case SQLITE_NOTADB: return StoreError::Kind::corrupt;
      case SQLITE_CONSTRAINT: return StoreError::Kind::conflict;
      default: return StoreError::Kind::other;
    }
  }

 private:
  void make_folder() const {
    const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
    std::error_code error;
    if (!folder.empty()) std::filesystem::create_directories(folder, error);
    if (error) {
      throw StoreError(StoreError::Kind::io, "store " + path_ + ": cannot make its folder: " + error.message() +
                                                 " (make it, or name another store.url)");
    }
  }

  /// Before SQLite does. True where the log ends in what SQLite will let go of.
  [[nodiscard]] bool look_at_files() const {
    const std::string full = full_path(path_);
    const auto say = [this](const std::string& text) {
      if (options_.say) options_.say(text);
    };
    const std::string let_go = check_log(full);
    if (!let_go.empty()) say(let_go);
    convert_to_page_sums(full, say);
    return !let_go.empty();
  }

  void as_writer(soci::session& sql) const {
    std::string mode;
    sql << "PRAGMA journal_mode = WAL", soci::into(mode);
    if (mode != "wal") {
      throw StoreError(StoreError::Kind::io, "store " + path_ + ": found journal mode " + mode +
                                                 ", expected wal: the file system cannot share memory; put the store "
                                                 "on a local disk");
    }
    sql << "PRAGMA synchronous = FULL";
    sql << "PRAGMA wal_autocheckpoint = 4000";
    sql << "PRAGMA journal_size_limit = 67108864";
  }

  static void as_reader(soci::session& sql) {
    sql << "PRAGMA query_only = ON";
    sql << "PRAGMA wal_autocheckpoint = 0";
    auto* backend = static_cast<soci::sqlite3_session_backend*>(sql.get_backend());
    sqlite_api::sqlite3_db_config(backend->conn_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }

  Options options_;
  std::string path_;
  FileLock lock_;
};

}  // namespace

std::unique_ptr<Dialect> sqlite_dialect(const Options& options, const std::string& path) {
  return std::make_unique<Sqlite>(options, path);
}

}  // namespace jackfield::store
