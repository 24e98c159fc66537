// Lua 5.4 with nothing in it that could reach outside, tell the time, or run for ever.
//
// What an expression sees: the names its Lookup knows, and of Lua: math (without random), string (without dump and
// pack), table (concat, insert, remove, sort, unpack), utf8, ipairs, next, pairs, select, tonumber, tostring, type.
// A name of the flow hides one of Lua's. Unlike plain Lua:
//   - a missing name is nil and indexing nil, a number or a boolean gives nil, so paths need no guards;
//   - pairs() and next() go in the order of the keys (numbers, then texts), so that a repeated evaluation gives the
//     same answer on every host; tostring() of a table, which would show an address, is an error;
//   - there is no pcall: what exceeds a bound ends the evaluation.
// Bounds of one evaluation: lua_instructions, lua_memory_bytes at a time, lua_churn_bytes in all, lua_pattern_work.
// Nothing is kept from one evaluation to the next. An empty table comes out as an empty map, unless it came in as a
// list. Text is compared as the C locale does.
//
// Thread rule: a LuaSandbox belongs to one thread; of_this_thread() makes it on first use.
#pragma once

#include "flow/expression.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::flow {

inline constexpr int lua_instructions = 100'000;
inline constexpr std::size_t lua_memory_bytes = 4 << 20;
inline constexpr std::size_t lua_churn_bytes = 64 << 20;
inline constexpr double lua_pattern_work = 2e8;
inline constexpr std::size_t lua_source_bytes = 4096;
inline constexpr int lua_value_depth = 64;

class LuaSandbox {
 public:
  [[nodiscard]] static LuaSandbox& of_this_thread();

  LuaSandbox();
  ~LuaSandbox();
  LuaSandbox(const LuaSandbox&) = delete;
  LuaSandbox& operator=(const LuaSandbox&) = delete;

  /// The chunk to evaluate: `source` as an expression, or as statements that return. Throws std::invalid_argument
  /// with Lua's message ("line 1: unexpected symbol near '+'").
  [[nodiscard]] std::string compile(const std::string& source);

  /// Both throw std::runtime_error with Lua's message.
  [[nodiscard]] Value evaluate(const std::string& chunk, const Lookup& lookup);
  [[nodiscard]] bool holds(const std::string& chunk, const Lookup& lookup);

  struct State;

 private:
  void run(const std::string& chunk, const Lookup& lookup);
  std::unique_ptr<State> state_;
};

/// The global names a chunk reads, in order of appearance, without Lua's own.
[[nodiscard]] std::vector<std::string> lua_global_names(std::string_view source);
/// A word of Lua's grammar ("and", "end").
[[nodiscard]] bool is_lua_keyword(std::string_view word);

}  // namespace jackfield::flow
