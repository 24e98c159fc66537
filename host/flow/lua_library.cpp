#include "flow/lua_library.hpp"

#include "flow/lua_sandbox.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>

namespace jackfield::flow {
namespace {

constexpr lua_Unsigned list_items = 65'536;  // longest list the table functions take

void charge(lua_State* lua, double work) {
  LuaEvaluation* evaluation = lua_evaluation(lua);
  if (evaluation == nullptr) return;
  evaluation->work += work;
  if (evaluation->work > lua_pattern_work) luaL_error(lua, "text matching takes too long; use a simpler pattern");
}

/// Calls the function kept as first upvalue with the arguments as they are.
int pass_on(lua_State* lua) {
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
  return lua_gettop(lua);
}

/// The most steps a backtracking match can take: each repetition multiplies the ways to split the text.
double match_work(std::size_t length, const char* pattern, std::size_t size) {
  const auto n = static_cast<double>(length);
  double work = n + 1;
  int repetitions = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (pattern[i] == '%') {
      ++i;
    } else if (pattern[i] == '[') {
      i += (i + 1 < size && pattern[i + 1] == '^') ? 2 : 1;
      for (++i; i < size && pattern[i] != ']'; ++i) {
        if (pattern[i] == '%') ++i;
      }
    } else if (pattern[i] == '?') {
      work *= 2;
    } else if (std::strchr("*+-", pattern[i]) != nullptr) {
      ++repetitions;
      work *= (n + repetitions) / (repetitions + 1);
    }
  }
  return work;
}

int match(lua_State* lua) {
  std::size_t length = 0;
  std::size_t size = 0;
  luaL_checklstring(lua, 1, &length);
  const char* pattern = luaL_checklstring(lua, 2, &size);
  charge(lua, lua_toboolean(lua, lua_upvalueindex(2)) != 0 && lua_toboolean(lua, 4) != 0
                  ? static_cast<double>(length)
                  : match_work(length, pattern, size));
  return pass_on(lua);
}

int format(lua_State* lua) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(lua, 1, &size);
  for (std::size_t i = 0; i + 1 < size; ++i) {
    if (text[i] != '%') continue;
    for (++i; i < size && std::strchr("-+ #0.123456789", text[i]) != nullptr;) ++i;
    if (i < size && text[i] == 'p') return luaL_error(lua, "format: %%p is not offered");
  }
  for (int i = lua_gettop(lua); i > 1; --i) {
    const int type = lua_type(lua, i);
    if (type == LUA_TTABLE || type == LUA_TFUNCTION) {
      return luaL_error(lua, "format: argument %d is a %s; give texts and numbers", i - 1, luaL_typename(lua, i));
    }
  }
  return pass_on(lua);
}

int to_text(lua_State* lua) {
  luaL_checkany(lua, 1);
  const int type = lua_type(lua, 1);
  if (type == LUA_TTABLE || type == LUA_TFUNCTION) {
    return luaL_error(lua, "tostring: a %s has no text; name one of its members", luaL_typename(lua, 1));
  }
  luaL_tolstring(lua, 1, nullptr);
  return 1;
}

int on_list(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  if (lua_rawlen(lua, 1) > list_items) return luaL_error(lua, "the list is longer than %d", static_cast<int>(list_items));
  charge(lua, static_cast<double>(lua_rawlen(lua, 1)));
  return pass_on(lua);
}

struct Key {
  lua_Number number;
  const char* text;
  std::size_t size;
  lua_Integer position;
};

bool before(const Key& a, const Key& b) {
  if ((a.text == nullptr) != (b.text == nullptr)) return a.text == nullptr;
  if (a.text == nullptr) return a.number < b.number;
  const int order = std::memcmp(a.text, b.text, std::min(a.size, b.size));
  return order != 0 ? order < 0 : a.size < b.size;
}

Key key_at(lua_State* lua, int index, lua_Integer position) {
  Key key{0, nullptr, 0, position};
  if (lua_type(lua, index) == LUA_TSTRING) {
    key.text = lua_tolstring(lua, index, &key.size);
  } else if (lua_type(lua, index) == LUA_TNUMBER) {
    key.number = lua_tonumber(lua, index);
  } else {
    luaL_error(lua, "a table's keys are numbers or texts here, found a %s", luaL_typename(lua, index));
  }
  return key;
}

/// next(table, key): the first key after `key` in sorted order.
int next_key(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 2);
  const bool first = lua_isnil(lua, 2);
  const Key after = first ? Key{} : key_at(lua, 2, 0);
  Key best{};
  lua_pushnil(lua);  // 3: the best key
  lua_pushnil(lua);
  while (lua_next(lua, 1) != 0) {
    lua_pop(lua, 1);
    charge(lua, 1);
    const Key key = key_at(lua, 4, 0);
    if ((first || before(after, key)) && (lua_isnil(lua, 3) || before(key, best))) {
      best = key;
      lua_pushvalue(lua, 4);
      lua_replace(lua, 3);
    }
  }
  if (lua_isnil(lua, 3)) return 1;
  lua_pushvalue(lua, 3);
  lua_rawget(lua, 1);
  return 2;
}

int next_of_sorted(lua_State* lua) {
  lua_Integer i = lua_tointeger(lua, lua_upvalueindex(2));
  for (;;) {
    lua_rawgeti(lua, lua_upvalueindex(1), ++i);
    if (lua_isnil(lua, -1)) return 1;
    lua_pushvalue(lua, -1);
    lua_rawget(lua, 1);
    if (!lua_isnil(lua, -1)) break;
    lua_pop(lua, 2);
  }
  lua_pushinteger(lua, i);
  lua_replace(lua, lua_upvalueindex(2));
  return 2;
}

/// pairs(table): the keys are taken and sorted at once; keys added on the way are not visited.
int sorted_pairs(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 1);
  lua_newtable(lua);  // 2: the keys as they come
  lua_Integer count = 0;
  lua_pushnil(lua);
  while (lua_next(lua, 1) != 0) {
    lua_pop(lua, 1);
    lua_pushvalue(lua, -1);
    lua_rawseti(lua, 2, ++count);
  }
  charge(lua, static_cast<double>(count) * 16);
  auto* keys = static_cast<Key*>(lua_newuserdatauv(lua, sizeof(Key) * static_cast<std::size_t>(count + 1), 0));  // 3
  for (lua_Integer i = 0; i < count; ++i) {
    lua_rawgeti(lua, 2, i + 1);
    keys[i] = key_at(lua, -1, i + 1);
    lua_pop(lua, 1);
  }
  std::sort(keys, keys + count, before);
  lua_createtable(lua, static_cast<int>(count), 0);  // 4: sorted
  for (lua_Integer i = 0; i < count; ++i) {
    lua_rawgeti(lua, 2, keys[i].position);
    lua_rawseti(lua, 4, i + 1);
  }
  lua_pushinteger(lua, 0);
  lua_pushcclosure(lua, next_of_sorted, 2);
  lua_pushvalue(lua, 1);
  lua_pushnil(lua);
  return 3;
}

int nothing(lua_State* lua) {
  lua_pushnil(lua);
  return 1;
}

int refuse_write(lua_State* lua) { return luaL_error(lua, "Lua's own tables cannot be changed"); }

/// Replaces table[name] by a closure over the old function (and a flag). The table is on top.
void guard(lua_State* lua, const char* name, lua_CFunction by, bool flag = false) {
  lua_getfield(lua, -1, name);
  lua_pushboolean(lua, flag ? 1 : 0);
  lua_pushcclosure(lua, by, 2);
  lua_setfield(lua, -2, name);
}

void drop(lua_State* lua, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    lua_pushnil(lua);
    lua_setfield(lua, -2, name);
  }
}

/// library[name] = a table that reads the one on top (which is popped) and cannot be written.
void offer(lua_State* lua, int library, const char* name) {
  lua_newtable(lua);
  lua_createtable(lua, 0, 2);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, refuse_write);
  lua_setfield(lua, -2, "__newindex");
  lua_setmetatable(lua, -2);
  lua_setfield(lua, library, name);
  lua_pop(lua, 1);
}

void open(lua_State* lua, lua_CFunction library) {
  lua_pushcfunction(lua, library);
  lua_call(lua, 0, 1);
}

/// Gives the type of the value on top (which is popped) an index that finds nothing.
void index_finds_nothing(lua_State* lua) {
  lua_createtable(lua, 0, 1);
  lua_pushcfunction(lua, nothing);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, -2);
  lua_pop(lua, 1);
}

}  // namespace

void push_lua_library(lua_State* lua) {
  lua_newtable(lua);
  const int library = lua_gettop(lua);
  open(lua, luaopen_base);
  for (const char* name : {"ipairs", "select", "tonumber", "type"}) {
    lua_getfield(lua, -1, name);
    lua_setfield(lua, library, name);
  }
  lua_pop(lua, 1);
  const luaL_Reg own[] = {{"next", next_key}, {"pairs", sorted_pairs}, {"tostring", to_text}, {nullptr, nullptr}};
  luaL_setfuncs(lua, own, 0);

  open(lua, luaopen_math);
  drop(lua, {"random", "randomseed"});
  offer(lua, library, "math");

  open(lua, luaopen_string);
  drop(lua, {"dump", "pack", "packsize", "unpack"});
  guard(lua, "find", match, true);
  for (const char* name : {"match", "gmatch", "gsub"}) guard(lua, name, match);
  guard(lua, "format", format);
  offer(lua, library, "string");

  open(lua, luaopen_table);
  drop(lua, {"move", "pack"});
  for (const char* name : {"concat", "insert", "remove", "sort", "unpack"}) guard(lua, name, on_list);
  offer(lua, library, "table");

  open(lua, luaopen_utf8);
  offer(lua, library, "utf8");

  lua_pushnil(lua);
  index_finds_nothing(lua);
  lua_pushinteger(lua, 0);
  index_finds_nothing(lua);
  lua_pushboolean(lua, 0);
  index_finds_nothing(lua);
}

}  // namespace jackfield::flow
