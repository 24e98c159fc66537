#include "flow/expression.hpp"

#include "flow/lua_sandbox.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace jackfield::flow {

struct Expression::Program {
  enum class Kind { literal, path, lua };
  Kind kind = Kind::literal;
  bool written = false;            // `source` is what the flow says; else a literal made by the compiler
  std::string source;
  Value value;                     // literal
  std::vector<std::string> path;   // path
  std::string chunk;               // lua
};

namespace {

const std::string no_source;

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

bool is_word(const std::string& word) {
  if (word.empty() || (std::isalpha(static_cast<unsigned char>(word[0])) == 0 && word[0] != '_')) return false;
  return std::all_of(word.begin(), word.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; }) && !is_lua_keyword(word);
}

/// "order.card.type" in its parts; empty where the text is something else.
std::vector<std::string> dotted(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0;;) {
    const auto dot = text.find('.', at);
    parts.push_back(text.substr(at, dot == std::string::npos ? dot : dot - at));
    if (!is_word(parts.back())) return {};
    if (dot == std::string::npos) return parts;
    at = dot + 1;
  }
}

std::optional<Value> number(const std::string& text) {
  const auto digits = text.substr(text[0] == '-' ? 1 : 0);
  if (digits.empty() || std::isdigit(static_cast<unsigned char>(digits[0])) == 0 ||
      digits.find_first_not_of("0123456789.") != std::string::npos) {
    return std::nullopt;
  }
  const char* end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto read = std::from_chars(text.data(), end, whole); read.ec == std::errc{} && read.ptr == end) return whole;
  double real = 0;
  if (const auto read = std::from_chars(text.data(), end, real); read.ec == std::errc{} && read.ptr == end) return real;
  return std::nullopt;
}

/// What needs no Lua: true, 12, 'text'.
std::optional<Value> constant(const std::string& text) {
  if (text == "nil") return Value();
  if (text == "true" || text == "false") return text == "true";
  if (text.size() >= 2 && (text[0] == '\'' || text[0] == '"') && text.back() == text[0]) {
    const auto inside = text.substr(1, text.size() - 2);
    if (inside.find_first_of(std::string{text[0], '\\', '\n'}) == std::string::npos) return inside;
    return std::nullopt;
  }
  return number(text);
}

const Value* follow(const std::vector<std::string>& path, const Lookup& lookup) {
  const Value* value = lookup(path[0]);
  for (std::size_t i = 1; value != nullptr && i < path.size(); ++i) {
    if (!value->is_object()) return nullptr;
    const auto member = value->find(path[i]);
    value = member == value->end() ? nullptr : &*member;
  }
  return value;
}

std::runtime_error failed(const std::string& source, const std::exception& error) {
  return std::runtime_error("expression `" + source + "`: " + error.what());
}

}  // namespace

Expression::Expression(std::string source) {
  auto program = std::make_shared<Program>();
  program->written = true;
  program->source = std::move(source);
  const std::string text = trimmed(program->source);
  if (text.empty()) throw std::invalid_argument("is empty; expected a name, a value or a Lua expression");
  if (auto value = constant(text)) {
    program->value = std::move(*value);
  } else if (program->path = dotted(text); !program->path.empty()) {
    program->kind = Program::Kind::path;
  } else {
    program->kind = Program::Kind::lua;
    program->chunk = LuaSandbox::of_this_thread().compile(text);
  }
  program_ = std::move(program);
}

Expression Expression::literal(Value value) {
  auto program = std::make_shared<Program>();
  program->source = "=" + value.dump(-1, ' ', false, Value::error_handler_t::replace);
  program->value = std::move(value);
  Expression expression;
  expression.program_ = std::move(program);
  return expression;
}

const std::string& Expression::source() const { return program_ ? program_->source : no_source; }

std::vector<std::string> Expression::names() const {
  if (!program_ || program_->kind == Program::Kind::literal) return {};
  if (program_->kind == Program::Kind::path) return {program_->path[0]};
  return lua_global_names(program_->chunk);
}

std::vector<std::string> Expression::path() const {
  return program_ && program_->kind == Program::Kind::path ? program_->path : std::vector<std::string>{};
}

Value Expression::evaluate(const Lookup& lookup) const {
  if (!program_) return nullptr;
  if (program_->kind == Program::Kind::literal) return program_->value;
  if (program_->kind == Program::Kind::path) {
    const Value* value = follow(program_->path, lookup);
    return value == nullptr ? Value() : *value;
  }
  try {
    return LuaSandbox::of_this_thread().evaluate(program_->chunk, lookup);
  } catch (const std::exception& error) {
    throw failed(program_->source, error);
  }
}

bool Expression::holds(const Lookup& lookup) const {
  if (!program_) return true;
  const auto truth = [](const Value& value) { return !value.is_null() && value != Value(false); };
  if (program_->kind == Program::Kind::literal) return truth(program_->value);
  if (program_->kind == Program::Kind::path) {
    const Value* value = follow(program_->path, lookup);
    return value != nullptr && truth(*value);
  }
  try {
    return LuaSandbox::of_this_thread().holds(program_->chunk, lookup);
  } catch (const std::exception& error) {
    throw failed(program_->source, error);
  }
}

Value Expression::serialise() const {
  if (!program_) return nullptr;
  if (program_->written) return program_->source;
  return Value{{"literal", program_->value}};
}

Expression Expression::deserialise(const Value& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return Expression(value.get<std::string>());
  if (value.is_object() && value.size() == 1 && value.contains("literal")) return literal(value.at("literal"));
  throw std::runtime_error("found a " + std::string(value.type_name()) + ", expected an expression");
}

}  // namespace jackfield::flow
