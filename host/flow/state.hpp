// Where an instance stands: the fold of its events.
//
// Plain data, owned by whoever folds (one engine thread, or a reader that rebuilds it to show it). It is never
// stored; the journal is.
#pragma once

#include "flow/graph.hpp"
#include "flow/value.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace jackfield::flow {

enum class Status { running, waiting, completed, rejected, cancelled, failed, held };

[[nodiscard]] const char* to_string(Status status);
/// completed, rejected, cancelled, failed.
[[nodiscard]] bool ended(Status status);

enum class Work { run, undo, verify };

/// One place where the instance is at work.
struct Token {
  enum class Stand { in_flight, backoff, awaiting, joining, held };
  std::uint32_t id = 0;          // never reused within an instance
  int node = no_node;
  Stand stand = Stand::in_flight;
  Work work = Work::run;
  std::uint32_t attempt = 1;     // of the task; grows with every dispatch, after a restart too
  int tries = 1;                 // counted against the retry budget
  bool touched = false;          // an attempt may have had its effect, or a part of it
  std::uint32_t visit = 1;       // how often the node was come to
  std::uint32_t parent = 0;      // token waiting at the join, or 0
  std::string item;              // inside `each`: "[0]", appended to the names of outputs
  bool detached = false;
  bool parked = false;           // backoff, though nothing was tried: the wait does not count
  bool dead = false;             // detached and given up: in the dead letters, waits for a replay
  std::optional<TimePoint> due;  // in_flight: deadline; backoff: next try; awaiting: time limit
  std::optional<TimePoint> give_up;
  TimePoint since{};
  Value input;
  Value original;                // input of the run, while it is being verified
  std::string correlation;       // awaiting
  std::string code, text;        // what the last attempt said
  std::size_t entry = SIZE_MAX;  // its line in the history, once it has one
};

struct HistoryEntry {
  std::string step, phase, name, state;  // done | skipped | failed | rejected | undone | queued | dead | held | timeout
  std::uint32_t attempt = 1;
  TimePoint at{};
  std::int64_t took_us = 0;
  std::string node, code, text;
  std::string version;           // of the plugin that did it
};

/// A finished step that knows how to be undone.
struct Undo {
  int node = no_node;
  std::uint32_t visit = 1;
  std::string item;
  Value input, output;
};

struct Ending {
  std::string code, text, step;
};

struct State {
  std::string id;
  Status status = Status::running;
  std::string phase;
  std::string step;                 // the step at work, for people; empty when there is none
  Value order;
  std::map<std::string, Value> data;  // node id → output
  std::map<int, std::uint32_t> visits;
  std::vector<Token> tokens;
  std::vector<Undo> undo;           // stack
  std::vector<HistoryEntry> history;
  Value result;
  Value offers;                     // while waiting for a choice
  std::uint32_t offers_token = 0;
  std::optional<Ending> rejection, failure;
  std::optional<Status> ending;     // being undone towards this end
  bool too_late = false;            // to cancel
  bool finalised = false;           // `finally:` was started
  std::uint32_t last_token = 0;
  std::uint32_t events = 0;         // folded so far: the journal's next sequence number
  TimePoint created_at{}, updated_at{};
  std::string key;

  [[nodiscard]] const Token* find(std::uint32_t token) const;
  [[nodiscard]] Token* find(std::uint32_t token);
  /// The earliest time at which a `timer` event is owed.
  [[nodiscard]] std::optional<TimePoint> wake_at() const;
};

}  // namespace jackfield::flow
