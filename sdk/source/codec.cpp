#include <jackfield/codec.hpp>

#include <algorithm>
#include <cmath>

namespace jackfield::detail {

namespace {

bool is_within(std::int64_t number, std::int64_t least, std::uint64_t most) {
  return number >= least && (number < 0 || static_cast<std::uint64_t>(number) <= most);
}

std::string integer_text(std::int64_t least, std::uint64_t most) {
  if (least == std::numeric_limits<std::int64_t>::min()) return "integer";
  if (most == std::numeric_limits<std::uint64_t>::max()) return "integer of at least 0";
  return "integer from " + std::to_string(least) + " to " + std::to_string(most);
}

std::string_view text_of(const Object& object) { return {object.via.str.ptr, object.via.str.size}; }

}  // namespace

bool read_integer(const Object& object, std::int64_t least, std::uint64_t most, std::uint64_t& bits,
                  Findings& findings) {
  if (object.type == msgpack::type::POSITIVE_INTEGER && object.via.u64 <= most) {
    bits = object.via.u64;
    return true;
  }
  if (object.type == msgpack::type::NEGATIVE_INTEGER && is_within(object.via.i64, least, most)) {
    bits = static_cast<std::uint64_t>(object.via.i64);
    return true;
  }
  // JSON knows one kind of number: 5.0 is an integer there. Beyond 2^53 a double no longer says which.
  const bool is_float = object.type == msgpack::type::FLOAT64 || object.type == msgpack::type::FLOAT32;
  if (is_float && std::floor(object.via.f64) == object.via.f64 && std::fabs(object.via.f64) <= 9007199254740992.0 &&
      is_within(static_cast<std::int64_t>(object.via.f64), least, most)) {
    bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(object.via.f64));
    return true;
  }
  findings.expected(integer_text(least, most), object);
  return false;
}

std::string integer_schema(std::int64_t least, std::uint64_t most) {
  std::string schema = R"("type":"integer")";
  if (least != std::numeric_limits<std::int64_t>::min()) schema += ",\"minimum\":" + std::to_string(least);
  if (most <= std::numeric_limits<std::uint32_t>::max()) schema += ",\"maximum\":" + std::to_string(most);
  return schema;
}

bool read_text(const Object& object, std::string& value, Findings& findings, bool tell_value) {
  if (object.type != msgpack::type::STR) {
    findings.expected("string", object, tell_value);
    return false;
  }
  value = text_of(object);
  return true;
}

const Object* find_member(const Object& map, std::string_view name) {
  for (std::uint32_t i = 0; i < map.via.map.size; ++i) {
    const auto& entry = map.via.map.ptr[i];
    if (entry.key.type != msgpack::type::STR || text_of(entry.key) != name) continue;
    return is_nil(entry.val) ? nullptr : &entry.val;
  }
  return nullptr;
}

void report_unknown(const Object& map, const std::vector<std::string_view>& known, Findings& findings) {
  for (std::uint32_t i = 0; i < map.via.map.size; ++i) {
    const Object& key = map.via.map.ptr[i].key;
    if (key.type != msgpack::type::STR) {
      findings.expected("string as a key", key);
    } else if (std::find(known.begin(), known.end(), text_of(key)) == known.end()) {
      findings.unknown(text_of(key), known);
    }
  }
}

std::string property_schema(const Field& field, const std::string& schema, const std::string& initial_json) {
  std::string text = schema;
  const auto add = [&](std::string_view name, const std::string& json) {
    text += (text.empty() ? "\"" : ",\"") + std::string(name) + "\":" + json;
  };
  if (!initial_json.empty()) add("default", initial_json);
  if (!field.description.empty()) add("description", json_quoted(field.description));
  return json_quoted(field.name) + ":{" + text + "}";
}

}  // namespace jackfield::detail
