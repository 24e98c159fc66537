// Values into Lua and out of it.
#include "flow/lua_library.hpp"
#include "flow/lua_sandbox.hpp"

#include <cmath>
#include <stdexcept>

namespace jackfield::flow {
namespace {

const char list_mark = 0;  // its address is the registry key of the lists' metatable

void mark_as_list(lua_State* lua) {
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &list_mark) == LUA_TNIL) {
    lua_pop(lua, 1);
    lua_newtable(lua);
    lua_pushvalue(lua, -1);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &list_mark);
  }
  lua_setmetatable(lua, -2);
}

bool is_marked_list(lua_State* lua, int index) {
  if (lua_getmetatable(lua, index) == 0) return false;
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &list_mark);
  const bool same = lua_rawequal(lua, -1, -2) != 0;
  lua_pop(lua, 2);
  return same;
}

Value number_value(lua_State* lua, int index) {
  if (lua_isinteger(lua, index) != 0) return lua_tointeger(lua, index);
  const double number = lua_tonumber(lua, index);
  if (!std::isfinite(number)) throw std::runtime_error("gives a number that is infinite or none (division by zero?)");
  return number;
}

std::string text_at(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* text = lua_tolstring(lua, index, &size);
  return {text, size};
}

/// A list where the keys are 1…n without a gap.
bool is_list(lua_State* lua, int index, lua_Integer& count) {
  count = 0;
  lua_Integer most = 0;
  bool whole = true;
  lua_pushnil(lua);
  while (lua_next(lua, index) != 0) {
    lua_pop(lua, 1);
    ++count;
    if (lua_isinteger(lua, -1) != 0 && lua_tointeger(lua, -1) > 0) {
      most = std::max(most, lua_tointeger(lua, -1));
    } else {
      whole = false;
    }
  }
  if (count == 0) return is_marked_list(lua, index);
  return whole && most == count;
}

Value table_value(lua_State* lua, int index, int depth) {
  if (depth >= lua_value_depth) throw std::runtime_error("gives a table nested too deeply (or within itself)");
  if (lua_checkstack(lua, 4) == 0) throw std::runtime_error("gives a table that does not fit the stack");
  lua_Integer count = 0;
  if (is_list(lua, index, count)) {
    Value list = Value::array();
    for (lua_Integer i = 1; i <= count; ++i) {
      lua_rawgeti(lua, index, i);
      list.push_back(lua_value(lua, lua_gettop(lua), depth + 1));
      lua_pop(lua, 1);
    }
    return list;
  }
  Value map = Value::object();
  lua_pushnil(lua);
  while (lua_next(lua, index) != 0) {
    const int value = lua_gettop(lua);
    const int type = lua_type(lua, value - 1);
    if (type != LUA_TSTRING && lua_isinteger(lua, value - 1) == 0) {
      throw std::runtime_error("gives a table with a key that is neither text nor integer");
    }
    std::string key = type == LUA_TSTRING ? text_at(lua, value - 1) : std::to_string(lua_tointeger(lua, value - 1));
    map[std::move(key)] = lua_value(lua, value, depth + 1);
    lua_pop(lua, 1);
  }
  return map;
}

}  // namespace

void push_lua_value(lua_State* lua, const Value& value, int depth) {
  if (depth > lua_value_depth) luaL_error(lua, "a value is nested deeper than %d", lua_value_depth);
  luaL_checkstack(lua, 6, "a value does not fit");
  switch (value.type()) {
    case Value::value_t::boolean: lua_pushboolean(lua, value.get<bool>() ? 1 : 0); return;
    case Value::value_t::number_integer: lua_pushinteger(lua, value.get<std::int64_t>()); return;
    case Value::value_t::number_unsigned: {
      const auto number = value.get<std::uint64_t>();
      if (number <= static_cast<std::uint64_t>(LUA_MAXINTEGER)) {
        lua_pushinteger(lua, static_cast<lua_Integer>(number));
      } else {
        lua_pushnumber(lua, static_cast<lua_Number>(number));
      }
      return;
    }
    case Value::value_t::number_float: lua_pushnumber(lua, value.get<double>()); return;
    case Value::value_t::string: {
      const auto& text = value.get_ref<const Value::string_t&>();
      lua_pushlstring(lua, text.data(), text.size());
      return;
    }
    case Value::value_t::array: {
      const auto& list = value.get_ref<const Value::array_t&>();
      lua_createtable(lua, static_cast<int>(list.size()), 0);
      for (std::size_t i = 0; i < list.size(); ++i) {
        push_lua_value(lua, list[i], depth + 1);
        lua_rawseti(lua, -2, static_cast<lua_Integer>(i + 1));
      }
      mark_as_list(lua);
      return;
    }
    case Value::value_t::object: {
      const auto& map = value.get_ref<const Value::object_t&>();
      lua_createtable(lua, 0, static_cast<int>(map.size()));
      for (auto member = map.begin(); member != map.end(); ++member) {
        lua_pushlstring(lua, member->first.data(), member->first.size());
        push_lua_value(lua, member->second, depth + 1);
        lua_rawset(lua, -3);
      }
      return;
    }
    default: lua_pushnil(lua);
  }
}

Value lua_value(lua_State* lua, int index, int depth) {
  switch (lua_type(lua, index)) {
    case LUA_TNIL: return nullptr;
    case LUA_TBOOLEAN: return lua_toboolean(lua, index) != 0;
    case LUA_TNUMBER: return number_value(lua, index);
    case LUA_TSTRING: return text_at(lua, index);
    case LUA_TTABLE: return table_value(lua, index, depth);
    default: throw std::runtime_error(std::string("gives a ") + luaL_typename(lua, index) + "; expected a value");
  }
}

}  // namespace jackfield::flow
