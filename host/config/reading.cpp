#include "config/reading.hpp"

#include "config/code.hpp"
#include "config/form.hpp"
#include "flow/duration.hpp"

#include <algorithm>

namespace jackfield::config {
namespace {

using std::chrono::milliseconds;

std::string pointer_of(const std::string& path) {
  std::string pointer, word;
  for (const char c : path + ".") {
    if (c == '.') {
      pointer = child(pointer, word);
      word.clear();
    } else {
      word += c;
    }
  }
  return pointer;
}

std::string last_word(const std::string& path) { return path.substr(path.rfind('.') + 1); }

/// "found text": what kind of value it is, never the value.
std::string kind(const flow::Value& value) {
  if (value.is_null()) return "nothing";
  if (value.is_string()) return "text";
  if (value.is_boolean()) return "true or false";
  if (value.is_number()) return "a number";
  return value.is_array() ? "a list" : "a map";
}

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

}  // namespace

const flow::Value* Reading::at(const std::string& path) {
  const std::string pointer = pointer_of(path);
  known_.insert(pointer);
  const flow::Value::json_pointer where(pointer);
  // A parent that is no map is told once, by refuse_the_rest().
  if (!document_.root.contains(where)) return nullptr;
  const flow::Value& value = document_.root.at(where);
  return value.is_null() ? nullptr : &value;
}

void Reading::find(const std::string& path, const char* code, std::string text) {
  findings_.push_back(document_.marks.finding(pointer_of(path), code, std::move(text)));
}

bool Reading::as_text(const std::string& path, std::string& out) {
  const flow::Value* value = at(path);
  if (value == nullptr) return false;
  const auto given = document_.given.find(pointer_of(path));
  if (value->is_string()) {
    out = value->get<std::string>();
  } else if (given != document_.given.end() && value->is_primitive()) {
    out = given->second;
  } else if (value->is_number_integer()) {
    out = value->dump();
  } else {
    find(path, code::wrong_type, last_word(path) + ": found " + kind(*value) + ", expected text");
    return false;
  }
  return true;
}

void Reading::text(const std::string& path, std::string& value) {
  std::string found;
  if (as_text(path, found)) value = std::move(found);
}

void Reading::text(const std::string& path, std::string& value, Form form, const char* code, const char* expected) {
  std::string found;
  if (!as_text(path, found)) return;
  if (form(found)) {
    value = std::move(found);
  } else {
    find(path, code, last_word(path) + ": found '" + found + "', expected " + expected);
  }
}

void Reading::secret_text(const std::string& path, std::string& value, const std::string& data_dir) {
  const flow::Value* found = at(path);
  if (found == nullptr) return;
  if (found->is_object()) {
    const std::string pointer = pointer_of(path);
    for (const char* word : {"env", "file"}) known_.insert(child(pointer, word));
    const flow::Value text = resolve(*found, pointer, data_dir);
    if (text.is_string()) {
      value = text.get<std::string>();
    } else if (text.is_object()) {
      find(path, code::wrong_type, last_word(path) + ": found a map, expected text, {env: NAME} or {file: PATH}");
    }
    return;
  }
  std::string text;
  if (as_text(path, text)) value = resolve(text, pointer_of(path), data_dir).get<std::string>();
}

void Reading::word(const std::string& path, std::string& value, const std::vector<std::string>& words) {
  std::string found;
  if (!as_text(path, found)) return;
  if (std::find(words.begin(), words.end(), found) != words.end()) {
    value = std::move(found);
  } else {
    find(path, code::unknown_word, last_word(path) + ": found '" + found + "', expected one of " + join(words) +
                                       flow::did_you_mean(found, words));
  }
}

void Reading::duration(const std::string& path, milliseconds& value, milliseconds least) {
  std::string found;
  if (!as_text(path, found)) return;
  const auto parsed = flow::parse_duration(found);
  if (!parsed) {
    find(path, code::bad_duration, last_word(path) + ": found '" + found +
                                       "', expected a duration such as 500ms, 5s, 30m, 24h or 90d");
  } else if (*parsed < least) {
    find(path, code::out_of_range, last_word(path) + ": found '" + found + "', expected at least " +
                                       std::to_string(least.count()) + "ms");
  } else {
    value = *parsed;
  }
}

void Reading::backoff(const std::string& path, milliseconds& first, milliseconds& most) {
  std::string found;
  if (!as_text(path, found)) return;
  const std::size_t dots = found.find("..");
  if (dots != std::string::npos) {
    const auto from = flow::parse_duration(found.substr(0, dots));
    const auto to = flow::parse_duration(found.substr(dots + 2));
    if (from && to && from->count() > 0 && *from <= *to) {
      first = *from;
      most = *to;
      return;
    }
  }
  find(path, code::bad_duration, last_word(path) + ": found '" + found +
                                     "', expected two durations, the shorter first, such as 100ms..30s");
}

void Reading::size(const std::string& path, std::size_t& value, std::size_t least, std::size_t most) {
  std::string found;
  if (!as_text(path, found)) return;
  const auto parsed = parse_size(found);
  if (!parsed) {
    find(path, code::bad_size, last_word(path) + ": found '" + found + "', expected a size such as 64KiB or 1MiB");
  } else if (*parsed < least || *parsed > most) {
    find(path, code::out_of_range, last_word(path) + ": found " + std::to_string(*parsed) + " bytes, expected " +
                                       std::to_string(least) + " to " + std::to_string(most));
  } else {
    value = *parsed;
  }
}

void Reading::count(const std::string& path, std::size_t& value, std::size_t least, std::size_t most) {
  const flow::Value* found = at(path);
  if (found == nullptr) return;
  if (!found->is_number_integer()) {
    return find(path, code::wrong_type, last_word(path) + ": found " + kind(*found) + ", expected a whole number");
  }
  const auto number = found->get<std::int64_t>();
  if (number < static_cast<std::int64_t>(least) || number > static_cast<std::int64_t>(most)) {
    return find(path, code::out_of_range, last_word(path) + ": found " + std::to_string(number) + ", expected " +
                                              std::to_string(least) + " to " + std::to_string(most));
  }
  value = static_cast<std::size_t>(number);
}

void Reading::count(const std::string& path, int& value, int least, int most) {
  auto number = static_cast<std::size_t>(value);
  count(path, number, static_cast<std::size_t>(least), static_cast<std::size_t>(most));
  value = static_cast<int>(number);
}

flow::Value Reading::block(const std::string& path, const std::string& data_dir) {
  const flow::Value* value = at(path);
  const std::string pointer = pointer_of(path);
  blocks_.insert(pointer);
  if (value == nullptr) return flow::Value::object();
  if (!value->is_object()) {
    find(path, code::wrong_type, last_word(path) + ": found " + kind(*value) + ", expected a map of settings");
    return flow::Value::object();
  }
  flow::Value out = flow::Value::object();
  for (const auto& [key, member] : value->items()) out[key] = resolve(member, child(pointer, key), data_dir);
  return out;
}

std::vector<std::string> Reading::blocks(const std::string& path) {
  std::vector<std::string> keys;
  const flow::Value* value = at(path);
  if (value == nullptr) return keys;
  if (!value->is_object()) {
    find(path, code::wrong_type, path + ": found " + kind(*value) + ", expected a map, a block an id");
    return keys;
  }
  for (const auto& [key, member] : value->items()) keys.push_back(key);
  return keys;
}

void Reading::refuse_the_rest() { refuse(document_.root, "", ""); }

void Reading::refuse(const flow::Value& map, const std::string& path, const std::string& pointer) {
  std::vector<std::string> candidates;
  for (const std::string& known : known_) {
    if (known.rfind(pointer + "/", 0) != 0) continue;
    const std::string rest = known.substr(pointer.size() + 1);
    const std::string word = rest.substr(0, rest.find('/'));
    if (std::find(candidates.begin(), candidates.end(), word) == candidates.end()) candidates.push_back(word);
  }
  for (const auto& [key, value] : map.items()) {
    const std::string here = child(pointer, key);
    if (blocks_.count(here) > 0) continue;
    if (std::find(candidates.begin(), candidates.end(), key) == candidates.end()) {
      findings_.push_back(document_.marks.finding(
          document_.marks.key(here), code::unknown_key,
          "unknown key '" + key + "'" + (path.empty() ? "" : " in '" + path + "'") + flow::did_you_mean(key,
              candidates)));
      continue;
    }
    const bool has_keys = std::any_of(known_.begin(), known_.end(),
                                      [&](const auto& known) { return known.rfind(here + "/", 0) == 0; });
    if (!has_keys || value.is_null()) continue;  // a single value: whoever asked for it has judged it
    if (value.is_object()) {
      refuse(value, path.empty() ? key : path + "." + key, here);
    } else if (known_.count(here) == 0) {
      findings_.push_back(
          document_.marks.finding(here, code::wrong_type, key + ": found " + kind(value) + ", expected a map"));
    }
  }
}

}  // namespace jackfield::config
