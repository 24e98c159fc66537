// From one version of the tables to the next.
//
// A step never changes: stores of its version are out there. It is done in the transaction of its caller, so that a
// host killed on the way leaves the version before, whole.
//
// Thread rule: the writer's, before anything else. Errors: soci::soci_error.
#pragma once

#include "store/dialect.hpp"

namespace jackfield::store {

/// Version 2 keeps an instance's events in chunks, and what is under way in the log. Takes as much room again as the
/// journal does, on the disk and (SQLite) twice as much in memory; a million rows took three seconds.
void lead_from_1_to_2(soci::session& sql, const Dialect& dialect);

// As version 2 makes them. Chunks are read an instance at a time and come nearly in the order of their key.
inline constexpr const char* journal_table =
    "CREATE TABLE journal (instance {text} NOT NULL, seq BIGINT NOT NULL, last BIGINT NOT NULL, events {bytes} NOT "
    "NULL,"
    " PRIMARY KEY (instance, seq))";
inline constexpr const char* log_table =
    "CREATE TABLE log (number INTEGER NOT NULL PRIMARY KEY, events {bytes} NOT NULL)";

}  // namespace jackfield::store
