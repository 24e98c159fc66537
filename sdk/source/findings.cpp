#include <jackfield/findings.hpp>

#include <algorithm>
#include <numeric>

namespace jackfield {

namespace {

constexpr std::size_t findings_most = 32;

std::string describe(const Object& object, bool tell_value) {
  switch (object.type) {
    case msgpack::type::NIL: return "null";
    case msgpack::type::BOOLEAN: return tell_value ? "boolean " + json_text(object) : "boolean";
    case msgpack::type::POSITIVE_INTEGER:
    case msgpack::type::NEGATIVE_INTEGER: return tell_value ? "integer " + json_text(object) : "integer";
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64: return tell_value ? "number " + json_text(object) : "number";
    case msgpack::type::STR: return "string";
    case msgpack::type::BIN: return "bytes";
    case msgpack::type::ARRAY: return "array";
    case msgpack::type::MAP: return "object";
    default: return "extension";
  }
}

// Letters to insert, drop or change on the way from one word to the other.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t changed = diagonal + (from[i] != to[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, diagonal + 1, changed});
    }
  }
  return row.back();
}

}  // namespace

std::string_view did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
  std::string_view nearest;
  std::size_t nearest_distance = 3;
  if (word.size() > 64) return {};
  for (const auto candidate : known) {
    const std::size_t found = distance(word, candidate);
    if (found >= nearest_distance || found >= candidate.size()) continue;
    nearest = candidate;
    nearest_distance = found;
  }
  return nearest;
}

Findings::Member Findings::enter(std::string_view name) {
  const std::size_t length = path_.size();
  path_ += '/';
  for (const char c : name) {  // RFC 6901
    if (c == '~')
      path_ += "~0";
    else if (c == '/')
      path_ += "~1";
    else
      path_ += c;
  }
  return {path_, length};
}

Findings::Member Findings::enter(std::size_t index) { return enter(std::string_view(std::to_string(index))); }

void Findings::add(std::string_view message) {
  if (found_.size() >= findings_most) {
    ++left_out_;
    return;
  }
  found_.push_back((path_.empty() ? "/" : path_) + ": " + std::string(message));
}

void Findings::expected(std::string_view what, const Object& found, bool tell_value) {
  add("expected " + std::string(what) + ", found " + describe(found, tell_value));
}

void Findings::unknown(std::string_view key, const std::vector<std::string_view>& known) {
  const auto nearest = did_you_mean(key, known);
  std::string message = "unknown key '" + std::string(key.substr(0, 64)) + "'";
  if (!nearest.empty()) message += " (did you mean '" + std::string(nearest) + "'?)";
  add(message);
}

std::string Findings::text() const {
  std::string text;
  for (const auto& finding : found_) text += (text.empty() ? "" : "; ") + finding;
  if (left_out_) text += "; and " + std::to_string(left_out_) + " more";
  return text;
}

}  // namespace jackfield
