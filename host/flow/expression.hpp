// Conditions and mappings of a flow: dotted paths, literals, and Lua 5.4 for the rest.
//
// A plain dotted path (`order.card.type`) never enters Lua. Lua is compiled once at check time, sandboxed (no io,
// os, load, require, random, time: the same names give the same answer for ever) and bounded by an instruction
// budget and a memory limit. Names that do not exist yet are nil, and indexing them gives nil, so
// `order.msisdn or choose.msisdn` needs no guards.
//
// Thread rule: an Expression is immutable and may be shared; evaluation uses a Lua state per thread.
#pragma once

#include "flow/value.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::flow {

/// Resolves a first name ("order", "reserve", "input") to its value, or nullptr where there is none (yet).
/// The pointer stays valid during the evaluation.
using Lookup = std::function<const Value*(std::string_view name)>;

class Expression {
 public:
  Expression() = default;  // empty
  /// Compiles `source`. Throws std::invalid_argument with Lua's message ("[1]: unexpected symbol near …").
  explicit Expression(std::string source);
  static Expression literal(Value value);

  [[nodiscard]] bool empty() const { return !program_; }
  [[nodiscard]] const std::string& source() const;  // for literals: JSON text prefixed by '='
  /// First names it reads, for the compiler's "no such step" finding. Lua: its global names.
  [[nodiscard]] std::vector<std::string> names() const;
  /// The parts of a plain dotted path; empty for anything else.
  [[nodiscard]] std::vector<std::string> path() const;

  /// Throws std::runtime_error (budget spent, error raised in Lua); the text names the expression.
  [[nodiscard]] Value evaluate(const Lookup& lookup) const;
  /// Lua's truth: nil and false are false. Empty is true.
  [[nodiscard]] bool holds(const Lookup& lookup) const;

  /// JSON form: string source, or {"literal": …}.
  [[nodiscard]] Value serialise() const;
  static Expression deserialise(const Value& value);

  struct Program;

 private:
  std::shared_ptr<const Program> program_;
};

/// A tree of expressions that makes one value: `with: {card: order.card, limit: 3, where: {city: order.city}}`.
/// A member whose expression gives nil is left out of the map.
class Mapping {
 public:
  Mapping() = default;  // empty
  [[nodiscard]] bool empty() const { return !expression_ && !map_ && !list_; }

  static Mapping of(Expression expression);
  static Mapping map(std::vector<std::pair<std::string, Mapping>> members);
  static Mapping list(std::vector<Mapping> items);

  [[nodiscard]] Value evaluate(const Lookup& lookup) const;
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] Value serialise() const;
  static Mapping deserialise(const Value& value);

 private:
  std::shared_ptr<const Expression> expression_;
  std::vector<std::pair<std::string, Mapping>> members_;
  std::vector<Mapping> items_;
  bool map_ = false;
  bool list_ = false;
};

}  // namespace jackfield::flow
