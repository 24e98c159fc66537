// Random flows: valid YAML of every form the flow language has, and what an oracle may expect of them.
//
// Steps are named by what they are: "pure.s3" has no effect; "idem.s3" may be repeated under its key; "act.s3" may not,
// but is taken back by "undo.s3"; "once.s3" can be neither, and may be asked about with "verify.s3"; "far.s3" is a
// detached notice. Every step is given the version of its flow (`v`), its place (`at`), and marks out of the outputs it
// follows on (`after`): where a mark comes from tells what must have been durable before the step began.
#pragma once

#include "flow/compiler.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace jackfield::simulation {

inline constexpr std::int64_t retry_first_ms = 100;   // before the second try of any step
inline constexpr std::int64_t await_limit_ms = 30'000;  // of every await that has one
inline constexpr std::int64_t give_up_ms = 20'000;    // of detached steps

struct Expected {
  std::vector<std::string> notices;      // detached steps that a completed order has delivered, or buried
  std::vector<std::string> finals;       // the same of every ended order
  std::vector<std::string> steps;        // plain steps that a completed order has done
  std::set<std::string> verified;        // steps that can be asked whether they happened
  std::set<std::string> committing;      // from the first of these on, a cancel is too late
  std::set<std::string> events;          // names of events the flow awaits
  std::map<std::string, int> joins;      // place → how many marks it must have been given
  bool shared_correlation = false;       // awaits by order.corr, not by the instance's id
  bool durable = true;
};

struct MadeFlow {
  std::vector<std::pair<std::string, std::string>> files;  // the flow, and its sub-flows
  Expected expected;
};

/// A flow named `name`, the same one for the same seed; `version` is baked into every input.
[[nodiscard]] MadeFlow make_flow(const std::string& name, std::uint64_t seed, int version);

struct Ready {
  flow::Graph graph;
  Expected expected;
};

/// Compiled, and kept: the same flow is asked for by many histories. Throws std::logic_error with the text of the flow
/// where the maker made one that the compiler refuses.
[[nodiscard]] std::shared_ptr<const Ready> ready_flow(const std::string& name, std::uint64_t seed, int version);

/// What the compiler is told of the steps named as above.
class Steps final : public flow::StepCatalog {
 public:
  [[nodiscard]] std::optional<flow::StepFacts> find(const std::string& step) const override;
  [[nodiscard]] std::vector<std::string> steps() const override { return {}; }
};

}  // namespace jackfield::simulation
