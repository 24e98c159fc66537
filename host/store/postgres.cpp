// PostgreSQL: a schema named jackfield, one round trip a kind of row.
//
// SOCI sends parameters as NUL-terminated text, so rows travel as arrays in PostgreSQL's text form and bytes as hex.
// Columns are of collation "C": ids sort as bytes do, as on SQLite.
#include "store/dialect.hpp"

#include <soci/postgresql/soci-postgresql.h>

#include <algorithm>

namespace jackfield::store {
namespace {

constexpr long long writer_lock = 0x6a61636b6669656c;  // "jackfiel": the advisory lock of the one writer

void append_hex(std::string& out, const std::string& bytes) {
  static const char digits[] = "0123456789abcdef";
  for (const char byte : bytes) {
    out += digits[static_cast<unsigned char>(byte) >> 4];
    out += digits[static_cast<unsigned char>(byte) & 15];
  }
}

/// Inside "…" of an array; PostgreSQL knows no NUL in text.
void append_quoted(std::string& out, const std::string& text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\0') {
      out += "\xef\xbf\xbd";
    } else {
      out += c;
    }
  }
  out += '"';
}

class PostgresBulk final : public Bulk {
 public:
  PostgresBulk(soci::session& sql, Shape shape) : Bulk(std::move(shape)), arrays_(columns_.size()), statement_(sql) {
    exchange();
    statement_.alloc();
    statement_.prepare(text());
    statement_.define_and_bind();
  }

 private:
  void exchange() {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      statement_.exchange(soci::use(arrays_[i], columns_[i].field.name));
    }
  }

  std::int64_t execute() override {
    for (std::size_t i = 0; i < columns_.size(); ++i) fill(arrays_[i], columns_[i]);
    try {
      statement_.execute(true);
      return statement_.get_affected_rows();
    } catch (...) {  // SOCI keeps its copies of the parameters then, and would lose them at the next execution
      statement_.bind_clean_up();
      exchange();
      statement_.define_and_bind();
      throw;
    }
  }

  static void fill(std::string& array, const Column& column) {
    array = "{";
    for (std::size_t row = 0; row < column.nulls.size(); ++row) {
      if (row > 0) array += ',';
      if (column.nulls[row] == soci::i_null) {
        array += "NULL";
      } else if (!column.is_text()) {
        array += std::to_string(column.integers[row]);
      } else if (column.field.kind == Field::Kind::bytes) {
        array += '"';
        append_hex(array, column.texts[row]);
        array += '"';
      } else {
        append_quoted(array, column.texts[row]);
      }
    }
    array += '}';
  }

  static std::string value(const Field& field) {
    const std::string column = std::string("r.") + field.name;
    return field.kind == Field::Kind::bytes ? "decode(" + column + ", 'hex')" : column;
  }

  [[nodiscard]] std::string text() const {
    const std::string table = shape_.table;
    std::string names, arrays, values, sets, keys;
    for (const Column& column : columns_) {
      const Field& field = column.field;
      const std::string name = field.name;
      names += (names.empty() ? "" : ", ") + name;
      arrays += (arrays.empty() ? "" : ", ") + ("CAST(:" + name) + (column.is_text() ? " AS text[])" : " AS bigint[])");
      values += (values.empty() ? "" : ", ") + value(field);
      if (field.key) {
        keys += (keys.empty() ? "" : " AND ") + table + "." + name + " = " + value(field);
      } else {
        sets += (sets.empty() ? "" : ", ") + name + " = " + value(field);
      }
    }
    const std::string rows = " unnest(" + arrays + ") AS r (" + names + ")";
    switch (shape_.verb) {
      case Shape::Verb::insert:
        return "INSERT INTO " + table + " (" + names + ") SELECT " + values + " FROM" + rows + " " + shape_.tail;
      case Shape::Verb::update: return "UPDATE " + table + " SET " + sets + " FROM" + rows + " WHERE " + keys;
      case Shape::Verb::remove: break;
    }
    return "DELETE FROM " + table + " USING" + rows + " WHERE " + keys;
  }

  std::vector<std::string> arrays_;
  soci::statement statement_;
};

/// The URL with time limits of its own where it names none: a host must not hang on a dead network.
std::string with_limits(std::string url) {
  const std::pair<std::string, std::string> limits[] = {
      {"connect_timeout", "10"}, {"tcp_user_timeout", "20000"}, {"application_name", "jackfield"}};
  for (const auto& [name, value] : limits) {
    if (url.find(name + "=") != std::string::npos) continue;
    url += (url.find('?') == std::string::npos ? "?" : "&") + name + "=" + value;
  }
  return url;
}

std::string without_password(const std::string& url) {
  const std::size_t begin = url.find("://") + 3;
  const std::string rest = url.substr(begin, url.find('?', begin) - begin);
  const std::size_t at = rest.rfind('@');
  if (at == std::string::npos) return url.substr(0, begin) + rest;
  const std::string user = rest.substr(0, std::min(at, rest.find(':')));
  return url.substr(0, begin) + user + rest.substr(at);
}

class Postgres final : public Dialect {
 public:
  explicit Postgres(const Options& options) : options_(options) {}

  [[nodiscard]] std::string place() const override { return without_password(options_.url); }

  void connect(soci::session& sql, Role role) override {
    sql.open(soci::postgresql, with_limits(options_.url));
    const std::string wait = std::to_string(options_.busy_timeout.count());
    sql << "SET client_min_messages = warning";
    sql << "SET client_encoding = 'UTF8'";
    sql << "SET lock_timeout = " + wait;
    sql << "SET statement_timeout = " + std::to_string(std::max<long long>(60'000, 2 * options_.busy_timeout.count()));
    if (role == Role::writer) {
      sql << "SET synchronous_commit = on";
      sql << "CREATE SCHEMA IF NOT EXISTS jackfield";
    } else {
      sql << "SET default_transaction_read_only = on";
    }
    sql << "SET search_path TO jackfield";
    if (role == Role::writer) keep_others_out(sql);
  }

  void begin(soci::session& sql) override { sql.begin(); }

  [[nodiscard]] std::string table(std::string portable) const override {
    const std::pair<std::string, std::string> words[] = {
        {"{text}", "TEXT COLLATE \"C\""}, {"{bytes}", "BYTEA"}, {"{clustered}", ""}};
    for (const auto& [word, mine] : words) {
      for (std::size_t at = 0; (at = portable.find(word, at)) != std::string::npos;) {
        portable.replace(at, word.size(), mine);
      }
    }
    return portable;
  }

  [[nodiscard]] std::vector<std::string> counting() const override {
    // Once a statement, not once a row: a batch touches each counter once.
    const auto function = [](const std::string& name, const std::string& changes) {
      return "CREATE FUNCTION " + name +
             "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
             " INSERT INTO jackfield.state_counts (flow, state, total)"
             " SELECT flow, state, sum(n) FROM (" + changes + ") AS c GROUP BY flow, state HAVING sum(n) <> 0"
             " ON CONFLICT (flow, state) DO UPDATE SET total = state_counts.total + excluded.total;"
             " RETURN NULL; END $$";
    };
    const std::string more = "SELECT flow, state, 1 AS n FROM more";
    const std::string less = "SELECT flow, state, -1 AS n FROM less";
    return {
        function("instances_counted", more),
        function("instances_recounted", more + " UNION ALL " + less),
        function("instances_discounted", less),
        "CREATE TRIGGER counted AFTER INSERT ON instances REFERENCING NEW TABLE AS more"
        " FOR EACH STATEMENT EXECUTE FUNCTION instances_counted()",
        "CREATE TRIGGER recounted AFTER UPDATE ON instances REFERENCING NEW TABLE AS more OLD TABLE AS less"
        " FOR EACH STATEMENT EXECUTE FUNCTION instances_recounted()",
        "CREATE TRIGGER discounted AFTER DELETE ON instances REFERENCING OLD TABLE AS less"
        " FOR EACH STATEMENT EXECUTE FUNCTION instances_discounted()",
    };
  }

  [[nodiscard]] std::vector<std::string> guarding() const override {
    const auto function = [](const std::string& name, const std::string& condition) {
      return "CREATE FUNCTION " + name + "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF " + condition +
             " THEN RAISE unique_violation USING MESSAGE = 'the journal has such a row'; END IF;"
             " RETURN NEW; END $$";
    };
    return {
        function("journal_guarded", "(SELECT last FROM jackfield.journal WHERE instance = NEW.instance AND"
                                    " seq <= NEW.last ORDER BY seq DESC LIMIT 1) >= NEW.seq"),
        function("instances_guarded", "EXISTS (SELECT 1 FROM jackfield.journal WHERE instance = NEW.id)"),
        "CREATE TRIGGER guarded BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION journal_guarded()",
        "CREATE TRIGGER guarded BEFORE INSERT ON instances FOR EACH ROW EXECUTE FUNCTION instances_guarded()",
    };
  }

  [[nodiscard]] std::string has(const std::string& column, const std::string& text) const override {
    return "position(convert_to(" + text + ", 'UTF8') in " + column + ") > 0";
  }

  [[nodiscard]] std::string bytes_column(const std::string& column) const override {
    return "encode(" + column + ", 'hex')";
  }

  [[nodiscard]] Bytes bytes(const std::string& selected) const override {
    const auto digit = [](char c) { return static_cast<std::uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); };
    Bytes out(selected.size() / 2);
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<std::uint8_t>(digit(selected[2 * i]) << 4 | digit(selected[2 * i + 1]));
    }
    return out;
  }

  [[nodiscard]] std::unique_ptr<Bulk> bulk(soci::session& sql, Shape shape) const override {
    return std::make_unique<PostgresBulk>(sql, std::move(shape));
  }

  [[nodiscard]] bool remote() const override { return true; }

  [[nodiscard]] bool lost(const soci::soci_error& error) const override {
    if (error.get_error_category() == soci::soci_error::connection_error) return true;
    if (dynamic_cast<const soci::postgresql_soci_error*>(&error) == nullptr) {
      return error.get_error_message().find("connection") != std::string::npos;  // refused: SOCI says no more than that
    }
    // 57P0x: the server ends or ended this session; no state at all: it broke before the server said anything.
    const std::string state = sqlstate(error);
    return state.compare(0, 2, "08") == 0 || state.compare(0, 4, "57P0") == 0 ||
           state.find_first_not_of(' ') == std::string::npos;
  }

  [[nodiscard]] StoreError::Kind kind(const soci::soci_error& error) const override {
    const std::string state = sqlstate(error);
    if (state == "40001" || state == "40P01" || state == "55P03" || state == "57014" || state == "53300") {
      return StoreError::Kind::busy;
    }
    if (state == "53100" || state == "53200") return StoreError::Kind::full;
    if (state == "23505") return StoreError::Kind::conflict;
    if (state == "XX001" || state == "XX002") return StoreError::Kind::corrupt;
    if (state.compare(0, 2, "58") == 0 || lost(error)) return StoreError::Kind::io;
    return StoreError::Kind::other;
  }

 private:
  static std::string sqlstate(const soci::soci_error& error) {
    const auto* native = dynamic_cast<const soci::postgresql_soci_error*>(&error);
    std::string state = native != nullptr ? native->sqlstate() : std::string();
    state.erase(std::remove(state.begin(), state.end(), '\0'), state.end());
    return state;
  }

  void keep_others_out(soci::session& sql) const {
    // Waits a little: the session of a host that was just killed may still be ending.
    try {
      std::string nothing;
      sql << "SELECT CAST(pg_advisory_lock(" + std::to_string(writer_lock) + ") AS text)", soci::into(nothing);
      return;
    } catch (const soci::soci_error& error) {
      if (kind(error) != StoreError::Kind::busy) throw;
    }
    std::string who;
    soci::indicator null = soci::i_null;
    sql << "SELECT max(a.application_name || ' (backend ' || a.pid || ', from ' ||"
           " coalesce(host(a.client_addr), 'this machine') || ')')"
           " FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid"
           " WHERE l.locktype = 'advisory' AND l.granted AND l.database ="
           " (SELECT oid FROM pg_database WHERE datname = current_database())",
        soci::into(who, null);
    throw StoreError(StoreError::Kind::busy, "store " + place() + ": in use by " +
                                                 (null == soci::i_ok ? who : std::string("another host")) +
                                                 ", expected no other host; stop that one, or name another store.url");
  }

  Options options_;
};

}  // namespace

std::unique_ptr<Dialect> postgres_dialect(const Options& options) { return std::make_unique<Postgres>(options); }

}  // namespace jackfield::store
