#include "number.hpp"

#include <jackfield/error.hpp>

#include <cstdint>

namespace resource {
namespace {

using std::string;

// Where a number lies in the order in which the stock is offered: scattered (FNV-1a), so that neighbours are not.
long long lot_of(const string& msisdn) {
  std::uint32_t hash = 2166136261u;
  for (const char c : msisdn) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

long long ms(jackfield::TimePoint at) { return at.time_since_epoch().count(); }

jackfield::Reject taken(const string& msisdn) {
  return {"NUMBER_TAKEN", "号码" + msisdn + "已被占用,请另选号码"};
}

jackfield::Fail lost(const Number& seen, const string& expected) {
  return {"HOLD_EXPIRED", "number " + seen.msisdn + ": found it " + seen.state + " by order '" + seen.order +
                              "', expected " + expected + ": its reservation was lost"};
}

}  // namespace

void Numbers::deliver(const string& msisdn, const string& grade, long long fee_fen) {
  const long long lot = lot_of(msisdn);
  database_.sql() << "INSERT INTO numbers (msisdn, grade, fee_fen, lot, state, order_id, until_ms) "
                     "VALUES (:m, :g, :f, :l, 'free', '', 0) ON CONFLICT (msisdn) DO UPDATE "
                     "SET grade = excluded.grade, fee_fen = excluded.fee_fen "
                     "WHERE numbers.state = 'free' AND "
                     "(numbers.grade <> excluded.grade OR numbers.fee_fen <> excluded.fee_fen)",
      soci::use(msisdn), soci::use(grade), soci::use(fee_fen), soci::use(lot);
}

void Numbers::sweep(jackfield::TimePoint now) {
  const long long now_ms = ms(now);
  database_.sql() << "UPDATE numbers SET state = 'free', order_id = '', until_ms = 0 "
                     "WHERE until_ms > 0 AND until_ms <= :now AND state IN ('reserved', 'cooling')",
      soci::use(now_ms);
}

std::optional<Number> Numbers::find(const string& msisdn) {
  Number found;
  database_.sql() << "SELECT msisdn, grade, fee_fen, state, order_id, until_ms FROM numbers WHERE msisdn = :m",
      soci::into(found.msisdn), soci::into(found.grade), soci::into(found.fee_fen), soci::into(found.state),
      soci::into(found.order), soci::into(found.until_ms), soci::use(msisdn);
  if (!database_.sql().got_data()) return std::nullopt;
  return found;
}

Number Numbers::get(const string& msisdn) {
  auto found = find(msisdn);
  if (!found) throw jackfield::Fail{"NUMBER_UNKNOWN", "number " + msisdn + " is not in the stock: import it first"};
  return *found;
}

std::vector<Number> Numbers::free_of(const string& grade, long long spread, int most) {
  std::vector<Number> found;
  // From the place on, then from the beginning: the stock is a ring.
  for (const char* part : {"lot >= :l", "lot < :l"}) {
    if (static_cast<int>(found.size()) >= most) break;
    const int left = most - static_cast<int>(found.size());
    Number row;
    const string sql = string("SELECT msisdn, grade, fee_fen, state, order_id, until_ms FROM numbers "
                              "WHERE state = 'free' AND grade = :g AND ") + part + " ORDER BY lot, msisdn LIMIT " +
                       std::to_string(left);
    soci::statement rows = (database_.sql().prepare << sql, soci::into(row.msisdn), soci::into(row.grade),
                            soci::into(row.fee_fen), soci::into(row.state), soci::into(row.order),
                            soci::into(row.until_ms), soci::use(grade), soci::use(spread));
    rows.execute();
    while (rows.fetch()) found.push_back(row);
  }
  return found;
}

std::vector<string> Numbers::grades() {
  std::vector<string> found;
  string grade;
  soci::statement rows =
      (database_.sql().prepare << "SELECT DISTINCT grade FROM numbers ORDER BY grade LIMIT 64", soci::into(grade));
  rows.execute();
  while (rows.fetch()) found.push_back(grade);
  return found;
}

void Numbers::move(const Number& seen, const string& state, const string& order, long long until_ms) {
  soci::statement update =
      (database_.sql().prepare << "UPDATE numbers SET state = :state, order_id = :order_id, until_ms = :until "
                                  "WHERE msisdn = :m AND state = :was AND order_id = :of",
       soci::use(state), soci::use(order), soci::use(until_ms), soci::use(seen.msisdn), soci::use(seen.state),
       soci::use(seen.order));
  update.execute(true);
  if (update.get_affected_rows() != 1)
    throw jackfield::Retry{"number " + seen.msisdn + " was moved by another host meanwhile"};
}

void Numbers::release_others(const string& order, const string& kept) {
  database_.sql() << "UPDATE numbers SET state = 'free', order_id = '', until_ms = 0 "
                     "WHERE order_id = :o AND state = 'reserved' AND msisdn <> :kept",
      soci::use(order), soci::use(kept);
}

Number Numbers::reserve(const string& msisdn, const string& order, jackfield::TimePoint until) {
  auto found = find(msisdn);
  if (!found) throw jackfield::Reject{"NUMBER_UNKNOWN", "号码" + msisdn + "不存在或不可选用"};
  const bool mine = found->state == "reserved" && found->order == order;
  if (!mine && found->state != "free") throw taken(msisdn);
  release_others(order, msisdn);
  if (mine && found->until_ms == 0) return *found;  // secured already: it stays so
  move(*found, "reserved", order, ms(until));
  found->until_ms = ms(until);
  return *found;
}

void Numbers::release(const string& order) {
  release_others(order, "");
  database_.sql() << "UPDATE numbers SET state = 'in use', until_ms = 0 WHERE order_id = :o AND state = 'changing'",
      soci::use(order);
}

void Numbers::secure(const string& msisdn, const string& order) {
  const auto found = find(msisdn);
  const bool mine = found && found->order == order && (found->state == "reserved" || found->state == "in use");
  if (!found || (!mine && found->state != "free")) throw taken(msisdn);
  if (found->state != "in use") move(*found, "reserved", order, 0);
}

void Numbers::change(const string& msisdn, const string& order) {
  const auto found = get(msisdn);
  if (found.state == "changing" && found.order == order) return;
  if (found.state != "in use")
    throw jackfield::Fail{"NUMBER_STATE", "number " + msisdn + " is to change: found it " + found.state +
                                              ", expected it in use"};
  move(found, "changing", order, 0);
}

void Numbers::commit(const string& msisdn, const string& order) {
  const auto found = get(msisdn);
  const bool mine = found.order == order;
  if (mine && found.state == "in use") return;
  if (found.state != "free" && !(mine && found.state == "reserved")) throw lost(found, "it reserved by order " + order);
  move(found, "in use", order, 0);
}

void Numbers::withdraw(const string& msisdn, const string& order) {
  const auto found = find(msisdn);
  if (found && found->state == "in use" && found->order == order) move(*found, "reserved", order, 0);
}

void Numbers::swap(const string& old_msisdn, const string& msisdn, const string& order,
                   jackfield::TimePoint cool_until) {
  const auto old = get(old_msisdn);
  commit(msisdn, order);
  if (old.state == "cooling" && old.order == order) return;
  if (old.state != "in use" && !(old.state == "changing" && old.order == order))
    throw jackfield::Fail{"NUMBER_STATE", "old number " + old_msisdn + ": found it " + old.state + " by order '" +
                                              old.order + "', expected it in use, or changing by order " + order};
  move(old, "cooling", order, ms(cool_until));
}

bool Numbers::swap_back(const string& old_msisdn, const string& msisdn, const string& order) {
  withdraw(msisdn, order);
  const auto old = find(old_msisdn);
  if (!old || old->state != "cooling" || old->order != order) return false;
  move(*old, "in use", order, 0);
  return true;
}

}  // namespace resource
