#include "store/schema.hpp"

#include "store/migration.hpp"

#include <vector>

namespace jackfield::store {
namespace {

// `wake > 0` and the like stand in the queries too: SQLite uses a partial index only where it sees its condition.
const std::vector<const char*> tables = {
    "CREATE TABLE instances (id {text} NOT NULL PRIMARY KEY, flow {text} NOT NULL, definition {text} NOT NULL,"
    " state {text} NOT NULL, order_key {text} NOT NULL, idempotency_key {text}, body_digest {text} NOT NULL,"
    " created_ms BIGINT NOT NULL, updated_ms BIGINT NOT NULL, wake SMALLINT NOT NULL, wake_at_ms BIGINT){clustered}",
    "CREATE UNIQUE INDEX instances_idempotency ON instances (flow, idempotency_key) WHERE idempotency_key IS NOT NULL",
    "CREATE INDEX instances_flow ON instances (flow, id)",
    "CREATE INDEX instances_state ON instances (state, id)",
    "CREATE INDEX instances_flow_state ON instances (flow, state, id)",
    "CREATE INDEX instances_key ON instances (order_key, id) WHERE order_key <> ''",
    "CREATE INDEX instances_awake ON instances (wake, id) WHERE wake > 0",
    "CREATE INDEX instances_due ON instances (wake_at_ms, id) WHERE wake_at_ms IS NOT NULL",
    "CREATE INDEX instances_asleep ON instances (updated_ms, id) WHERE wake = 0",

    journal_table,
    log_table,

    "CREATE TABLE numbers (msisdn {text} NOT NULL, instance {text} NOT NULL,"
    " PRIMARY KEY (msisdn, instance)){clustered}",
    "CREATE INDEX numbers_instance ON numbers (instance)",

    "CREATE TABLE awaits (name {text} NOT NULL, correlation {text} NOT NULL, instance {text} NOT NULL,"
    " token BIGINT NOT NULL, PRIMARY KEY (name, correlation, instance, token)){clustered}",
    "CREATE INDEX awaits_instance ON awaits (instance)",

    "CREATE TABLE events (name {text} NOT NULL, id {text} NOT NULL, correlation {text} NOT NULL, body {bytes} NOT NULL,"
    " digest {text} NOT NULL, received_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL, instance {text} NOT NULL,"
    " PRIMARY KEY (name, id)){clustered}",
    "CREATE INDEX events_early ON events (name, correlation, received_ms) WHERE instance = ''",
    "CREATE INDEX events_instance ON events (instance, expires_ms)",

    "CREATE TABLE dead_letters (id {text} NOT NULL PRIMARY KEY, kind {text} NOT NULL, instance {text} NOT NULL,"
    " flow {text} NOT NULL, node {text} NOT NULL, step {text} NOT NULL, effect_key {text} NOT NULL,"
    " code {text} NOT NULL, reason {text} NOT NULL, token BIGINT NOT NULL, body {bytes} NOT NULL,"
    " created_ms BIGINT NOT NULL, name {text} NOT NULL, correlation {text} NOT NULL)",

    "CREATE TABLE definitions (hash {text} NOT NULL PRIMARY KEY, flow {text} NOT NULL, version BIGINT NOT NULL,"
    " graph {bytes} NOT NULL, created_ms BIGINT NOT NULL, UNIQUE (flow, version))",

    "CREATE TABLE state_counts (flow {text} NOT NULL, state {text} NOT NULL, total BIGINT NOT NULL,"
    " PRIMARY KEY (flow, state))",
};

/// As `meta` has it: what differs in more than the tables differs in this too, so that an earlier host refuses it.
std::string known_version(const Dialect& dialect) { return std::to_string(schema_version) + dialect.form(); }

std::string found_version(soci::session& sql) {
  std::string version;
  soci::indicator null = soci::i_null;
  sql << "SELECT max(value) FROM meta WHERE name = 'schema_version'", soci::into(version, null);
  return null == soci::i_ok ? version : std::string();
}

void refuse_unless_known(const std::string& version, const Dialect& dialect) {
  const std::string known = known_version(dialect);
  if (version == known) return;
  throw StoreError(StoreError::Kind::schema, "store " + dialect.place() + ": found schema version " + version +
                                                 ", expected " + known + ": it was made by another release of "
                                                 "jackfield; run that one, or name another store.url");
}

}  // namespace

void prepare_schema(soci::session& sql, Dialect& dialect) {
  dialect.begin(sql);
  try {
    sql << dialect.table("CREATE TABLE IF NOT EXISTS meta (name {text} NOT NULL PRIMARY KEY, value {text} NOT NULL)");
    const std::string version = found_version(sql);
    if (version.empty()) {
      for (const char* table : tables) sql << dialect.table(table);
      for (const std::string& statement : dialect.counting()) sql << statement;
      for (const std::string& statement : dialect.guarding()) sql << statement;
      sql << "INSERT INTO meta (name, value) VALUES ('schema_version', '" + known_version(dialect) + "')";
    } else if (version == "1" + dialect.form()) {
      lead_from_1_to_2(sql, dialect);
      sql << "UPDATE meta SET value = '" + known_version(dialect) + "' WHERE name = 'schema_version'";
    } else {
      refuse_unless_known(version, dialect);
    }
    sql.commit();
  } catch (...) {
    try {
      sql.rollback();
    } catch (const soci::soci_error&) {
      // the first error is the one worth telling
    }
    throw;
  }
}

void check_schema(soci::session& sql, const Dialect& dialect) { refuse_unless_known(found_version(sql), dialect); }

}  // namespace jackfield::store
