#include "ledger.hpp"

#include <algorithm>
#include <map>

namespace jackfield::fuzz {
namespace {

using namespace store;

constexpr int lines_each = 3;
constexpr std::int64_t began_ms = 1'795'334'400'000;

std::string number(int value, int width = 4) {
  std::string text = std::to_string(value);
  return std::string(static_cast<std::size_t>(width) - std::min<std::size_t>(text.size(), 4), '0') + text;
}
std::string id_of(int i) { return "01J0000000000000000000" + number(i); }
std::string msisdn_of(int i) { return "1380013" + number(i); }
std::string state_of(int i) {
  return i % 4 == 0 ? "completed" : i % 4 == 1 ? "waiting" : i % 4 == 2 ? "held" : "running";
}
Wake wake_of(int i) {
  return i % 4 == 0 ? Wake::none : i % 4 == 1 ? Wake::event : i % 4 == 2 ? Wake::person : Wake::busy;
}
Bytes body_of(int i, int line) {
  Bytes bytes;
  for (int at = 0; at < 120 + (i * 37 + line * 11) % 200; ++at)
    bytes.push_back(static_cast<std::uint8_t>(i * 7 + line + at * at));
  return bytes;
}

Batch batch_of(int i) {
  Batch batch;
  if (i == 0) batch.definitions.push_back({"hash-of-a-flow", "open-account", 1, Bytes(9000, 0x5a), began_ms});
  InstanceRow row{id_of(i), "open-account", "hash-of-a-flow", "running",  msisdn_of(i), "key-" + number(i),
                  "digest", began_ms + i,   began_ms + i,     Wake::busy, std::nullopt};
  batch.instances.push_back(row);
  batch.numbers.push_back({row.id, msisdn_of(i)});
  for (int line = 0; line < lines_each; ++line) {
    batch.journal.push_back({row.id, static_cast<std::uint32_t>(line), body_of(i, line)});
  }
  if (i % 3 == 0)
    batch.events.push_back(
        {"e" + number(i), "receipt", "W" + number(i), body_of(i, 9), "digest", began_ms, began_ms + 5, ""});
  if (i % 5 == 0) {
    DeadLetterRow letter;
    letter.id = "01D0000000000000000000" + number(i);
    letter.kind = "step";
    letter.instance = row.id;
    letter.flow = "open-account";
    letter.code = "REFUSED";
    letter.text = "said no";
    letter.body = body_of(i, 8);
    letter.created_ms = began_ms;
    batch.dead_letters.push_back(letter);
  }
  if (i == 0) return batch;
  const int before = i - 1;  // the instance of the batch before comes to rest
  InstanceUpdate update{
      id_of(before), state_of(before), msisdn_of(before), began_ms + 1000 + before, wake_of(before), {}};
  if (before % 8 == 1) update.wake_at_ms = began_ms + 60'000 + before;
  batch.updates.push_back(update);
  if (before % 4 == 1) batch.awaits_added.push_back({"choose", id_of(before), id_of(before), 7});
  return batch;
}

std::string hex(const Bytes& bytes) {
  std::string text;
  for (const auto byte : bytes) text += {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
  return text;
}
std::string text(const std::optional<std::int64_t>& value) { return value ? std::to_string(*value) : "-"; }

std::string line_of(const InstanceRow& row) {
  return row.id + " " + row.flow + " " + row.definition + " " + row.state + " " + row.key + " " + row.idempotency_key +
         " " + row.body_digest + " " + std::to_string(row.created_ms) + " " + std::to_string(row.updated_ms) + " " +
         std::to_string(static_cast<int>(row.wake)) + " " + text(row.wake_at_ms) + "\n";
}
std::string line_of(const EventRow& row) {
  return row.id + " " + row.name + " " + row.correlation + " " + hex(row.body) + " " + row.digest + " " +
         std::to_string(row.received_ms) + " " + std::to_string(row.expires_ms) + " " + row.instance + "\n";
}
std::string line_of(const DeadLetterRow& row) {
  return row.id + " " + row.kind + " " + row.instance + " " + row.flow + " " + row.code + " " + row.text + " " +
         hex(row.body) + " " + std::to_string(row.created_ms) + "\n";
}

}  // namespace

void Ledger::fill(store::Store& store, int batches) {
  for (int i = 0; i < batches; ++i) store.commit(batch_of(batches_++));
}

std::string Ledger::told(int batches) const {
  std::map<std::string, InstanceRow> rows;
  std::map<std::string, int> counts;
  std::string lines, events, early, letters, busy, due, awaits, definition;
  for (int i = 0; i < batches; ++i) {
    const Batch batch = batch_of(i);
    for (const auto& row : batch.definitions) definition = row.hash + " " + row.flow + " " + hex(row.graph) + "\n";
    for (const auto& row : batch.instances) rows[row.id] = row;
    for (const auto& update : batch.updates) {
      auto& row = rows[update.id];
      row.state = update.state;
      row.updated_ms = update.updated_ms;
      row.wake = update.wake;
      row.wake_at_ms = update.wake_at_ms;
    }
    for (const auto& row : batch.events) events += line_of(row);
    for (const auto& row : batch.dead_letters) letters += line_of(row);
    for (const auto& row : batch.awaits_added) awaits += row.instance + " " + std::to_string(row.token) + "\n";
  }
  for (const auto& [id, row] : rows) {
    lines += line_of(row);
    ++counts[row.state];
    if (row.wake == Wake::busy) busy += id + "\n";
    if (row.wake_at_ms) due += id + " " + text(row.wake_at_ms) + "\n";
  }
  std::string whole = definition + lines;
  for (int i = 0; i < batches; ++i) {
    for (int line = 0; line < lines_each; ++line) whole += std::to_string(line) + " " + hex(body_of(i, line)) + "\n";
    whole += id_of(i) + " by its key and its number\n";
  }
  for (const auto& [state, count] : counts) whole += state + " " + std::to_string(count) + "\n";
  return whole + busy + due + awaits + events + letters;
}

std::string Ledger::told(store::Reader& reader, int batches) {
  std::string whole;
  if (const auto row = reader.definition("hash-of-a-flow"))
    whole += row->hash + " " + row->flow + " " + hex(row->graph) + "\n";
  auto rows = reader.list({"", "", "", "", "", 100'000});
  std::reverse(rows.begin(), rows.end());
  for (const auto& listed : rows) {
    const auto row = reader.instance(listed.id);
    whole += row ? line_of(*row) : listed.id + " is listed and is not there\n";
  }
  for (int i = 0; i < batches; ++i) {
    for (const auto& row : reader.journal(id_of(i))) whole += std::to_string(row.seq) + " " + hex(row.event) + "\n";
    const auto keyed = reader.by_idempotency_key("open-account", "key-" + number(i));
    const auto numbered = reader.list({"", "", "", msisdn_of(i), "", 10});
    if (keyed && numbered.size() == 1 && numbered[0].id == keyed->id)
      whole += keyed->id + " by its key and its number\n";
  }
  for (const auto& count : reader.counts()) whole += count.state + " " + std::to_string(count.count) + "\n";
  for (const auto& id : reader.busy("", 100'000)) whole += id + "\n";
  for (const auto& due : reader.due(before_all, INT64_MAX, 100'000))
    whole += due.id + " " + std::to_string(due.wake_at_ms) + "\n";
  for (const auto& id : reader.stranded()) whole += id + " is stranded\n";
  for (int i = 0; i < batches; ++i) {
    if (const auto row = reader.awaiting("choose", id_of(i)))
      whole += row->instance + " " + std::to_string(row->token) + "\n";
  }
  for (int i = 0; i < batches; ++i) {
    const auto early = reader.early("receipt", "W" + number(i));
    const auto event = reader.event("receipt", "e" + number(i));
    if (event && early.size() == 1) whole += line_of(*event);
  }
  for (int i = 0; i < batches; ++i) {
    if (const auto row = reader.dead_letter("01D0000000000000000000" + number(i))) whole += line_of(*row);
  }
  if (const auto count = reader.dead_letter_count(); count != (batches + 4) / 5)
    whole += std::to_string(count) + " letters\n";
  return whole;
}

}  // namespace jackfield::fuzz
