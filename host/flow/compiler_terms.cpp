// Expressions, mappings, texts, durations and settings.
#include "flow/compiler_graph.hpp"
#include "flow/duration.hpp"

#include <algorithm>

namespace jackfield::flow {
namespace {

constexpr int mapping_depth = 16;

/// Plain `null`, `~` or nothing at all: a member that is left out.
bool is_nothing(const YAML::Node& value) {
  return value.IsNull() || (value.IsScalar() && value.Tag() != "!" &&
                            (value.Scalar().empty() || value.Scalar() == "~" || value.Scalar() == "null"));
}

/// What is written like a text where an expression stands.
std::string text_hint(const std::string& source) {
  const bool plain = source.find_first_of("'\"()=<>+*{}") == std::string::npos;
  return plain ? "; a text is written in quotes within quotes: \"'" + source + "'\"" : std::string();
}

}  // namespace

Expression GraphCompiler::expression(const Yaml& value, const Room& room, const std::string& what,
                                     std::vector<std::string> extra) {
  auto read = reader(room);
  if (!value.IsDefined() || is_nothing(value) || !value.IsScalar()) {
    read.add(code::wrong_type, value, what + ": expected an expression, found " + describe(value));
    return {};
  }
  const std::string& source = value.Scalar();
  try {
    Expression made(source);
    const auto path = made.path();
    if (!path.empty() && path[0] == "setting") {
      return Expression::literal(setting(path, read.place(value)).value_or(Value()));
    }
    extra.insert(extra.end(), room.names.begin(), room.names.end());
    if (room.finally) extra.emplace_back("error");
    uses_.push_back({room.scope, made.names(), std::move(extra), path, read.place(value)});
    return made;
  } catch (const std::invalid_argument& error) {
    read.add(code::bad_expression, value, what + ": expression `" + source + "`: " + error.what() + text_hint(source));
    return {};
  }
}

Mapping GraphCompiler::mapping(const Yaml& value, const Room& room, std::vector<std::string> extra, int depth) {
  auto read = reader(room);
  if (!read.has_room(value, depth, mapping_depth)) return {};
  if (value.IsDefined() && is_nothing(value)) return Mapping::of(Expression::literal(nullptr));
  if (!value.IsDefined() || value.IsScalar()) return Mapping::of(expression(value, room, "a value", std::move(extra)));
  if (value.IsSequence()) {
    std::vector<Mapping> items;
    for (const auto& item : value) items.push_back(mapping(item, room, extra, depth + 1));
    return Mapping::list(std::move(items));
  }
  std::vector<std::pair<std::string, Mapping>> members;
  if (read.is_map(value, "a mapping")) {
    for (const auto& pair : value) members.emplace_back(pair.first.Scalar(), mapping(pair.second, room, extra, depth + 1));
  }
  return Mapping::map(std::move(members));
}

/// Text as it is written; an expression where it begins with '='.
Expression GraphCompiler::words(const Yaml& value, const Room& room) {
  const auto text = reader(room).text(value, "text");
  if (!text) return {};
  if (!text->starts_with('=')) return Expression::literal(*text);
  try {
    Expression made(text->substr(1));
    auto extra = room.names;
    uses_.push_back({room.scope, made.names(), std::move(extra), made.path(), reader(room).place(value)});
    return made;
  } catch (const std::invalid_argument& error) {
    reader(room).add(code::bad_expression, value, "text: expression `" + text->substr(1) + "`: " + error.what());
    return {};
  }
}

/// A time limit: "30m" and settings become milliseconds now, anything else is an expression.
Expression GraphCompiler::within(const Yaml& value, const Room& room) {
  if (value.IsScalar()) {
    if (const auto time = parse_duration(value.Scalar())) return Expression::literal(time->count());
    if (value.Scalar().starts_with("setting.")) return Expression::literal(duration(value, room, "within").count());
    if (!value.Scalar().empty() && value.Scalar().find_first_not_of("0123456789") == 0) {
      return expression(value, room, "within");
    }
  }
  reader(room).add(code::bad_duration, value, "within: expected a duration like 30m or an expression, found " + describe(value));
  return {};
}

Millis GraphCompiler::duration(const Yaml& value, const Room& room, const std::string& what) {
  auto read = reader(room);
  if (value.IsScalar()) {
    const std::string& text = value.Scalar();
    if (const auto time = parse_duration(text)) return *time;
    if (text.starts_with("setting.")) {
      try {
        const auto found = setting(Expression(text).path(), read.place(value));
        if (!found) return Millis{0};
        if (const auto time = duration_of(*found)) return *time;
        read.add(code::bad_duration, value, what + ": expected a duration in " + text + ", found " + found->dump());
        return Millis{0};
      } catch (const std::invalid_argument&) {
        // said below
      }
    }
  }
  read.add(code::bad_duration, value, what + ": expected a duration like 500ms, 5s, 30m, 24h or 90d, found " + describe(value));
  return Millis{0};
}

/// setting.<plugin>.<key>, as it is now.
std::optional<Value> GraphCompiler::setting(const std::vector<std::string>& path, const Place& place) {
  std::string key;
  for (std::size_t i = 2; i < path.size(); ++i) key += (i > 2 ? "." : "") + path[i];
  if (key.empty()) {
    report_.add(code::unknown_setting, place, "expected setting.<plugin>.<key>, like setting.resource.hold");
    return std::nullopt;
  }
  auto value = settings_ ? settings_(path[1], key) : std::nullopt;
  if (!value) report_.add(code::unknown_setting, place, "plugin or adapter '" + path[1] + "' has no setting '" + key + "'");
  return value;
}

std::string GraphCompiler::code_word(const Yaml& value, const Room& room, bool any) {
  auto read = reader(room);
  const auto word = read.text(value, "a code");
  if (!word) return {};
  const bool fits = (*word)[0] >= 'A' && (*word)[0] <= 'Z' &&
                    word->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string::npos;
  if (!fits && !(any && *word == "*")) {
    read.add(code::bad_code, value, "'" + *word + "' is no code; expected A-Z, 0-9 and _, like NO_STOCK" +
                                        (any ? ", or '*' for any" : ""));
  }
  return *word;
}

}  // namespace jackfield::flow
