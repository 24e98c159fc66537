#include <jackfield/database.hpp>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <vector>

#include "exception_reader.hpp"

// SOCI's own headers for these two would want libpq's and SQLite's as well.
extern "C" {
const soci::backend_factory* factory_sqlite3();
const soci::backend_factory* factory_postgresql();
}

namespace jackfield {

namespace {

constexpr auto effects_schema =
    "CREATE TABLE IF NOT EXISTS effects (step TEXT NOT NULL, key TEXT NOT NULL, output TEXT NOT NULL, "
    "at_ms BIGINT NOT NULL, PRIMARY KEY (step, key));"
    "CREATE INDEX IF NOT EXISTS effects_at ON effects (at_ms);";
constexpr int prune_rows_most = 1000;
constexpr auto prune_every = std::chrono::minutes(10);

std::string to_hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
  }
  return bytes;
}

/// Statements parted by ';' outside of quotes and comments; a comment goes to the end of its line.
std::vector<std::string> statements_of(std::string_view text) {
  std::vector<std::string> statements(1);
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!quote && c == '-' && text.substr(i, 2) == "--") {
      i = std::min(text.find('\n', i), text.size() - 1);
      statements.back() += '\n';
      continue;
    }
    if (quote ? c == quote : c == '\'' || c == '"') quote = quote ? 0 : c;
    if (c == ';' && !quote)
      statements.emplace_back();
    else
      statements.back() += c;
  }
  std::erase_if(statements, [](const auto& one) { return one.find_first_not_of(" \t\r\n") == std::string::npos; });
  return statements;
}

/// Safe again: what the task wrote is undone. The message's first line alone, for what SOCI and PostgreSQL add to it are
/// the values of the statement, and those may be a customer's.
std::optional<Outcome> read_exception() {
  try {
    throw;
  } catch (const soci::soci_error& error) {
    std::string text = error.get_error_message();
    text.resize(std::min(text.find('\n'), text.size()));
    return Outcome{JF_RETRY, 0, {}, "DATABASE", std::move(text)};
  } catch (...) {
    return {};
  }
}

}  // namespace

struct Database::State {
  State(Host& host_, std::string schema_, DatabaseOptions options_)
      : host(host_), schema(std::move(schema_)), options(options_), store_url(host.store_url()), id(host.plugin_id()) {
    is_postgresql = store_url.starts_with("postgresql://") || store_url.starts_with("postgres://");
    if (id.empty()) throw std::runtime_error("the host gave no plugin_id: a database is named after it");
  }

  void open() {
    close();
    is_postgresql ? open_postgresql() : open_sqlite();
    sql << "BEGIN";
    for (const auto& statement : statements_of(std::string(effects_schema) + schema)) sql << statement;
    sql << "COMMIT";
    prepare();
    is_open = true;
  }

  void close() noexcept {
    is_open = false;
    in_transaction = false;
    find.reset();
    insert.reset();
    try {
      sql.close();
    } catch (...) {  // NOLINT: it was not open
    }
  }

  void open_sqlite() {
    const std::filesystem::path folder = host.data_dir();
    std::filesystem::create_directories(folder);
    sql.open(*factory_sqlite3(), "dbname=\"" + (folder / (id + ".db")).string() + "\" timeout=10");
    std::string mode;
    sql << "PRAGMA journal_mode=WAL", soci::into(mode);
    sql << "PRAGMA synchronous=FULL";
    sql << "PRAGMA foreign_keys=ON";
  }

  void open_postgresql() {
    // SOCI reads the text as name=value pairs and takes a URL without any for a name: it needs one.
    const char* joint = store_url.find('?') == std::string::npos ? "?" : "&";
    sql.open(*factory_postgresql(), store_url + joint + "application_name=jackfield-" + id);
    sql << "SET client_min_messages TO warning";
    sql << "CREATE SCHEMA IF NOT EXISTS \"" + id + "\"";
    sql << "SET search_path TO \"" + id + "\"";
  }

  void prepare() {
    find = std::make_unique<soci::statement>((sql.prepare << "SELECT output FROM effects WHERE step = :s AND key = :k",
                                              soci::use(step), soci::use(key), soci::into(output)));
    insert = std::make_unique<soci::statement>(
        (sql.prepare << "INSERT INTO effects (step, key, output, at_ms) VALUES (:s, :k, :o, :t)", soci::use(step),
         soci::use(key), soci::use(output), soci::use(at_ms)));
  }

  /// Drops effects that are past their time, some at once, now and then.
  void prune() {
    const TimePoint now = host.now();
    if (now < prune_next) return;
    prune_next = now + prune_every;
    const long long before_ms = (now - options.keep_effects).time_since_epoch().count();
    sql << "DELETE FROM effects WHERE at_ms < :t AND key IN (SELECT key FROM effects WHERE at_ms < :u ORDER BY at_ms "
           "LIMIT " +
               std::to_string(prune_rows_most) + ")",
        soci::use(before_ms, "t"), soci::use(before_ms, "u");
  }

  Host& host;
  std::string schema;
  DatabaseOptions options;
  std::string store_url, id;
  bool is_postgresql = false, is_open = false, in_transaction = false;
  TimePoint prune_next{};
  soci::session sql;
  std::string step, key, output;  // bound to the two statements
  long long at_ms = 0;
  std::unique_ptr<soci::statement> find, insert;
};

Database::Database(Host& host, std::string schema, DatabaseOptions options)
    : state_(std::make_unique<State>(host, std::move(schema), options)) {
  detail::exception_reader = &read_exception;
  state_->open();
}

Database::~Database() { state_->close(); }

soci::session& Database::sql() { return state_->sql; }
bool Database::is_postgresql() const { return state_->is_postgresql; }

void Database::transaction(const std::function<void(soci::session&)>& work) {
  begin();
  try {
    work(state_->sql);
    commit();
  } catch (...) {
    rollback();
    throw;
  }
}

void Database::begin() {
  const char* const words = state_->is_postgresql ? "BEGIN" : "BEGIN IMMEDIATE";
  const bool was_open = state_->is_open;
  if (!was_open) state_->open();
  try {
    state_->sql << words;
  } catch (const soci::soci_error&) {
    if (!was_open) throw;
    state_->open();  // the connection was lost since: nothing was under way in it
    state_->sql << words;
  }
  state_->in_transaction = true;
  state_->prune();
}

void Database::commit() {
  state_->sql << "COMMIT";
  state_->in_transaction = false;
}

void Database::rollback() noexcept {
  try {
    if (state_->in_transaction) state_->sql << "ROLLBACK";
    state_->in_transaction = false;
  } catch (...) {
    state_->close();  // lost: opened anew by begin()
  }
}

void Database::savepoint() { state_->sql << "SAVEPOINT jf_task"; }
void Database::release() { state_->sql << "RELEASE SAVEPOINT jf_task"; }
void Database::undo() {
  state_->sql << "ROLLBACK TO SAVEPOINT jf_task";
  release();
}

std::optional<std::string> Database::effect(std::string_view step, std::string_view key) {
  state_->step = step;
  state_->key = key;
  if (!state_->find->execute(true)) return {};
  return from_hex(state_->output);
}

void Database::keep(std::string_view step, std::string_view key, std::string_view output) {
  state_->step = step;
  state_->key = key;
  state_->output = to_hex(output);
  state_->at_ms = state_->host.now().time_since_epoch().count();
  state_->insert->execute(true);
}

}  // namespace jackfield
