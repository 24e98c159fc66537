#include "register.hpp"

#include <jackfield/digest.hpp>
#include <jackfield/error.hpp>

#include <cctype>
#include <stdexcept>

namespace line {
namespace {

using std::string;

constexpr const char* schema = R"(
  CREATE TABLE IF NOT EXISTS salts (id TEXT PRIMARY KEY, salt TEXT NOT NULL, witness TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS lines (
    msisdn TEXT PRIMARY KEY, owner TEXT NOT NULL, customer TEXT NOT NULL, imsi TEXT NOT NULL UNIQUE,
    iccid TEXT NOT NULL UNIQUE, account TEXT NOT NULL, product TEXT NOT NULL, tariff TEXT NOT NULL,
    busy_by TEXT NOT NULL, opened_by TEXT NOT NULL, last_swap_ms BIGINT NOT NULL);
  CREATE INDEX IF NOT EXISTS lines_owner ON lines (owner);
  CREATE INDEX IF NOT EXISTS lines_customer ON lines (customer);
  CREATE INDEX IF NOT EXISTS lines_busy ON lines (busy_by) WHERE busy_by <> '';)";

// As an identity is compared: without blanks around it, letters large ("…002x" is "…002X").
string plain(const string& id_number) {
  const auto first = id_number.find_first_not_of(" \t");
  if (first == string::npos) return {};
  string text = id_number.substr(first, id_number.find_last_not_of(" \t") - first + 1);
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

Register::Register(const Settings& settings, jackfield::Host& host) : database{host, schema}, salt_(salt(settings)) {}

string Register::salt(const Settings& settings) {
  string salt;
  database.transaction([&](soci::session& sql) {
    const auto witness_of = [&](const string& of) {
      return jackfield::keyed_sha256(of + settings.digest_key.reveal(), "owner");
    };
    const string made = jackfield::digest_salt();
    const string made_witness = witness_of(made);
    string witness;
    sql << "INSERT INTO salts (id, salt, witness) VALUES ('owner', :s, :w) ON CONFLICT (id) DO NOTHING",
        soci::use(made), soci::use(made_witness);
    sql << "SELECT salt, witness FROM salts WHERE id = 'owner'", soci::into(salt), soci::into(witness);
    if (witness != witness_of(salt))
      throw std::runtime_error("settings /digest_key: found another key than the one the owners in the database were "
                               "digested with, expected that one: set it again");
  });
  return salt + settings.digest_key.reveal();
}

string Register::owner(const string& id_type, const string& id_number) const {
  return jackfield::keyed_sha256(salt_, id_type + '\n' + plain(id_number));
}

std::optional<Line> Register::find(const string& msisdn) {
  Line found;
  auto& sql = database.sql();
  sql << "SELECT msisdn, owner, customer, imsi, iccid, account, product, tariff, busy_by, opened_by, last_swap_ms "
         "FROM lines WHERE msisdn = :m",
      soci::into(found.msisdn), soci::into(found.owner), soci::into(found.customer), soci::into(found.imsi),
      soci::into(found.iccid), soci::into(found.account), soci::into(found.product), soci::into(found.tariff),
      soci::into(found.busy_by), soci::into(found.opened_by), soci::into(found.last_swap_ms), soci::use(msisdn);
  if (!sql.got_data()) return std::nullopt;
  return found;
}

void Register::refuse_second(const Line& line) {
  string msisdn;
  string iccid;
  auto& sql = database.sql();
  sql << "SELECT msisdn, iccid FROM lines WHERE msisdn = :m OR iccid = :c OR imsi = :i LIMIT 1", soci::into(msisdn),
      soci::into(iccid), soci::use(line.msisdn), soci::use(line.iccid), soci::use(line.imsi);
  if (sql.got_data())
    throw jackfield::Fail{"LINE_EXISTS", "a line on number " + line.msisdn + " and card " + line.iccid +
                                             " is to be opened: found the line " + msisdn + " with card " + iccid +
                                             ", expected neither in use"};
}

void Register::open(const Line& line) {
  const auto found = find(line.msisdn);
  if (found && found->opened_by == line.opened_by && found->iccid == line.iccid) return;
  refuse_second(line);
  database.sql() << "INSERT INTO lines (msisdn, owner, customer, imsi, iccid, account, product, tariff, busy_by, "
                    "opened_by, last_swap_ms) VALUES (:m, :o, :c, :i, :d, :a, :p, :t, '', :b, 0)",
      soci::use(line.msisdn), soci::use(line.owner), soci::use(line.customer), soci::use(line.imsi),
      soci::use(line.iccid), soci::use(line.account), soci::use(line.product), soci::use(line.tariff),
      soci::use(line.opened_by);
}

void Register::close(const string& msisdn, const string& order) {
  database.sql() << "DELETE FROM lines WHERE msisdn = :m AND opened_by = :o", soci::use(msisdn), soci::use(order);
}

Line Register::take(const string& msisdn, const string& owner, const string& order) {
  auto found = find(msisdn);
  if (!found) throw jackfield::Reject{"LINE_UNKNOWN", "号码" + msisdn + "不是在用号码"};
  if (found->owner != owner) throw jackfield::Reject{"IDENTITY_MISMATCH", "您的证件与号码" + msisdn + "的机主证件不符"};
  soci::statement update = (database.sql().prepare << "UPDATE lines SET busy_by = :o WHERE msisdn = :m AND "
                                                      "(busy_by = '' OR busy_by = :own)",
                            soci::use(order), soci::use(msisdn), soci::use(order));
  update.execute(true);
  if (update.get_affected_rows() != 1)
    throw jackfield::Reject{"LINE_BUSY", "号码" + msisdn + "有业务正在办理中,请稍后再试"};
  found->busy_by = order;
  return *found;
}

void Register::release(const string& order) {
  if (order.empty()) return;
  database.sql() << "UPDATE lines SET busy_by = '' WHERE busy_by = :o", soci::use(order);
}

Line Register::workable(const string& msisdn, const string& order) {
  auto found = find(msisdn);
  if (!found) throw jackfield::Fail{"LINE_UNKNOWN", "there is no line on number " + msisdn + ": load it first"};
  if (!found->busy_by.empty() && found->busy_by != order)
    throw jackfield::Fail{"LINE_BUSY", "line " + msisdn + ": found order " + found->busy_by + " at work on it, " +
                                           "expected " + order + ": load it first"};
  return *found;
}

void Register::renumber(const string& msisdn, const string& new_msisdn, const string& order) {
  const auto moved = find(new_msisdn);
  if (moved && moved->busy_by == order && !find(msisdn)) return;  // done already
  workable(msisdn, order);
  if (moved) throw jackfield::Fail{"LINE_EXISTS", "number " + new_msisdn + " has a line already, expected none"};
  database.sql() << "UPDATE lines SET msisdn = :n WHERE msisdn = :m", soci::use(new_msisdn), soci::use(msisdn);
}

Line Register::recard(const string& msisdn, const string& iccid, const string& imsi, long long swap_ms,
                      const string& order) {
  const auto was = workable(msisdn, order);
  string other;
  auto& sql = database.sql();
  sql << "SELECT msisdn FROM lines WHERE (iccid = :c OR imsi = :i) AND msisdn <> :m LIMIT 1", soci::into(other),
      soci::use(iccid), soci::use(imsi), soci::use(msisdn);
  if (sql.got_data())
    throw jackfield::Fail{"LINE_EXISTS", "card " + iccid + " is on line " + other + " already, expected on none"};
  sql << "UPDATE lines SET iccid = :c, imsi = :i, last_swap_ms = :s WHERE msisdn = :m", soci::use(iccid),
      soci::use(imsi), soci::use(swap_ms), soci::use(msisdn);
  return was;
}

void Register::restore_card(const Line& was, const string& iccid) {
  database.sql() << "UPDATE lines SET iccid = :c, imsi = :i, last_swap_ms = :s WHERE msisdn = :m AND iccid = :now",
      soci::use(was.iccid), soci::use(was.imsi), soci::use(was.last_swap_ms), soci::use(was.msisdn), soci::use(iccid);
}

long long Register::count_of_owner(const string& owner) {
  long long count = 0;
  database.sql() << "SELECT COUNT(*) FROM lines WHERE owner = :o", soci::into(count), soci::use(owner);
  return count;
}

long long Register::count_of_customer(const string& customer) {
  long long count = 0;
  database.sql() << "SELECT COUNT(*) FROM lines WHERE customer = :c", soci::into(count), soci::use(customer);
  return count;
}

}  // namespace line
