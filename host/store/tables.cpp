#include "store/tables.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

namespace jackfield::store {
namespace {

using Kind = Field::Kind;
using Verb = Shape::Verb;

const Shape instances{Verb::insert, "instances",
                      {{"id"}, {"flow"}, {"definition"}, {"state"}, {"order_key"},
                       {"idempotency_key", Kind::text_or_null}, {"body_digest"}, {"created_ms", Kind::integer},
                       {"updated_ms", Kind::integer}, {"wake", Kind::integer}, {"wake_at_ms", Kind::integer_or_null}}};
const Shape updates{Verb::update, "instances",
                    {{"state"}, {"order_key"}, {"updated_ms", Kind::integer}, {"wake", Kind::integer},
                     {"wake_at_ms", Kind::integer_or_null}, {"id", Kind::text, true}}};
const Shape chunks{Verb::insert, "journal",
                   {{"instance"}, {"seq", Kind::integer}, {"last", Kind::integer}, {"events", Kind::bytes}}};
const Shape log{Verb::insert, "log", {{"number", Kind::integer}, {"events", Kind::bytes}},
                "ON CONFLICT (number) DO UPDATE SET events = excluded.events"};
const Shape log_gone{Verb::remove, "log", {{"number", Kind::integer, true}}};
const Shape numbers{Verb::insert, "numbers", {{"msisdn"}, {"instance"}}, "ON CONFLICT DO NOTHING"};
const Shape awaits{Verb::insert, "awaits", {{"name"}, {"correlation"}, {"instance"}, {"token", Kind::integer}},
                   "ON CONFLICT DO NOTHING"};
const Shape awaits_gone{Verb::remove, "awaits",
                        {{"name", Kind::text, true}, {"correlation", Kind::text, true}, {"instance", Kind::text, true},
                         {"token", Kind::integer, true}}};
const Shape awaits_all_gone{Verb::remove, "awaits",
                            {{"name", Kind::text, true}, {"correlation", Kind::text, true},
                             {"instance", Kind::text, true}}};
const Shape events{Verb::insert, "events",
                   {{"name"}, {"id"}, {"correlation"}, {"body", Kind::bytes}, {"digest"},
                    {"received_ms", Kind::integer}, {"expires_ms", Kind::integer}, {"instance"}},
                   "ON CONFLICT (name, id) DO UPDATE SET correlation = excluded.correlation, body = excluded.body,"
                   " digest = excluded.digest, received_ms = excluded.received_ms, expires_ms = excluded.expires_ms,"
                   " instance = excluded.instance"};
const Shape dead_letters{Verb::insert, "dead_letters",
                         {{"id"}, {"kind"}, {"instance"}, {"flow"}, {"node"}, {"step"}, {"effect_key"}, {"code"},
                          {"reason"}, {"token", Kind::integer}, {"body", Kind::bytes}, {"created_ms", Kind::integer},
                          {"name"}, {"correlation"}}};

Shape removal(const char* table, const char* key) { return {Verb::remove, table, {{key, Kind::text, true}}, ""}; }

/// Where each key stands last: one statement may not write a row twice on PostgreSQL, and need not on SQLite.
template <typename Row, typename Key>
std::vector<const Row*> last_of_each(const std::vector<Row>& rows, Key key) {
  std::unordered_map<std::string, std::size_t> places;
  std::vector<const Row*> last;
  for (const Row& row : rows) {
    const auto [place, fresh] = places.emplace(key(row), last.size());
    if (fresh) {
      last.push_back(&row);
    } else {
      last[place->second] = &row;
    }
  }
  return last;
}

}  // namespace

Tables::Tables(soci::session& sql, const Dialect& dialect)
    : sql_(sql),
      dialect_(dialect),
      instances_(add(instances)),
      updates_(add(updates)),
      chunks_(add(chunks)),
      log_(add(log)),
      log_gone_(add(log_gone)),
      numbers_(add(numbers)),
      awaits_(add(awaits)),
      awaits_gone_(add(awaits_gone)),
      awaits_all_gone_(add(awaits_all_gone)),
      events_(add(events)),
      dead_letters_(add(dead_letters)),
      dead_letters_gone_(add(removal("dead_letters", "id"))) {
  for (const char* table : {"journal", "numbers", "awaits", "events"}) pruning_.push_back(&add(removal(table,
      "instance")));
  pruning_.push_back(&add(removal("instances", "id")));
}

Bulk& Tables::add(const Shape& shape) {
  all_.push_back(dialect_.bulk(sql_, shape));
  return *all_.back();
}

void Tables::forget() {
  for (const auto& bulk : all_) bulk->clear();
}

void Tables::write(const Batch& batch, Journal::Plan& plan) {
  for (const DefinitionRow& row : batch.definitions) write_definition(row);
  plan.learns = write_instances(batch);
  write_journal(plan);
  for (const NumberRow& row : batch.numbers) numbers_.text(row.msisdn).text(row.instance);
  numbers_.flush();
  write_awaits(batch);
  write_events(batch.events);
  write_dead_letters(batch);
}

void Tables::write_definition(const DefinitionRow& row) {
  long long known = 0, version = row.version, created = row.created_ms;
  sql_ << "SELECT count(*) FROM definitions WHERE hash = :hash", soci::use(row.hash, "hash"), soci::into(known);
  if (known > 0) return;
  if (version == 0) {
    sql_ << "SELECT coalesce(max(version), 0) + 1 FROM definitions WHERE flow = :flow", soci::use(row.flow, "flow"),
        soci::into(version);
  }
  const auto bulk = dialect_.bulk(sql_, {Verb::insert, "definitions",
                                         {{"hash"}, {"flow"}, {"version", Kind::integer}, {"graph", Kind::bytes},
                                          {"created_ms", Kind::integer}}, ""});
  bulk->text(row.hash).text(row.flow).integer(version).bytes(row.graph).integer(created);
  bulk->flush();
}

bool Tables::write_instances(const Batch& batch) {
  for (const InstanceRow& row : batch.instances) {
    instances_.text(row.id).text(row.flow).text(row.definition).text(row.state).text(row.key);
    instances_.text(row.idempotency_key).text(row.body_digest).integer(row.created_ms).integer(row.updated_ms);
    instances_.integer(static_cast<std::int64_t>(row.wake)).integer(row.wake_at_ms);
  }
  instances_.flush();
  const auto last = last_of_each(batch.updates, [](const auto& update) { return update.id; });
  for (const InstanceUpdate* row : last) {
    updates_.text(row->state).text(row->key).integer(row->updated_ms).integer(static_cast<std::int64_t>(row->wake));
    updates_.integer(row->wake_at_ms).text(row->id);
  }
  return updates_.flush() == static_cast<std::int64_t>(last.size());
}

void Tables::write_journal(Journal::Plan& plan) {
  if (!plan.row.empty()) log_.integer(plan.number).bytes(plan.row);
  log_.flush();
  for (const Chunk& chunk : plan.chunks) {
    chunks_.text(chunk.instance).integer(chunk.seq).integer(chunk.last).bytes(chunk.events);
  }
  chunks_.flush();
  for (const std::int64_t number : plan.unneeded) log_gone_.integer(number);
  log_gone_.flush();
}

void Tables::empty_log() {
  std::map<std::string, std::vector<JournalRow>> found;
  Select rows(sql_, "SELECT " + dialect_.bytes_column("events") + " FROM log", {}, "t");
  rows.start({});
  while (rows.next()) {
    const Bytes row = dialect_.bytes(rows.text(0));
    unpack_log({reinterpret_cast<const char*>(row.data()), row.size()}, dialect_.place(), [&](const Run& run) {
      unpack_events(run, dialect_.place(), found[std::string(run.instance)]);
    });
  }
  if (found.empty()) return;
  // Of an instance that is not busy all is in chunks; it may even have been pruned.
  Select last(sql_, "SELECT coalesce((SELECT last FROM journal WHERE instance = :p0 ORDER BY seq DESC LIMIT 1), -1)"
                    " FROM instances WHERE id = :p1 AND wake = 1", {"", ""}, "i");
  for (auto& [instance, events] : found) {
    last.start({instance, instance});
    std::optional<std::int64_t> stored;
    while (last.next()) stored = last.integer(0);
    if (!stored) continue;
    std::erase_if(events, [&](const JournalRow& row) { return row.seq <= *stored; });
    rescue(std::move(events));
  }
  chunks_.flush();
  sql_ << "DELETE FROM log";
}

void Tables::rescue(std::vector<JournalRow> rows) {
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
  Batch batch;
  batch.journal = std::move(rows);
  for (const Chunk& chunk : Journal().plan(batch).chunks) {  // it knows nobody: all of it goes into chunks
    chunks_.text(chunk.instance).integer(chunk.seq).integer(chunk.last).bytes(chunk.events);
  }
}

void Tables::write_awaits(const Batch& batch) {
  const auto key = [](const AwaitRow& row) { return std::tie(row.name, row.correlation, row.instance, row.token); };
  std::map<std::tuple<std::string, std::string, std::string, std::uint32_t>, int> balance;
  for (const AwaitRow& row : batch.awaits_added) ++balance[key(row)];
  for (const AwaitRow& row : batch.awaits_removed) {
    if (row.token != 0) {
      --balance[key(row)];
    } else {
      awaits_all_gone_.text(row.name).text(row.correlation).text(row.instance);
    }
  }
  awaits_all_gone_.flush();
  for (const auto& [row, sum] : balance) {
    if (sum == 0) continue;
    Bulk& bulk = sum > 0 ? awaits_ : awaits_gone_;
    bulk.text(std::get<0>(row)).text(std::get<1>(row)).text(std::get<2>(row)).integer(std::get<3>(row));
  }
  awaits_gone_.flush();
  awaits_.flush();
}

void Tables::write_events(const std::vector<EventRow>& rows) {
  for (const EventRow* row : last_of_each(rows, [](const auto& event) { return event.name + '\0' + event.id; })) {
    events_.text(row->name).text(row->id).text(row->correlation).bytes(row->body).text(row->digest);
    events_.integer(row->received_ms).integer(row->expires_ms).text(row->instance);
  }
  events_.flush();
}

void Tables::write_dead_letters(const Batch& batch) {
  for (const DeadLetterRow& row : batch.dead_letters) {
    dead_letters_.text(row.id).text(row.kind).text(row.instance).text(row.flow).text(row.node).text(row.step);
    dead_letters_.text(row.key).text(row.code).text(row.text).integer(row.token).bytes(row.body);
    dead_letters_.integer(row.created_ms).text(row.name).text(row.correlation);
  }
  dead_letters_.flush();
  for (const std::string& id : batch.dead_letters_removed) dead_letters_gone_.text(id);
  dead_letters_gone_.flush();
}

std::size_t Tables::prune(std::int64_t before_ms, std::size_t limit, const std::vector<std::int64_t>& unneeded) {
  const auto most = static_cast<std::int64_t>(limit);
  // NOT IN, where no index helps: with IN SQLite sorts all that ever ended, by its index of states.
  Select old(sql_, "SELECT id FROM instances WHERE wake = 0 AND updated_ms < :p0 AND state NOT IN"
                   " ('running', 'waiting', 'held') ORDER BY updated_ms, id LIMIT :p1",
             {before_ms, most}, "t");
  std::size_t gone = 0;
  old.start({before_ms, most});
  for (; old.next(); ++gone) {
    for (Bulk* bulk : pruning_) bulk->text(old.text(0));
  }
  for (Bulk* bulk : pruning_) bulk->flush();
  for (const std::int64_t number : gone > 0 ? unneeded : std::vector<std::int64_t>{}) log_gone_.integer(number);
  log_gone_.flush();
  long long before = before_ms, at_most = most;
  std::string nobody = claimed_by_nobody;
  sql_ << "DELETE FROM events WHERE (name, id) IN (SELECT name, id FROM events WHERE instance = :nobody AND"
          " expires_ms < :before ORDER BY expires_ms LIMIT :most)",
      soci::use(nobody, "nobody"), soci::use(before, "before"), soci::use(at_most, "most");
  return gone;
}

}  // namespace jackfield::store
