#include "register.hpp"

#include <jackfield/csv.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace blacklist {
namespace {

using std::string;

constexpr const char* schema = R"(
  CREATE TABLE IF NOT EXISTS attempts (
    key TEXT PRIMARY KEY, order_id TEXT NOT NULL, at_ms BIGINT NOT NULL, service TEXT NOT NULL, channel TEXT NOT NULL,
    id_type TEXT NOT NULL, id_hidden TEXT NOT NULL, reason TEXT NOT NULL);)";

constexpr std::array<std::string_view, 6> id_types{"resident-id",     "military-id",   "passport",
                                                   "hk-macau-permit", "taiwan-permit", "business-licence"};

// As identities are compared: without blanks around them, letters large.
string plain(const string& id_number) {
  const auto first = id_number.find_first_not_of(" \t");
  if (first == string::npos) return {};
  string text = id_number.substr(first, id_number.find_last_not_of(" \t") - first + 1);
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// The last four bytes of a number, the rest a star each; of a short one nothing.
string hidden(const string& id_number) {
  const auto shown = id_number.size() > 8 ? std::size_t{4} : std::size_t{0};
  const auto tail = id_number.substr(id_number.size() - shown);
  const bool plain_text = std::all_of(tail.begin(), tail.end(), [](unsigned char c) { return c < 0x80; });
  return string(id_number.size() - shown, '*') + (plain_text ? tail : string(shown, '*'));
}

}  // namespace

Register::Register(const Settings& settings, jackfield::Host& host) : database{host, schema} {
  for (const auto& row : jackfield::read_csv(settings.entries, {"id_type", "id_number", "reason"})) {
    const auto& id_type = row["id_type"];
    if (std::find(id_types.begin(), id_types.end(), id_type) == id_types.end())
      throw row.error("found the kind of identity '" + id_type + "', expected resident-id, military-id, passport, "
                      "hk-macau-permit, taiwan-permit or business-licence");
    const auto id_number = plain(row["id_number"]);
    if (id_number.empty()) throw row.error("the number of the identity is empty");
    listed_[{id_type, id_number}] = row["reason"].empty() ? "黑名单" : row["reason"];
  }
}

std::optional<string> Register::reason(const string& id_type, const string& id_number) const {
  const auto found = listed_.find({id_type, plain(id_number)});
  if (found == listed_.end()) return std::nullopt;
  return found->second;
}

void Register::record(const Attempt& attempt, jackfield::TimePoint now) {
  const long long at_ms = now.time_since_epoch().count();
  const auto id_hidden = hidden(attempt.id_number);
  database.sql() << "INSERT INTO attempts (key, order_id, at_ms, service, channel, id_type, id_hidden, reason) "
                    "VALUES (:k, :o, :a, :s, :c, :t, :h, :r) ON CONFLICT (key) DO NOTHING",
      soci::use(attempt.key), soci::use(attempt.order), soci::use(at_ms), soci::use(attempt.service),
      soci::use(attempt.channel), soci::use(attempt.id_type), soci::use(id_hidden), soci::use(attempt.reason);
}

}  // namespace blacklist
