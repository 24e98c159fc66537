// A condition in reference data, one Lua 5.4 expression over named facts:
//   has(interests, 'mzone') or channel == 'web'
//
// Why: when a product is recommended or a discount given is the operator's to say, in the catalogue. The expression
// sees its facts and has(list, word), nothing else: no library, no file, no clock; 100,000 instructions, 1 MiB.
// A name that is no fact is an error, not nil: a misspelling is found when the file is read (there is one trial run).
// Threads: one at a time. Errors: std::runtime_error with Lua's text. Link with lua5.4.
#pragma once

#include <lua.hpp>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace jackfield {

// What a condition may look at. monostate is a fact that is not known: nil in Lua.
using Fact = std::variant<std::monostate, std::string, std::int64_t, std::vector<std::string>>;
using Facts = std::map<std::string, Fact>;

class Condition {
 public:
  // `trial` has every name the condition may use, with typical values.
  Condition(const std::string& expression, const Facts& trial) : room_(std::make_unique<Room>()) {
    lua_State* lua = lua_newstate(allocate, room_.get());
    if (!lua) throw std::runtime_error("no memory for a condition");
    state_.reset(lua);
    auto chunk = "return " + expression;
    if (luaL_loadbufferx(lua, chunk.data(), chunk.size(), "=condition", "t") != LUA_OK) throw wrong();
    holds(trial);
  }
  Condition(Condition&&) = default;
  Condition& operator=(Condition&&) = delete;  // the old state must be closed before its room goes

  // Whether the expression is true (anything but false and nil) for these facts.
  bool holds(const Facts& facts) {
    lua_State* lua = state_.get();
    lua_settop(lua, 1);
    lua_sethook(lua, stop, LUA_MASKCOUNT, 100'000);
    lua_pushcfunction(lua, evaluate);
    lua_pushvalue(lua, 1);
    lua_pushlightuserdata(lua, const_cast<Facts*>(&facts));
    if (lua_pcall(lua, 2, 1, 0) != LUA_OK) throw wrong();
    bool answer = lua_toboolean(lua, -1) != 0;
    lua_settop(lua, 1);
    return answer;
  }

 private:
  struct Room {
    std::size_t used = 0;
  };
  struct Close {
    void operator()(lua_State* lua) const { lua_close(lua); }
  };

  static void* allocate(void* data, void* block, std::size_t old_size, std::size_t new_size) {
    auto& room = *static_cast<Room*>(data);
    if (!block) old_size = 0;
    if (new_size > old_size && room.used + (new_size - old_size) > 1u << 20) return nullptr;
    if (new_size == 0) {
      std::free(block);
      room.used -= old_size;
      return nullptr;
    }
    void* moved = std::realloc(block, new_size);
    if (moved) room.used = room.used - old_size + new_size;
    return moved;
  }
  static void stop(lua_State* lua, lua_Debug*) { luaL_error(lua, "the condition runs too long"); }

  // Runs under lua_pcall; holds no C++ object that a Lua error would jump over.
  static int evaluate(lua_State* lua) {
    const auto& facts = *static_cast<const Facts*>(lua_touserdata(lua, 2));
    lua_createtable(lua, 0, static_cast<int>(facts.size()));
    for (const auto& [name, fact] : facts) {
      push(lua, fact);
      lua_setfield(lua, -2, name.c_str());
    }
    lua_pushcfunction(lua, has);
    lua_setfield(lua, -2, "has");
    lua_createtable(lua, 0, 1);
    lua_pushvalue(lua, 2);
    lua_pushcclosure(lua, unknown, 1);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
    lua_setupvalue(lua, 1, 1);
    lua_pushvalue(lua, 1);
    lua_call(lua, 0, 1);
    return 1;
  }
  static void push(lua_State* lua, const Fact& fact) {
    if (const auto* text = std::get_if<std::string>(&fact)) {
      lua_pushlstring(lua, text->data(), text->size());
    } else if (const auto* number = std::get_if<std::int64_t>(&fact)) {
      lua_pushinteger(lua, *number);
    } else if (const auto* list = std::get_if<std::vector<std::string>>(&fact)) {
      lua_createtable(lua, static_cast<int>(list->size()), 0);
      lua_Integer index = 0;
      for (const auto& word : *list) {
        lua_pushlstring(lua, word.data(), word.size());
        lua_rawseti(lua, -2, ++index);
      }
    } else {
      lua_pushnil(lua);
    }
  }
  static int has(lua_State* lua) {
    if (!lua_istable(lua, 1)) return luaL_error(lua, "has(list, word): the first is no list");
    bool found = false;
    for (lua_Integer i = 1, n = static_cast<lua_Integer>(lua_rawlen(lua, 1)); i <= n && !found; ++i) {
      lua_rawgeti(lua, 1, i);
      found = lua_rawequal(lua, -1, 2) != 0;
      lua_pop(lua, 1);
    }
    lua_pushboolean(lua, found);
    return 1;
  }
  static int unknown(lua_State* lua) {
    const auto& facts = *static_cast<const Facts*>(lua_touserdata(lua, lua_upvalueindex(1)));
    const char* name = lua_tostring(lua, 2);
    if (name && facts.contains(name)) return 0;
    return luaL_error(lua, "unknown name '%s'", name ? name : "?");
  }
  std::runtime_error wrong() {
    const char* text = lua_tostring(state_.get(), -1);
    std::runtime_error error(text ? text : "the condition failed");
    lua_settop(state_.get(), 1);
    return error;
  }

  std::unique_ptr<Room> room_;  // outlives the state
  std::unique_ptr<lua_State, Close> state_;
};

}  // namespace jackfield
