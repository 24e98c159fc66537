// The rows of the store, and the batch that writes them.
//
// Times are Unix milliseconds, states the words of the API. `event` and `body` are msgpack.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jackfield::store {

using Bytes = std::vector<std::uint8_t>;

/// Why an instance that has not ended will go on.
enum class Wake : std::int8_t {
  none = 0,    // ended, nothing detached left
  busy = 1,    // a task is in flight: dispatched anew at start
  timer = 2,   // wake_at
  event = 3,   // a row in awaits (and perhaps wake_at)
  person = 4,  // held
};

struct InstanceRow {
  std::string id;
  std::string flow;
  std::string definition;           // hash
  std::string state;                // as in the API
  std::string key;                  // what operators find it by; may be empty
  std::string idempotency_key;      // empty: none; unique within the flow
  std::string body_digest;          // SHA-256 of the order, to compare a repeated key's body
  std::int64_t created_ms = 0;
  std::int64_t updated_ms = 0;
  Wake wake = Wake::busy;
  std::optional<std::int64_t> wake_at_ms;
};

struct JournalRow {
  std::string instance;
  std::uint32_t seq = 0;            // 0, 1, 2 … without a gap
  Bytes event;
};

struct NumberRow {                  // finds an instance by any number in its order or result
  std::string instance, msisdn;
};

struct AwaitRow {
  std::string name, correlation, instance;
  std::uint32_t token = 0;
};

struct EventRow {                   // an event that came: kept until met, and remembered for its id
  std::string id;                   // given by the sender, or made
  std::string name, correlation;
  Bytes body;
  std::string digest;               // of the body
  std::int64_t received_ms = 0;
  std::int64_t expires_ms = 0;
  std::string instance;             // who met it; empty: nobody yet; `claimed_by_nobody`: it is a dead letter
};

/// Such an event is remembered for its id alone, until prune() finds it past `expires_ms`.
inline constexpr const char* claimed_by_nobody = "-";

struct DeadLetterRow {
  std::string id;                   // ULID
  std::string kind;                 // "step" | "event"
  std::string instance, flow, node, step, key, code, text;
  std::uint32_t token = 0;
  Bytes body;                       // the step's input, or the event's body
  std::int64_t created_ms = 0;
  std::string name, correlation;    // kind event
};

struct DefinitionRow {
  std::string hash, flow;
  std::int64_t version = 0;         // 1, 2, 3 … within the flow, given by the store when 0
  Bytes graph;
  std::int64_t created_ms = 0;
};

struct InstanceUpdate {
  std::string id, state, key;
  std::int64_t updated_ms = 0;
  Wake wake = Wake::busy;
  std::optional<std::int64_t> wake_at_ms;
};

struct Batch {
  std::vector<DefinitionRow> definitions;   // inserted unless the hash is there
  std::vector<InstanceRow> instances;
  std::vector<JournalRow> journal;
  std::vector<InstanceUpdate> updates;      // the last one of an id counts
  std::vector<NumberRow> numbers;           // inserted unless there
  // A batch has no order inside: an await added and removed (same token) in one batch leaves what was there before.
  std::vector<AwaitRow> awaits_added;
  std::vector<AwaitRow> awaits_removed;     // by name, correlation, instance, and token unless that is 0
  std::vector<EventRow> events;             // inserted, or replaced by (name, id)
  std::vector<DeadLetterRow> dead_letters;
  std::vector<std::string> dead_letters_removed;

  [[nodiscard]] bool empty() const;
};

struct InstanceQuery {
  std::string flow, state, key, msisdn;     // empty: any
  std::string after;                        // id: only older ones
  std::size_t limit = 50;
};

struct StateCount {
  std::string flow, state;
  std::int64_t count = 0;
};

struct Due {
  std::int64_t wake_at_ms = 0;
  std::string id;
  auto operator<=>(const Due&) const = default;
};

/// Nothing is due before it.
inline const Due before_all{INT64_MIN, ""};

}  // namespace jackfield::store
