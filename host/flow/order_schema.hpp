// Whether an order has the right shape: every invalid member at once, before anything starts.
//
// A JSON Schema (draft 7), checked twice: first by an own walk over the usual words (type, enum, const, required,
// properties, additionalProperties, items, lengths, bounds, pattern) whose problems name the member itself and say
// what was found and expected; then, where that finds nothing, by valijson for every other word of the standard.
// null counts as left out, everywhere but in lists.
//
// Thread rule: immutable; check() may run on many threads at once.
#pragma once

#include "flow/value.hpp"

#include <memory>
#include <string>
#include <vector>

namespace jackfield::flow {

class OrderSchema {
 public:
  struct Problem {
    std::string path;      // JSON Pointer of the member, also of one that is missing: "/customer/id_number"
    std::string message;   // "expected string, found integer 5"
    friend bool operator==(const Problem&, const Problem&) = default;
  };

  /// null: any object. Throws std::invalid_argument where `schema` is no JSON Schema.
  explicit OrderSchema(const Value& schema);

  /// Empty: the order is valid. At most 100 problems are said.
  [[nodiscard]] std::vector<Problem> check(const Value& order) const;
  /// The same of some of an order's members, as a choice names them; what the schema does not name is let pass.
  [[nodiscard]] std::vector<Problem> check_members(const Value& choice) const;

 private:
  struct Program;
  std::shared_ptr<const Program> program_;
};

/// The value without the members that are null.
[[nodiscard]] Value without_nulls(Value value);

}  // namespace jackfield::flow
