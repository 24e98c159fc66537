#include "stock.hpp"

#include <jackfield/csv.hpp>
#include <jackfield/error.hpp>
#include <jackfield/findings.hpp>

#include <algorithm>
#include <functional>
#include <set>
#include <stdexcept>

namespace resource {
namespace {

using std::string;
using namespace jackfield::telecom;

Prefixes table(const char* name, const std::vector<string>& entries) {
  try {
    return Prefixes{entries};
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error(string("settings /") + name + ": " + error.what());
  }
}

bool hexadecimal(const string& text) { return text.find_first_not_of("0123456789abcdefABCDEF") == string::npos; }

}  // namespace

Stock::Stock(const Settings& settings, jackfield::Host& host)
    : database{host, string(Numbers::schema) + Cards::schema},
      numbers{database},
      cards{database},
      settings_(settings),
      msisdn_prefixes_(table("msisdn_prefixes", settings.msisdn_prefixes)),
      iccid_prefixes_(table("iccid_prefixes", settings.iccid_prefixes)),
      imsi_prefixes_(table("imsi_prefixes", settings.imsi_prefixes)) {
  check_holds();
  database.transaction([&](soci::session&) {
    import_numbers();
    import_cards();
    grades_ = numbers.grades();
  });
}

// A hold of no time would let go what was reserved before it can be paid.
void Stock::check_holds() const {
  auto all = settings_.holds;
  all.emplace("", settings_.hold);
  for (const auto& [name, hold] : all) {
    if (hold.count() > 0) continue;
    throw std::runtime_error("settings /hold" + (name.empty() ? name : "s/" + name) + ": found " + hold.text() +
                             ", expected more than no time");
  }
}

void Stock::import_numbers() {
  std::set<string> seen;
  for (const auto& row : jackfield::read_csv(settings_.numbers, {"msisdn", "grade", "fee_fen"})) {
    const auto msisdn = Msisdn::parse(row["msisdn"], msisdn_prefixes_);
    if (!msisdn) throw row.error("'" + row["msisdn"] + "' is no number with a prefix of msisdn_prefixes");
    if (!seen.insert(msisdn->str()).second) throw row.error("number " + msisdn->str() + " is in this file twice");
    const auto fee_fen = row.integer("fee_fen");
    if (fee_fen < 0) throw row.error("found the fee " + std::to_string(fee_fen) + ", expected 0 fen or more");
    numbers.deliver(msisdn->str(), row["grade"], fee_fen);
  }
}

void Stock::import_cards() {
  std::set<string> seen;
  for (const auto& row : jackfield::read_csv(settings_.cards, {"iccid", "imsi", "ki", "type"})) {
    const auto iccid = Iccid::parse(row["iccid"], iccid_prefixes_);
    if (!iccid) throw row.error("'" + row["iccid"] + "' is no card: 20 characters, a prefix of iccid_prefixes, Luhn");
    const auto imsi = Imsi::parse(row["imsi"], imsi_prefixes_);
    if (!imsi) throw row.error("'" + row["imsi"] + "' is no IMSI: 15 digits with a prefix of imsi_prefixes");
    if (!seen.insert(iccid->str()).second) throw row.error("card " + iccid->str() + " is in this file twice");
    Card card;
    card.iccid = iccid->str();
    card.imsi = imsi->str();
    card.ki = row["ki"];
    card.type = row["type"];
    if (card.ki.size() != 32 || !hexadecimal(card.ki)) throw row.error("the Ki is not 32 hexadecimal characters");
    if (const auto wrong = wrong_type(card.type); !wrong.empty()) throw row.error(wrong);
    try {
      cards.deliver(card);
    } catch (const std::runtime_error& error) {
      throw row.error(error.what());
    }
  }
}

string Stock::wrong_type(const string& type) const {
  const auto& types = settings_.card_types;
  if (std::find(types.begin(), types.end(), type) != types.end()) return {};
  string expected;
  for (const auto& one : types) expected += (expected.empty() ? "" : ", ") + one;
  const auto near = jackfield::did_you_mean(type, {types.begin(), types.end()});
  return "found the type '" + type + "', expected one of " + expected +
         (near.empty() ? "; add it to plugins.resource.card_types where orders may ask for it"
                       : " (did you mean '" + string(near) + "'?)");
}

void Stock::sweep(jackfield::TimePoint now) {
  numbers.sweep(now);
  cards.sweep(now);
}

jackfield::Duration Stock::hold(const string& channel, Kind kind) const {
  for (const auto& name : {channel, string(kind == Kind::number ? "number" : "card")}) {
    if (const auto found = settings_.holds.find(name); found != settings_.holds.end()) return found->second;
  }
  return settings_.hold;
}

string Stock::msisdn(const string& text) const {
  if (const auto parsed = Msisdn::parse(text, msisdn_prefixes_)) return parsed->str();
  throw jackfield::Reject{"NUMBER_UNKNOWN", "号码" + text + "不是本网号码"};
}

string Stock::iccid(const string& text) const {
  if (const auto parsed = Iccid::parse(text, iccid_prefixes_)) return parsed->str();
  throw jackfield::Reject{"CARD_UNKNOWN", "卡号" + text + "不正确"};
}

std::vector<Number> Stock::offer(const std::vector<string>& wanted, const string& order, int count) {
  const auto spread = static_cast<long long>(std::hash<string>{}(order) & 0xffffffffu);
  std::vector<std::vector<Number>> shelves;
  for (const auto& grade : grades_) {
    auto shelf = numbers.free_of(grade, spread, count);
    const bool liked = std::find(wanted.begin(), wanted.end(), grade) != wanted.end();
    if (!shelf.empty()) shelves.insert(liked ? shelves.begin() : shelves.end(), std::move(shelf));
  }
  const auto liked = [&](const Number& number) {
    return std::find(wanted.begin(), wanted.end(), number.grade) != wanted.end();
  };
  std::vector<Number> offered;
  // Round by round one of each shelf, two of a liked one, until there are enough or nothing is left.
  for (bool more = true; more && static_cast<int>(offered.size()) < count;) {
    more = false;
    for (auto& shelf : shelves) {
      for (int i = shelf.empty() || !liked(shelf.front()) ? 1 : 2; i > 0 && !shelf.empty(); --i) {
        if (static_cast<int>(offered.size()) == count) break;
        offered.push_back(shelf.front());
        shelf.erase(shelf.begin());
        more = true;
      }
    }
  }
  return offered;
}

}  // namespace resource
