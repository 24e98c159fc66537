// A compiled flow: the graph that decide() walks.
//
// Made by the compiler from YAML with its sub-flows expanded in place, stored by the SHA-256 of its serialised
// form (serialise()), and read back from there for every instance that began with it: everything that decides an
// instance's way (retries, time limits, expressions) is in here, nothing is looked up elsewhere.
//
// The serialised form is on disk for as long as instances of it live. A member may be added with a default that
// means "as before"; none is renamed or removed.
#pragma once

#include "flow/expression.hpp"
#include "flow/value.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace jackfield::flow {

inline constexpr int no_node = -1;

enum class NodeKind {
  step,      // a plugin's or adapter's step
  choice,    // `switch`: goes to the first branch whose condition holds, else to `next`
  fork,      // `parallel`: a token on each of `branches`
  join,      // waits for all tokens of its fork (`peer`)
  each,      // `each`: a token per item of `with`, on `branches[0]`
  await,     // waits for an event
  enter,     // begin of a sub-flow: evaluates `with` into <scope>.input
  leave,     // its end: evaluates `with` (the sub-flow's `result`) into the sub-flow's own id
  reject,    // ends the order with a business no: code, text
  fail,      // ends the order with a technical failure: code, text
  hold,      // a person must look
};

struct Retry {
  int attempts = 1;                 // tries in all; 1: none again
  Millis first{100};                // wait before the second try; doubles
  Millis most{30'000};              // and never exceeds this
};

/// Where an error code leads.
struct Edge {
  std::string code;                 // "NUMBER_TAKEN", "TIMEOUT", or "*"
  Expression when;                  // empty: always
  int target = no_node;
  std::vector<std::string> forget;  // "choose.msisdn": members of outputs dropped on the way
};

struct Branch {
  Expression when;                  // empty: `else`
  int target = no_node;
  std::vector<std::string> forget;  // of a `goto`
};

struct Node {
  NodeKind kind = NodeKind::step;
  std::string id;                   // full path, "construction.activate"; unique in the graph
  std::string name;                 // Chinese name, for histories and drawings
  std::string phase;                // "acceptance", …, or empty
  int scope = 0;                    // index into Graph::scopes
  int next = no_node;               // no_node: the end of its lane (branch, or flow)
  Expression when;                  // empty: always; false: the node is passed over
  Mapping with;                     // input of a step; value of enter/leave; the items of `each`
  std::vector<Edge> on;

  std::string step;                 // kind step: "credit.check"
  bool pure = false;                // needs no commit of its own
  bool idempotent = false;          // may be repeated with the same key
  std::string undo;                 // compensation step, or empty
  std::string undo_name;            // its Chinese name; empty: the node's own
  Mapping undo_with;                // empty: {input, output} of the step it undoes
  std::string verify;               // asked after an unknown outcome: output {"applied": bool, "output"?: map}
  Retry retry;
  Millis timeout{0};                // of one attempt; 0: the host's default
  Millis give_up{0};                // detached: tried until this is over; then a dead letter
  bool detach = false;              // delivered for certain beside the flow; never undoes it

  std::string event;                // kind await: "pending-completion"
  Expression correlation;           // kind await; empty: the instance id
  Expression within;                // kind await: time limit, text like "30m" or milliseconds; empty: none
  Mapping offers;                   // kind await: shown to the customer while waiting
  Value body;                       // kind await: JSON Schema of the event; null: any object
  int on_timeout = no_node;         // kind await: where to go; no_node: as `timeout_state` says
  std::string timeout_state;        // "cancelled" | "held" | "failed"

  std::vector<Branch> branches;     // kind choice, fork, each
  int peer = no_node;               // fork/each ↔ join, enter ↔ leave
  std::string as;                   // kind each: name of the item

  std::string code;                 // kind reject, fail, hold
  Expression text;

  // Said by seal(): its step, or its undo, names what it does alone; else the key of its effect names the node too.
  bool sole_run = false, sole_undo = false;
};

/// A name space: the flow itself, or one expanded sub-flow. A name in an expression is looked up among the ids of
/// its own scope; `order`, `instance` and `input` are always there.
struct Scope {
  std::string prefix;               // "" or "construction."
  int parent = -1;
  int enter = no_node;              // its `enter` node; error edges of that node catch what the sub-flow leaves
};

struct Graph {
  std::string flow;                 // "open-account"
  std::string name;                 // 开户
  Expression key;                   // what operators find an instance by
  std::string ingress;              // name of the history's first line, 通过接口提交业务请求; empty: none
  std::string cancel_until;         // phase from whose first step on a cancel is TOO_LATE; empty: never
  Value order_schema;               // JSON Schema of the order; null: any object
  bool exact_undo = false;          // a step that certainly had no effect is not undone; false: as definitions of before
  bool durable = true;              // `durability: none` is false: nothing is journaled
  bool startable = true;            // false: a part of other flows, nobody starts it by itself
  Mapping result;
  int entry = no_node;
  int finally = no_node;            // first node of `finally:`: detached steps run at every end
  std::vector<Scope> scopes;        // [0] is the flow itself
  std::vector<Node> nodes;
  std::string hash;                 // SHA-256 of serialise() as msgpack, lower-case hex

  [[nodiscard]] Value serialise() const;
  /// Throws std::runtime_error naming the member that does not fit.
  [[nodiscard]] static Graph deserialise(const Value& value);
  /// Sets `hash` from the rest, and what nodes know of one another.
  void seal();
};

}  // namespace jackfield::flow
