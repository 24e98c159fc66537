#include "model_store.hpp"

#include <algorithm>
#include <set>

namespace jackfield::simulation {
namespace {

using store::StoreError;

bool ended(const std::string& state) { return state != "running" && state != "waiting" && state != "held"; }

class ModelReader final : public store::Reader {
 public:
  explicit ModelReader(const Tables& tables) : tables_(tables) {}

  std::optional<store::InstanceRow> instance(const std::string& id) override {
    const auto at = tables_.instances.find(id);
    return at == tables_.instances.end() ? std::nullopt : std::optional(at->second);
  }
  std::vector<store::JournalRow> journal(const std::string& id) override {
    const auto at = tables_.journal.find(id);
    return at == tables_.journal.end() ? std::vector<store::JournalRow>{} : at->second;
  }
  std::optional<store::InstanceRow> by_idempotency_key(const std::string& flow, const std::string& key) override {
    const auto at = tables_.keys.find({flow, key});
    return at == tables_.keys.end() ? std::nullopt : instance(at->second);
  }
  std::vector<store::InstanceRow> list(const store::InstanceQuery&) override { return {}; }  // the engine asks no lists
  std::vector<store::StateCount> counts() override {
    std::map<std::pair<std::string, std::string>, std::int64_t> sums;
    for (const auto& [id, row] : tables_.instances) ++sums[{row.flow, row.state}];
    std::vector<store::StateCount> counts;
    for (const auto& [key, sum] : sums) counts.push_back({key.first, key.second, sum});
    return counts;
  }
  std::vector<std::string> busy(const std::string& after, std::size_t limit) override {
    std::vector<std::string> ids;
    for (auto at = tables_.instances.upper_bound(after); at != tables_.instances.end() && ids.size() < limit; ++at) {
      if (at->second.wake == store::Wake::busy) ids.push_back(at->first);
    }
    return ids;
  }
  std::vector<store::Due> due(const store::Due& after, std::int64_t until_ms, std::size_t limit) override {
    std::vector<store::Due> rows;
    for (const auto& [id, row] : tables_.instances) {
      if (!row.wake_at_ms || *row.wake_at_ms > until_ms) continue;
      if (const store::Due one{*row.wake_at_ms, id}; one > after) rows.push_back(one);
    }
    std::sort(rows.begin(), rows.end());
    if (rows.size() > limit) rows.resize(limit);
    return rows;
  }
  std::vector<std::string> stranded() override {
    std::vector<std::string> ids;
    for (const auto& [id, row] : tables_.instances) {
      const bool waits = std::any_of(tables_.awaits.begin(), tables_.awaits.end(),
                                     [&, &mine = id](const auto& one) { return std::get<2>(one.first) == mine; });
      if (row.wake == store::Wake::none && !ended(row.state)) ids.push_back(id);
      if (row.wake == store::Wake::timer && !row.wake_at_ms) ids.push_back(id);
      if (row.wake == store::Wake::event && !row.wake_at_ms && !waits) ids.push_back(id);
    }
    return ids;
  }
  std::optional<store::AwaitRow> awaiting(const std::string& name, const std::string& correlation,
                                          const std::string& after) override {
    const auto at = tables_.awaits.upper_bound({name, correlation, after, UINT32_MAX});
    if (at == tables_.awaits.end()) return std::nullopt;
    const auto& [its_name, its_correlation, instance, token] = at->first;
    if (its_name != name || its_correlation != correlation) return std::nullopt;
    return store::AwaitRow{name, correlation, instance, token};
  }
  std::vector<store::EventRow> early(const std::string& name, const std::string& correlation) override {
    auto rows = select([&](const auto& row) {
      return row.name == name && row.correlation == correlation && row.instance.empty();
    });
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
      return std::tie(a.received_ms, a.id) < std::tie(b.received_ms, b.id);
    });
    return rows;
  }
  std::optional<store::EventRow> event(const std::string& name, const std::string& id) override {
    const auto at = tables_.events.find({name, id});
    return at == tables_.events.end() ? std::nullopt : std::optional(at->second);
  }
  std::vector<store::EventRow> expired(std::int64_t now_ms, std::size_t limit) override {
    auto rows = select([&](const auto& row) { return row.instance.empty() && row.expires_ms <= now_ms; });
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
      return std::tie(a.expires_ms, a.name, a.id) < std::tie(b.expires_ms, b.name, b.id);
    });
    if (rows.size() > limit) rows.resize(limit);
    return rows;
  }
  std::optional<store::DeadLetterRow> dead_letter(const std::string& id) override {
    const auto at = tables_.dead_letters.find(id);
    return at == tables_.dead_letters.end() ? std::nullopt : std::optional(at->second);
  }
  std::vector<store::DeadLetterRow> dead_letters(const std::string&, std::size_t) override { return {}; }
  std::int64_t dead_letter_count() override { return static_cast<std::int64_t>(tables_.dead_letters.size()); }
  std::optional<store::DefinitionRow> definition(const std::string& hash) override {
    const auto at = tables_.definitions.find(hash);
    return at == tables_.definitions.end() ? std::nullopt : std::optional(at->second);
  }

 private:
  template <class Match>
  std::vector<store::EventRow> select(Match match) {
    std::vector<store::EventRow> rows;
    for (const auto& [key, row] : tables_.events) {
      if (match(row)) rows.push_back(row);
    }
    return rows;
  }

  const Tables& tables_;
};

}  // namespace

void Tables::check(const store::Batch& batch) const {
  const auto refuse = [](const std::string& text) { throw StoreError(StoreError::Kind::conflict, text); };
  std::set<std::pair<std::string, std::string>> fresh_keys;
  for (const auto& row : batch.instances) {
    if (instances.contains(row.id)) refuse("instance " + row.id + " is there already");
    if (row.idempotency_key.empty()) continue;
    const std::pair<std::string, std::string> key{row.flow, row.idempotency_key};
    if (keys.contains(key) || !fresh_keys.insert(key).second)
      refuse("key " + row.idempotency_key + " is there already");
  }
  std::set<std::pair<std::string, std::uint32_t>> fresh_rows;
  for (const auto& row : batch.journal) {
    const auto at = journal.find(row.instance);
    const bool there = at != journal.end() && std::any_of(at->second.begin(), at->second.end(),
                                                          [&](const auto& old) { return old.seq == row.seq; });
    if (there || !fresh_rows.insert({row.instance, row.seq}).second) {
      refuse("journal row " + row.instance + " " + std::to_string(row.seq) + " is there already");
    }
  }
}

void Tables::define(store::DefinitionRow row) {
  if (definitions.contains(row.hash)) return;
  if (row.version == 0) {
    for (const auto& [hash, other] : definitions) {
      if (other.flow == row.flow) row.version = std::max(row.version, other.version);
    }
    ++row.version;
  }
  const std::string hash = row.hash;
  definitions[hash] = std::move(row);
}

void Tables::move_awaits(const store::Batch& batch) {
  std::map<Await, int> balance;
  for (const auto& row : batch.awaits_added) ++balance[{row.name, row.correlation, row.instance, row.token}];
  for (const auto& row : batch.awaits_removed) {
    if (row.token != 0) {
      --balance[{row.name, row.correlation, row.instance, row.token}];
      continue;
    }
    std::erase_if(awaits, [&](const auto& one) {
      return std::get<0>(one.first) == row.name && std::get<1>(one.first) == row.correlation &&
             std::get<2>(one.first) == row.instance;
    });
  }
  for (const auto& [await, sum] : balance) {
    if (sum > 0) awaits[await] = true;
    if (sum < 0) awaits.erase(await);
  }
}

void Tables::commit(const store::Batch& batch) {
  check(batch);
  ++commits;
  for (const auto& row : batch.definitions) define(row);
  for (const auto& row : batch.instances) {
    instances[row.id] = row;
    if (!row.idempotency_key.empty()) keys[{row.flow, row.idempotency_key}] = row.id;
  }
  for (const auto& row : batch.updates) {
    const auto at = instances.find(row.id);
    if (at == instances.end()) continue;
    at->second.state = row.state;
    at->second.key = row.key;
    at->second.updated_ms = row.updated_ms;
    at->second.wake = row.wake;
    at->second.wake_at_ms = row.wake_at_ms;
  }
  for (const auto& row : batch.journal) journal[row.instance].push_back(row);
  move_awaits(batch);
  for (const auto& row : batch.events) events[{row.name, row.id}] = row;
  for (const auto& row : batch.dead_letters) dead_letters[row.id] = row;
  for (const auto& id : batch.dead_letters_removed) dead_letters.erase(id);
}

std::string text_of(const Tables& tables) {
  std::string text;
  const auto word = [&](const std::string& value) { text += value + "\x1f"; };
  const auto number = [&](std::int64_t value) { word(std::to_string(value)); };
  const auto bytes = [&](const store::Bytes& value) { word(std::string(value.begin(), value.end())); };
  const auto end = [&] { text += "\n"; };
  const auto close = [&] { text += "--\n"; };
  std::map<std::pair<std::string, std::string>, std::int64_t> counts;
  for (const auto& [id, row] : tables.instances) {
    for (const auto* value : {&row.id, &row.flow, &row.definition, &row.state, &row.key, &row.idempotency_key})
      word(*value);
    number(static_cast<std::int64_t>(row.wake));
    word(row.wake_at_ms ? std::to_string(*row.wake_at_ms) : "");
    end();
    ++counts[{row.flow, row.state}];
  }
  close();
  for (const auto& [id, rows] : tables.journal) {
    for (const auto& row : rows) word(id), number(row.seq), bytes(row.event), end();
  }
  close();
  for (const auto& [await, there] : tables.awaits) {
    word(std::get<0>(await)), word(std::get<1>(await)), word(std::get<2>(await)), number(std::get<3>(await)), end();
  }
  close();
  for (const auto& [key, row] : tables.events) {
    word(row.name), word(row.id), word(row.correlation), bytes(row.body), word(row.instance), end();
  }
  close();
  for (const auto& [id, row] : tables.dead_letters) {
    word(row.id), word(row.kind), word(row.instance), word(row.step), word(row.code), bytes(row.body), end();
  }
  close();
  for (const auto& [hash, row] : tables.definitions) word(hash), word(row.flow), number(row.version), end();
  close();
  for (const auto& [key, sum] : counts) word(key.first), word(key.second), number(sum), end();
  close();
  return text;
}

std::unique_ptr<store::Reader> read(const Tables& tables) { return std::make_unique<ModelReader>(tables); }

}  // namespace jackfield::simulation
