#include "flow/lua_sandbox.hpp"

#include "flow/lua_library.hpp"

#include <cstdlib>
#include <new>
#include <stdexcept>

namespace jackfield::flow {
namespace {

const char environment_key = 0;  // registry: the metatable of every evaluation's _ENV
const char chunks_key = 0;       // registry: text → compiled function
constexpr int chunks_most = 1024;

struct Memory {
  std::size_t used = 0;
  std::size_t used_most = SIZE_MAX;
  std::size_t churn = 0;
  std::size_t churn_most = SIZE_MAX;
};

void* allocate(void* user, void* block, std::size_t had, std::size_t wants) {
  auto* memory = static_cast<Memory*>(user);
  if (block == nullptr) had = 0;
  if (wants == 0) {
    memory->used -= had;
    std::free(block);
    return nullptr;
  }
  if (wants > had) {
    if (memory->used - had + wants > memory->used_most || memory->churn + wants > memory->churn_most) return nullptr;
  }
  void* moved = std::realloc(block, wants);
  if (moved == nullptr) return nullptr;
  memory->used = memory->used - had + wants;
  if (wants > had) memory->churn += wants;
  return moved;
}

/// The lookup's answer; what it throws is carried round Lua.
const Value* ask(LuaEvaluation& evaluation, const char* name, std::size_t size) noexcept {
  try {
    return (*evaluation.lookup)(std::string_view(name, size));
  } catch (...) {
    evaluation.thrown = std::current_exception();
    return nullptr;
  }
}

/// __index of _ENV; upvalue: the library.
int read_name(lua_State* lua) {
  LuaEvaluation* evaluation = lua_evaluation(lua);
  if (lua_type(lua, 2) != LUA_TSTRING || evaluation == nullptr) return 0;
  std::size_t size = 0;
  const char* name = lua_tolstring(lua, 2, &size);
  const Value* value = ask(*evaluation, name, size);
  if (evaluation->thrown) return luaL_error(lua, "lookup failed");
  if (value == nullptr) {
    lua_settop(lua, 2);
    lua_rawget(lua, lua_upvalueindex(1));
    return 1;
  }
  push_lua_value(lua, *value);
  lua_pushvalue(lua, 2);
  lua_pushvalue(lua, -2);
  lua_rawset(lua, 1);  // converted once an evaluation
  return 1;
}

void stop(lua_State* lua, lua_Debug*) { luaL_error(lua, "takes more than %d instructions", lua_instructions); }

int set_up(lua_State* lua) {
  lua_createtable(lua, 0, 1);
  push_lua_library(lua);
  lua_pushcclosure(lua, read_name, 1);
  lua_setfield(lua, -2, "__index");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &environment_key);
  lua_newtable(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &chunks_key);
  return 0;
}

int load(lua_State* lua) {
  const auto* chunk = static_cast<const std::string*>(lua_touserdata(lua, 1));
  if (luaL_loadbufferx(lua, chunk->data(), chunk->size(), "=line", "t") != LUA_OK) return lua_error(lua);
  return 1;
}

/// Argument: the chunk. Finds or compiles it, gives it a fresh _ENV, runs it.
int evaluate_chunk(lua_State* lua) {
  const auto* chunk = static_cast<const std::string*>(lua_touserdata(lua, 1));
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &chunks_key);
  lua_pushlstring(lua, chunk->data(), chunk->size());
  lua_pushvalue(lua, -1);
  if (lua_rawget(lua, -3) == LUA_TNIL) {
    lua_pop(lua, 1);
    if (luaL_loadbufferx(lua, chunk->data(), chunk->size(), "=line", "t") != LUA_OK) return lua_error(lua);
    lua_evaluation(lua)->compiled = true;
    lua_pushvalue(lua, -2);
    lua_pushvalue(lua, -2);
    lua_rawset(lua, -5);
  }
  lua_newtable(lua);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &environment_key);
  lua_setmetatable(lua, -2);
  lua_setupvalue(lua, -2, 1);
  lua_sethook(lua, stop, LUA_MASKCOUNT, lua_instructions);
  lua_call(lua, 0, 1);
  return 1;
}

std::string message(lua_State* lua, int status) {
  if (status == LUA_ERRMEM) return "takes more memory than " + std::to_string(lua_memory_bytes >> 20) + " MiB";
  std::size_t size = 0;
  const char* text = lua_tolstring(lua, -1, &size);
  std::string found = text == nullptr ? "fails" : std::string(text, size);
  if (found.rfind("line:", 0) == 0) found[4] = ' ';  // "line:1: …" reads "line 1: …"
  return found;
}

}  // namespace

struct LuaSandbox::State {
  Memory memory;
  lua_State* lua = nullptr;
  int chunks = 0;

  State() : lua(lua_newstate(allocate, &memory)) {
    if (lua == nullptr) throw std::bad_alloc();
    lua_evaluation(lua) = nullptr;
    lua_pushcfunction(lua, set_up);
    if (lua_pcall(lua, 0, 0, 0) != LUA_OK) {
      lua_close(lua);
      throw std::bad_alloc();
    }
  }
  ~State() { lua_close(lua); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

LuaSandbox::LuaSandbox() : state_(std::make_unique<State>()) {}
LuaSandbox::~LuaSandbox() = default;

LuaSandbox& LuaSandbox::of_this_thread() {
  thread_local LuaSandbox sandbox;
  return sandbox;
}

std::string LuaSandbox::compile(const std::string& source) {
  if (source.size() > lua_source_bytes) {
    throw std::invalid_argument("is longer than " + std::to_string(lua_source_bytes) + " bytes");
  }
  lua_State* lua = state_->lua;
  std::string first_error;
  for (std::string chunk : {"return " + source, source}) {
    const int top = lua_gettop(lua);
    lua_pushcfunction(lua, load);
    lua_pushlightuserdata(lua, &chunk);
    const int status = lua_pcall(lua, 1, 1, 0);
    std::string error = status == LUA_OK ? std::string() : message(lua, status);
    lua_settop(lua, top);
    if (status == LUA_OK) return chunk;
    if (first_error.empty()) first_error = std::move(error);
    if (source.find("return") == std::string::npos) break;
  }
  throw std::invalid_argument(first_error);
}

/// Leaves the result on the stack.
void LuaSandbox::run(const std::string& chunk, const Lookup& lookup) {
  if (state_->chunks >= chunks_most && lua_evaluation(state_->lua) == nullptr) {
    state_ = std::make_unique<State>();  // so that the chunks of definitions long gone go too
  }
  lua_State* lua = state_->lua;
  LuaEvaluation evaluation;
  evaluation.lookup = &lookup;
  LuaEvaluation* outer = lua_evaluation(lua);
  lua_evaluation(lua) = &evaluation;
  Memory& memory = state_->memory;
  memory.used_most = memory.used + lua_memory_bytes;
  memory.churn = 0;
  memory.churn_most = lua_churn_bytes;
  lua_pushcfunction(lua, evaluate_chunk);
  lua_pushlightuserdata(lua, const_cast<std::string*>(&chunk));
  const int status = lua_pcall(lua, 1, 1, 0);
  lua_sethook(lua, nullptr, 0, 0);
  memory.used_most = memory.churn_most = SIZE_MAX;
  lua_evaluation(lua) = outer;
  if (evaluation.compiled) ++state_->chunks;
  if (status == LUA_OK) return;
  const std::string text = message(lua, status);
  lua_pop(lua, 1);
  if (outer == nullptr) state_ = std::make_unique<State>();  // what a failed evaluation left is not worth keeping
  if (evaluation.thrown) std::rethrow_exception(evaluation.thrown);
  throw std::runtime_error(text);
}

Value LuaSandbox::evaluate(const std::string& chunk, const Lookup& lookup) {
  run(chunk, lookup);
  struct Pop {
    lua_State* lua;
    int top;
    ~Pop() { lua_settop(lua, top); }
  } pop{state_->lua, lua_gettop(state_->lua) - 1};
  return lua_value(state_->lua, lua_gettop(state_->lua));
}

bool LuaSandbox::holds(const std::string& chunk, const Lookup& lookup) {
  run(chunk, lookup);
  const bool yes = lua_toboolean(state_->lua, -1) != 0;
  lua_pop(state_->lua, 1);
  return yes;
}

}  // namespace jackfield::flow
