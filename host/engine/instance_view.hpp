// An instance as people see it, and as it is made anew from its journal.
#pragma once

#include "engine/catalog.hpp"
#include "flow/state.hpp"
#include "store/store.hpp"

namespace jackfield::engine {

/// Folds the journal. Throws std::runtime_error where a row is missing or is no event.
[[nodiscard]] flow::State rebuild(const flow::Graph& graph, const std::string& id,
                                  const std::vector<store::JournalRow>& journal);

/// The API's shape.
[[nodiscard]] flow::Value show(const Definition& definition, const flow::State& state);

/// "2026-11-22T08:00:00.123Z"
[[nodiscard]] std::string rfc3339(flow::TimePoint time);

/// Every MSISDN in members whose name ends in "msisdn", without its country code.
[[nodiscard]] std::vector<std::string> numbers_in(const flow::Value& value);

}  // namespace jackfield::engine
