// Watches a history from outside and says which promise of the host is broken, if one is.
//
// It shares no code with the host. It knows what was asked and answered, what left towards plugins and came back, what
// the world did, and which rows are committed; marks in inputs, answers, events and orders tell what follows from
// what. It looks into the store's rows only for those marks, for the words of the public state, and for the fields
// that host/docs/decisions documents.
//
// Every function that is told something throws Broken.
#pragma once

#include "clock.hpp"
#include "engine/gate.hpp"
#include "flow_maker.hpp"
#include "model_store.hpp"
#include "promise.hpp"
#include "world.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace jackfield::simulation {

/// An event somebody sent, perhaps several times.
struct SentEvent {
  std::string mark, name, correlation, instance, id;
  bool accepted = false;
};

class Oracle {
 public:
  Oracle(const Clock& clock, const Tables& tables, const World& world, std::size_t most_running)
      : clock_(clock), tables_(tables), world_(world), most_running_(most_running) {}

  /// What may be expected of the orders of this version of the flow.
  void expect(int version, const Expected& expected) { expected_[version] = expected; }

  // at the lanes
  void given(const lane::Task& task);
  void collected(const lane::Task& task, const lane::Answer& answer);
  void abandoned(std::uint64_t token);

  // at the store
  void handed(const store::Batch& batch);
  void committed(const store::Batch& batch);
  void crashed();

  // at the gate
  void sent(const engine::Request& request, const std::string& mark);
  void replied(const engine::Request& request, const std::string& mark, const engine::Reply& reply);

  /// The next time that something is known to happen by itself: a timer in the store, a time limit of a task.
  [[nodiscard]] std::optional<std::int64_t> next_timer() const;

  /// Nothing moves: nothing may be due, no event kept that somebody waits for.
  void still();
  /// All has been done that can be done.
  void finished();

  [[nodiscard]] const std::map<std::string, SentEvent>& events() const { return events_; }

 private:
  struct Task {                      // the last attempt of one effect's run, undo or verify
    std::string key;
    std::uint32_t attempt = 0;
    std::size_t rows = 0;            // durable journal rows of the instance when it was given
    std::uint32_t resumes = 0;
    std::string refusal;             // mark of the answer that asked for another try, or said it did not happen
    std::string unknown;             // mark of the answer that nobody knows whether it happened
    std::string poison;              // mark of the answer that its plugin died of it more than once
    bool refused_here = false;       // by this life of the host
    std::int64_t not_before_ms = 0;
  };
  struct Flight {
    std::string place, instance;     // in tasks_
    std::int64_t deadline_ms = 0;
  };
  struct Instance {
    std::string flow, state;
    int version = 0;
    std::map<std::string, std::size_t> marks;   // durable: where in the journal
    std::vector<std::size_t> undone;            // places of what was taken back, in order
    std::string undoing;                        // mark-less undo that was given last: its effect
    std::string failed_undo;                    // a durable refusal of an undo, until a person resumes
    std::uint32_t resumes = 0;                  // asked for by people
    bool cancel_asked = false, waited = false, construction = false;
    std::string told;                           // an end that a client was told
    std::map<std::pair<std::string, std::uint32_t>, std::int64_t> awaits_since_ms;
    std::int64_t given_up_ms = 0;               // when a task of it was given up last
  };

  [[noreturn]] static void broken(const std::string& promise, const std::string& text);
  Instance& at(const std::string& id) { return instances_[id]; }
  void check_intent(const lane::Task& task, const About& about, Instance& instance, const Task* last);
  void check_repeat(const lane::Task& task, const About& about, Instance& instance, const Task* last);
  void check_undo(const lane::Task& task, const About& about, Instance& instance, bool first);
  void check_input(const lane::Task& task, Instance& instance);
  void check_admission(const std::map<std::string, int>& rows) const;
  void row_written(const store::JournalRow& row);
  void check_timer(const store::JournalRow& row, Instance& instance);
  void state_written(const std::string& id, const std::string& state);
  void check_end(const std::string& id, const Instance& instance);
  void check_wake(const std::string& id);
  void check_events(bool last);
  void check_notices();
  void input();
  [[nodiscard]] const Expected* expected_of(const Instance& instance) const;

  const Clock& clock_;
  const Tables& tables_;
  const World& world_;
  std::size_t most_running_;
  std::map<int, Expected> expected_;
  std::map<std::string, Instance> instances_;
  std::map<std::string, Task> tasks_;              // by role and effect
  std::map<std::string, std::string> keys_;        // key → effect, of runs
  std::map<std::uint64_t, Flight> flights_;        // by token, of this life of the host
  std::set<std::uint64_t> given_up_;               // tokens, of this life
  std::set<std::string> forbidden_;                // marks of answers that came after they were given up
  std::map<std::string, SentEvent> events_;        // by mark
  std::map<std::string, std::size_t> used_;        // event marks in the journal
  std::map<std::pair<std::string, std::string>, std::pair<std::string, std::string>> keyed_;  // flow, key → body, id
  std::map<std::string, std::string> acknowledged_;   // instance → flow
  std::int64_t first_input_ms_ = 0;                // since the last hand-over
  std::int64_t last_handed_ms_ = 0;
  std::vector<std::pair<store::AwaitRow, std::int64_t>> begun_;   // in the batch that is being written
};

/// Every mark ("t0000017": a letter and seven digits) in the bytes.
[[nodiscard]] std::vector<std::string> marks_in(const std::vector<std::uint8_t>& bytes);

}  // namespace jackfield::simulation
