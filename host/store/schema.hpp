// The tables of the store: see host/docs/decisions/0003-store-tables.md.
//
// They are on disk for ever. A change is a new version with a step that leads there from the one before.
#pragma once

#include "store/dialect.hpp"

namespace jackfield::store {

inline constexpr std::int64_t schema_version = 2;

/// Makes the tables where there are none, and leads those of an earlier version here, in one transaction. Throws
/// StoreError (schema) where a newer host made them.
void prepare_schema(soci::session& sql, Dialect& dialect);

/// For readers: throws StoreError (schema) unless the tables are of this version.
void check_schema(soci::session& sql, const Dialect& dialect);

}  // namespace jackfield::store
