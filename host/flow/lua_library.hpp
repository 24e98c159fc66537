// The functions an expression may call, and the evaluation they are called in.
//
// Lua is C: it leaves functions by longjmp. Nothing here may hold an object with a destructor across a call of Lua's.
#pragma once

#include "flow/expression.hpp"

#include <exception>
#include <lua.hpp>

namespace jackfield::flow {

/// What the functions of the running evaluation share; reached through lua_getextraspace.
struct LuaEvaluation {
  const Lookup* lookup = nullptr;
  std::exception_ptr thrown;     // by the lookup, carried round Lua
  double work = 0;               // spent in pattern matching and sorted iteration
  bool compiled = false;         // a chunk was added to the cache
};

[[nodiscard]] inline LuaEvaluation*& lua_evaluation(lua_State* lua) {
  return *static_cast<LuaEvaluation**>(lua_getextraspace(lua));
}

/// Leaves the table of functions on the stack; call it protected. Also gives nil, numbers and booleans an index.
void push_lua_library(lua_State* lua);

/// Leaves `value` on the stack; call it protected. Lists carry a mark that keeps an empty one a list.
void push_lua_value(lua_State* lua, const Value& value, int depth = 0);
/// Throws std::runtime_error for what no Value can be (functions, depth, cycles, not-a-number).
[[nodiscard]] Value lua_value(lua_State* lua, int index, int depth = 0);

}  // namespace jackfield::flow
