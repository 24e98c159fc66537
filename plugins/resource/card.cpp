#include "card.hpp"

#include <jackfield/error.hpp>

#include <stdexcept>

namespace resource {
namespace {

using std::string;

jackfield::Reject taken(const string& iccid) { return {"CARD_TAKEN", "卡" + iccid + "已被使用或已失效,请更换一张卡"}; }

jackfield::Fail lost(const Card& seen, const string& expected) {
  return {"HOLD_EXPIRED", "card " + seen.iccid + ": found it " + seen.state + " by order '" + seen.order +
                              "', expected " + expected + ": its reservation was lost"};
}

}  // namespace

void Cards::deliver(const Card& card) {
  string other;
  database_.sql() << "SELECT iccid FROM cards WHERE imsi = :i AND iccid <> :c", soci::into(other), soci::use(card.imsi),
      soci::use(card.iccid);
  if (database_.sql().got_data()) throw std::runtime_error("IMSI " + card.imsi + " is on card " + other + " already");
  database_.sql() << "INSERT INTO cards (iccid, imsi, ki, type, state, order_id, msisdn, until_ms) "
                     "VALUES (:c, :i, :k, :t, 'stocked', '', '', 0) ON CONFLICT (iccid) DO UPDATE "
                     "SET imsi = excluded.imsi, ki = excluded.ki, type = excluded.type "
                     "WHERE cards.state = 'stocked' AND (cards.imsi <> excluded.imsi OR cards.ki <> excluded.ki "
                     "OR cards.type <> excluded.type)",
      soci::use(card.iccid), soci::use(card.imsi), soci::use(card.ki), soci::use(card.type);
}

void Cards::sweep(jackfield::TimePoint now) {
  const long long now_ms = now.time_since_epoch().count();
  database_.sql() << "UPDATE cards SET state = 'stocked', order_id = '', msisdn = '', until_ms = 0 "
                     "WHERE until_ms > 0 AND until_ms <= :now AND state = 'reserved'",
      soci::use(now_ms);
}

std::optional<Card> Cards::first(const string& where, const string& one, const string& two) {
  Card found;
  database_.sql() << "SELECT iccid, imsi, ki, type, state, order_id, msisdn, until_ms FROM cards WHERE " + where +
                         " ORDER BY iccid DESC LIMIT 1",
      soci::into(found.iccid), soci::into(found.imsi), soci::into(found.ki), soci::into(found.type),
      soci::into(found.state), soci::into(found.order), soci::into(found.msisdn), soci::into(found.until_ms),
      soci::use(one), soci::use(two);
  if (!database_.sql().got_data()) return std::nullopt;
  return found;
}

std::optional<Card> Cards::find(const string& iccid) { return first("iccid = :c AND iccid = :d", iccid, iccid); }

Card Cards::get(const string& iccid) {
  auto found = find(iccid);
  if (!found) throw jackfield::Fail{"CARD_UNKNOWN", "card " + iccid + " is not in the stock: import it first"};
  return *found;
}

std::optional<Card> Cards::any(const string& type, const string& order) {
  if (auto mine = first("order_id = :o AND type = :t AND state IN ('reserved', 'bound')", order, type)) return mine;
  return first("state = :s AND type = :t", "stocked", type);
}

void Cards::move(const Card& seen, const string& state, const string& order, const string& msisdn,
                 long long until_ms) {
  soci::statement update =
      (database_.sql().prepare << "UPDATE cards SET state = :state, order_id = :order_id, msisdn = :msisdn, "
                                  "until_ms = :until WHERE iccid = :c AND state = :was AND order_id = :of",
       soci::use(state), soci::use(order), soci::use(msisdn), soci::use(until_ms), soci::use(seen.iccid),
       soci::use(seen.state), soci::use(seen.order));
  update.execute(true);
  if (update.get_affected_rows() != 1)
    throw jackfield::Retry{"card " + seen.iccid + " was moved by another host meanwhile"};
}

void Cards::release_others(const string& order, const string& kept) {
  database_.sql() << "UPDATE cards SET state = 'stocked', order_id = '', msisdn = '', until_ms = 0 "
                     "WHERE order_id = :o AND state IN ('reserved', 'bound') AND iccid <> :kept",
      soci::use(order), soci::use(kept);
}

void Cards::release(const string& order) { release_others(order, ""); }

Card Cards::reserve(const string& iccid, const string& type, const string& order, jackfield::TimePoint until) {
  auto found = iccid.empty() ? any(type, order) : find(iccid);
  if (!found && iccid.empty()) throw jackfield::Reject{"NO_STOCK", type + "卡暂时无货"};
  if (!found) throw jackfield::Reject{"CARD_UNKNOWN", "卡" + iccid + "不存在"};
  const bool mine = found->order == order && (found->state == "reserved" || found->state == "bound");
  if (!mine && found->state != "stocked") throw taken(found->iccid);
  if (found->type != type)
    throw jackfield::Reject{"CARD_WRONG_TYPE", "卡" + iccid + "是" + found->type + "卡,不是" + type + "卡"};
  release_others(order, found->iccid);
  if (found->state == "bound") return *found;
  found->until_ms = until.time_since_epoch().count();
  move(*found, "reserved", order, "", found->until_ms);
  return *found;
}

void Cards::secure(const string& iccid, const string& msisdn, const string& order) {
  const auto found = find(iccid);
  const bool mine = found && found->order == order && found->state != "retired" && found->state != "lost";
  if (!found || (!mine && found->state != "stocked")) throw taken(iccid);
  if (found->state != "active") move(*found, "bound", order, msisdn, 0);
}

void Cards::commit(const string& iccid, const string& msisdn, const string& order) {
  const auto found = get(iccid);
  const bool mine = found.order == order;
  if (mine && found.state == "active") return;
  if (found.state != "stocked" && !(mine && (found.state == "reserved" || found.state == "bound")))
    throw lost(found, "it reserved or bound by order " + order);
  move(found, "active", order, msisdn, 0);
}

void Cards::withdraw(const string& iccid, const string& order) {
  const auto found = find(iccid);
  if (found && found->state == "active" && found->order == order) move(*found, "bound", order, found->msisdn, 0);
}

void Cards::swap(const string& old_iccid, const string& iccid, const string& msisdn, const string& ended,
                 const string& order) {
  const auto old = get(old_iccid);
  commit(iccid, msisdn, order);
  if (old.state == ended && old.order == order) return;
  if (old.state != "active")
    throw jackfield::Fail{"CARD_STATE", "old card " + old_iccid + ": found it " + old.state + ", expected it active"};
  move(old, ended, order, msisdn, 0);
}

void Cards::swap_back(const string& old_iccid, const string& iccid, const string& order) {
  withdraw(iccid, order);
  const auto old = find(old_iccid);
  if (old && (old->state == "retired" || old->state == "lost") && old->order == order)
    move(*old, "active", order, old->msisdn, 0);
}

void Cards::renumber(const string& old_msisdn, const string& msisdn) {
  database_.sql() << "UPDATE cards SET msisdn = :n WHERE msisdn = :o AND state = 'active'", soci::use(msisdn),
      soci::use(old_msisdn);
}

}  // namespace resource
