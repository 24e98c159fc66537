// The world outside the host: what plugins and the systems behind them have done, by effect.
//
// An effect is what one place of one order's flow does once: its identity is the instance and what the step was given,
// not the key the host made for it. A plugin that may be repeated keeps its first answer by key, as the contract of
// plugins says; one that may not does it again, and the world counts. What was taken back stays taken back: an attempt
// that comes late finds that it is not wanted.
//
// A mark ("t0000017") is in every answer, so that the oracle can tell where it is durable.
#pragma once

#include "flow/value.hpp"
#include "lane/lanes.hpp"
#include "random.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace jackfield::simulation {

enum class Role { pure, idem, act, once, far, undo, verify };

/// How often what goes wrong, in a thousand.
struct Odds {
  unsigned retry = 30, reject = 10, edge = 20, fail = 10, unknown = 20, broken = 10;
};

struct Effect {
  std::string instance, step, key, mark;
  Role role = Role::idem;
  bool applied = false, undone = false, undoable = false;
  std::uint32_t fence = 0;     // attempts below are void: a verify said it had not happened
  int times = 0;
};

/// What a task is about, whatever its key says.
struct About {
  Role role = Role::idem;
  std::string effect;          // of the run it does, takes back, or asks about
};

/// Which steps there are and what they mean to each other.
class Business {
 public:
  virtual ~Business() = default;
  [[nodiscard]] virtual About about(const lane::Task& task) const = 0;
  /// Members that an answer of the step has beside its mark.
  [[nodiscard]] virtual flow::Value output(const lane::Task& task) const = 0;
  [[nodiscard]] virtual bool undoable(const lane::Task& task) const = 0;
};

/// The steps of made flows, by their names.
class MadeBusiness final : public Business {
 public:
  /// `undoable`: run steps whose place declares an undo, "act.s3@1" in version 1.
  explicit MadeBusiness(std::set<std::string> undoable) : undoable_(std::move(undoable)) {}
  [[nodiscard]] About about(const lane::Task& task) const override;
  [[nodiscard]] flow::Value output(const lane::Task&) const override { return flow::Value::object(); }
  [[nodiscard]] bool undoable(const lane::Task& task) const override;

 private:
  std::set<std::string> undoable_;
};

class World {
 public:
  World(Random& random, const Business& business) : random_(random), business_(business) {}

  /// The plugin does the task. With `calm`, nothing goes wrong any more.
  lane::Answer perform(const lane::Task& task);
  /// It does the task, or a part of it, and dies before it can answer.
  lane::Answer die_in(const lane::Task& task);
  /// It takes nothing now: nothing was tried.
  lane::Answer away(const lane::Task& task);
  std::string mark(char kind);

  [[nodiscard]] const std::map<std::string, Effect>& effects() const { return effects_; }
  [[nodiscard]] const Business& business() const { return business_; }

  bool calm = false;
  Odds odds;

 private:
  void apply(Effect& effect, const lane::Task& task);
  lane::Answer said(const lane::Task& task, std::int32_t status, std::string code);
  lane::Answer ok(const lane::Task& task, const std::string& mark, flow::Value output);
  lane::Answer undo(const lane::Task& task, Effect& effect);
  lane::Answer verify(const lane::Task& task, Effect& effect);
  lane::Answer run(const lane::Task& task, const About& about, Effect& effect);

  Random& random_;
  const Business& business_;
  std::map<std::string, Effect> effects_;
  std::map<std::string, std::string> undo_marks_;
  std::map<std::string, int> refusals_;   // by instance: a loop of error edges must end
  std::uint32_t last_mark_ = 0;
};

}  // namespace jackfield::simulation
