#include "http/lists.hpp"

#include "engine/mask.hpp"
#include "engine/ulid.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <string_view>
#include <utility>

namespace jackfield::http {
namespace {

using engine::problem;
using flow::Value;

constexpr std::size_t limit_most = 200;
constexpr std::array<std::string_view, 7> states{"running",   "waiting", "completed", "rejected",
                                                 "cancelled", "failed",  "held"};

std::string iso_time(std::int64_t unix_ms) {
  const std::time_t seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char day[32], text[48];
  std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text, sizeof text, "%s.%03dZ", day, static_cast<int>(unix_ms % 1000));
  return text;
}

Value page(Value items, Value next) { return {{"items", std::move(items)}, {"next", std::move(next)}}; }

Value texts_or_null(const std::string& text) { return text.empty() ? Value(nullptr) : Value(text); }

Value show(const store::DeadLetterRow& row) {
  return {{"id", row.id},
          {"kind", row.kind},
          {"instance", texts_or_null(row.instance)},
          {"flow", texts_or_null(row.flow)},
          {"node", texts_or_null(row.node)},
          {"step", texts_or_null(row.step)},
          {"key", texts_or_null(row.key)},
          {"name", texts_or_null(row.name)},
          {"correlation", texts_or_null(row.correlation)},
          {"code", row.code},
          {"text", row.text},
          {"created_at", iso_time(row.created_ms)}};
}

/// +86 138…, 86138… and 138… are one number; it is stored as the last.
std::string national(std::string msisdn) {
  if (msisdn.size() == 14 && msisdn.starts_with("+86")) return msisdn.substr(3);
  if (msisdn.size() == 13 && msisdn.starts_with("86")) return msisdn.substr(2);
  return msisdn;
}

engine::Reply bad_query(const std::string& name, const std::string& expected) {
  return problem(400, "BAD_QUERY", "query parameter '" + name + "': expected " + expected);
}

bool is_name(const std::string& text) {
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos;
}

std::variant<store::InstanceQuery, engine::Reply> read_query(const std::map<std::string, std::string>& query,
                                                             bool filters, After after) {
  store::InstanceQuery read;
  for (const auto& [name, value] : query) {
    if (value.size() > 256) return bad_query(name, "at most 256 bytes");
    if (name == "after") {
      const bool fits = value.empty() || (after == After::id ? engine::is_ulid(value) : is_name(value));
      if (!fits) return bad_query(name, "what 'next' of the page before says");
      read.after = value;
    } else if (name == "limit") {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), read.limit);
      const bool whole = error == std::errc() && end == value.data() + value.size();
      const bool large = error == std::errc::result_out_of_range && value.find_first_not_of("0123456789") == std::string::npos;
      if (!large && (!whole || read.limit < 1)) {
        return bad_query(name, "a number from 1 to " + std::to_string(limit_most));
      }
      read.limit = large ? limit_most : std::min(read.limit, limit_most);
    } else if (filters && name == "flow") {
      read.flow = value;
    } else if (filters && name == "state") {
      const bool known = value.empty() || std::find(states.begin(), states.end(), value) != states.end();
      if (!known) return bad_query(name, "running, waiting, completed, rejected, cancelled, failed or held");
      read.state = value;
    } else if (filters && name == "key") {
      read.key = value;
    } else if (filters && name == "msisdn") {
      read.msisdn = national(value);
    } else {
      return problem(400, "BAD_QUERY",
                     filters ? "an unknown query parameter; there are flow, state, key, msisdn, limit, after"
                             : "an unknown query parameter; there are limit, after");
    }
  }
  return read;
}

}  // namespace

std::variant<store::InstanceQuery, engine::Reply> instance_query(const std::map<std::string, std::string>& query) {
  return read_query(query, true, After::id);
}

std::variant<store::InstanceQuery, engine::Reply> page_query(const std::map<std::string, std::string>& query,
                                                             After after) {
  return read_query(query, false, after);
}

Answer list_instances(store::Reader& reader, engine::Viewer& viewer, store::InstanceQuery query) {
  const std::size_t limit = query.limit++;  // one more tells whether there is a next page
  auto rows = reader.list(query);
  const bool more = rows.size() > limit;
  if (more) rows.resize(limit);
  Value items = Value::array();
  for (const auto& row : rows) items.push_back(viewer.instance(reader, row));
  Answer answer;
  answer.reply.status = 200;
  answer.reply.body = page(std::move(items), more ? Value(rows.back().id) : Value(nullptr));
  return answer;
}

Answer list_dead_letters(store::Reader& reader, const store::InstanceQuery& asked) {
  auto rows = reader.dead_letters(asked.after, asked.limit + 1);
  const bool more = rows.size() > asked.limit;
  if (more) rows.resize(asked.limit);
  Value items = Value::array();
  for (const auto& row : rows) items.push_back(show(row));
  Answer answer;
  answer.reply.status = 200;
  answer.reply.body = page(std::move(items), more ? Value(rows.back().id) : Value(nullptr));
  return answer;
}

engine::Reply cut_page(engine::Reply whole, const char* name, const store::InstanceQuery& asked) {
  if (whole.status != 200 || !whole.body.is_object() || !whole.body["items"].is_array()) return whole;
  Value items = Value::array();
  Value next = nullptr;
  for (auto& item : whole.body["items"]) {
    const auto here = item.value(name, std::string());
    if (!asked.after.empty() && here <= asked.after) continue;
    if (items.size() == asked.limit) {
      next = items.back()[name];
      break;
    }
    items.push_back(std::move(item));
  }
  whole.body = page(std::move(items), std::move(next));
  return whole;
}

Answer show_dead_letter(store::Reader& reader, const std::string& id) {
  const auto row = reader.dead_letter(id);
  if (!row)
    return {problem(404, "DEAD_LETTER_UNKNOWN", "there is no dead letter of this id; it may have been replayed")};
  Answer answer;
  answer.reply.status = 200;
  answer.reply.body = show(*row);
  Value body = Value::from_msgpack(row->body, true, false);
  answer.reply.body["body"] = body.is_discarded() ? Value(nullptr) : engine::masked(std::move(body));
  return answer;
}

}  // namespace jackfield::http
