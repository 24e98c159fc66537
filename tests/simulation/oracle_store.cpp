// What the oracle sees of the store and of clients.
#include "oracle.hpp"

#include <algorithm>

namespace jackfield::simulation {
namespace {

using flow::Value;

bool ended(const std::string& state) {
  return state == "completed" || state == "rejected" || state == "cancelled" || state == "failed";
}

bool holds(const std::vector<std::uint8_t>& bytes, const std::string& mark) {
  return std::search(bytes.begin(), bytes.end(), mark.begin(), mark.end()) != bytes.end();
}

constexpr std::int64_t unwritten_ms = 50;   // what has just been decided is not yet in the store
constexpr int kind_timer = 7, kind_cancel = 9;   // host/docs/decisions/0002: events are on disk for ever

}  // namespace

void Oracle::handed(const store::Batch& batch) {
  begun_.clear();
  for (const auto& row : batch.awaits_added) {
    // Whoever led to it came no sooner than that.
    begun_.push_back({row, first_input_ms_ == 0 ? last_handed_ms_ : first_input_ms_});
  }
  last_handed_ms_ = clock_.now_ms;
  first_input_ms_ = 0;
}

void Oracle::committed(const store::Batch& batch) {
  std::map<std::string, std::string> before;
  std::map<std::string, int> rows;
  for (const auto& row : batch.journal) {
    before[row.instance] = at(row.instance).state;
    ++rows[row.instance];
    row_written(row);
  }
  for (const auto& row : batch.instances) {
    at(row.id).flow = row.flow;
    state_written(row.id, row.state);
  }
  for (const auto& row : batch.updates) state_written(row.id, row.state);
  if (!batch.instances.empty()) check_admission(rows);
  for (const auto& row : batch.journal) {
    if (before[row.instance] == "waiting" && rows[row.instance] == 1) check_timer(row, at(row.instance));
  }
  for (const auto& row : batch.awaits_removed) at(row.instance).awaits_since_ms.erase({row.name, row.token});
  for (const auto& [row, since_ms] : begun_) at(row.instance).awaits_since_ms[{row.name, row.token}] = since_ms;
  begun_.clear();
  for (const auto& row : batch.instances) check_wake(row.id);
  for (const auto& row : batch.updates) check_wake(row.id);
  check_events(false);
}

/// Whatever has no row in the batch that holds a start was at work before it, and all the time since.
void Oracle::check_admission(const std::map<std::string, int>& rows) const {
  const auto at_work = std::count_if(tables_.instances.begin(), tables_.instances.end(), [&](const auto& one) {
    return one.second.state == "running" && one.second.wake == store::Wake::busy && !rows.contains(one.first);
  });
  if (static_cast<std::size_t>(at_work) < most_running_) return;
  broken("12 bounded", "an order was started though " + std::to_string(at_work) + " were at work, as many as may be");
}

void Oracle::row_written(const store::JournalRow& row) {
  Instance& instance = at(row.instance);
  const auto& rows = tables_.journal.at(row.instance);
  if (rows.at(row.seq).seq != row.seq) broken("5 one writer", "the journal of " + row.instance + " has a gap");
  if (instance.construction && Value::from_msgpack(row.event, true, false).value("k", 0) == kind_cancel) {
    broken("9 too late", row.instance + " took a cancel though construction had begun");
  }
  for (const auto& mark : marks_in(row.event)) {
    instance.marks.emplace(mark, row.seq);
    if (mark[0] == 'e' && ++used_[mark] > 1) broken("6 events", "event " + mark + " was used twice");
    if (forbidden_.contains(mark))
      broken("3 once", "an answer was taken that came after its attempt was given up: " + mark);
  }
}

void Oracle::check_timer(const store::JournalRow& row, Instance& instance) {
  const Value event = Value::from_msgpack(row.event, true, false);
  if (!event.is_object() || event.value("k", 0) != kind_timer) return;
  // It waited, and by a timer alone it no longer does.
  if (instance.state == "waiting" || instance.awaits_since_ms.size() != 1) return;
  const std::int64_t since_ms = instance.awaits_since_ms.begin()->second;
  if (event.value("t", std::int64_t{0}) < since_ms + await_limit_ms) {
    broken("7 timers", row.instance + " stopped waiting before its time limit");
  }
}

void Oracle::state_written(const std::string& id, const std::string& state) {
  Instance& instance = at(id);
  if (ended(instance.state) && instance.state != state) {
    broken("9 end", id + " had ended as " + instance.state + " and is " + state);
  }
  instance.state = state;
  if (state != "running") instance.waited |= !ended(state);
  if (ended(state)) check_end(id, instance);
}

void Oracle::check_end(const std::string& id, const Instance& instance) {
  const std::string prefix = id + "|";
  for (auto at = world_.effects().lower_bound(prefix); at != world_.effects().end() && at->first.starts_with(prefix);
       ++at) {
    const Effect& effect = at->second;
    if (instance.state == "completed") {
      if (effect.undone) broken("9 undo", id + " has completed, but " + effect.step + " was taken back");
    } else if (effect.undoable && effect.applied && !effect.undone) {
      broken("9 undo", id + " has ended as " + instance.state + ", but " + effect.step + " was not taken back");
    }
  }
  const Expected* expected = expected_of(instance);
  if (instance.state != "completed" || expected == nullptr) return;
  for (const auto& step : expected->steps) {
    const bool done = std::any_of(world_.effects().lower_bound(prefix), world_.effects().end(), [&](const auto& one) {
      return one.second.instance == id && one.second.step == step && instance.marks.contains(one.second.mark);
    });
    if (!done) broken("9 order", id + " has completed without " + step);
  }
}

void Oracle::check_wake(const std::string& id) {
  const auto& row = tables_.instances.at(id);
  const auto says = [&](const std::string& why) {
    broken("8 wake", id + " is " + row.state + " and cannot wake: " + why);
  };
  if (ended(row.state)) return;
  switch (row.wake) {
    case store::Wake::none: return says("it has no reason to");
    case store::Wake::timer:
      if (!row.wake_at_ms) says("it waits for a time that is not there");
      return;
    case store::Wake::event: {
      const bool awaits = std::any_of(tables_.awaits.begin(), tables_.awaits.end(),
                                      [&](const auto& one) { return std::get<2>(one.first) == id; });
      if (!awaits) says("it waits for an event that would not find it");
      return;
    }
    case store::Wake::person:
      if (row.state != "held") says("it waits for a person, who is not told");
      return;
    case store::Wake::busy: return;
  }
}

void Oracle::check_events(bool last) {
  for (const auto& [mark, event] : events_) {
    const auto used = used_.find(mark);
    std::size_t places = used == used_.end() ? 0 : used->second;
    for (const auto& [key, row] : tables_.events) {
      if (row.instance.empty() && holds(row.body, mark)) ++places;
    }
    for (const auto& [id, letter] : tables_.dead_letters) {
      if (letter.kind == "event" && holds(letter.body, mark)) ++places;
    }
    if (places > 1) broken("6 events", "event " + mark + " is used, kept or a dead letter at once");
    if (places == 0 && event.accepted) broken("6 events", "event " + mark + " was accepted and is nowhere");
  }
  (void)last;
}

void Oracle::crashed() {
  flights_.clear();
  given_up_.clear();
  std::erase_if(keyed_, [&](const auto& one) { return !tables_.instances.contains(one.second.second); });
  for (auto& [place, task] : tasks_) {
    task.refused_here = false;
  }
}

// ---- at the gate

void Oracle::sent(const engine::Request& request, const std::string& mark) {
  using engine::Op;
  if (request.op == Op::event) {
    auto& event = events_[mark];
    event.mark = mark;
    event.name = request.name;
    event.correlation = request.correlation;
    event.instance = request.id;
    event.id = request.event_id;
  }
  if (request.op == Op::retry || request.op == Op::replay) {
    // Counted when it is asked: it may have its effect before it is answered.
    for (auto& [id, instance] : instances_) {
      if (request.op == Op::replay || id == request.id) {
        ++instance.resumes;
        instance.failed_undo.clear();
      }
    }
  }
  if (request.op == Op::cancel) at(request.id).cancel_asked = true;
  input();
}

void Oracle::replied(const engine::Request& request, const std::string& mark, const engine::Reply& reply) {
  using engine::Op;
  const bool good = reply.status < 300;
  const bool instance = good && reply.body.is_object() && reply.body.contains("history");
  if (instance) {
    const std::string id = reply.body.value("id", ""), state = reply.body.value("state", "");
    const auto row = tables_.instances.find(id);
    const Expected* expected = expected_of(at(id));
    const bool durable = expected == nullptr ? row != tables_.instances.end() : expected->durable;
    if (durable && row == tables_.instances.end())
      broken("1 acknowledged", id + " was acknowledged and is not durable");
    if (durable && ended(state) && row->second.state != state) {
      broken("1 acknowledged", id + " was told to be " + state + ", and durable is " + row->second.state);
    }
    if (!at(id).told.empty() && at(id).told != state && durable) {
      broken("1 acknowledged", id + " was told to have ended as " + at(id).told + ", and then to be " + state);
    }
    if (ended(state)) at(id).told = state;
    if (durable) acknowledged_[id] = request.flow;
  }
  if (request.op == Op::start && instance && !request.key.empty() &&
      tables_.instances.contains(reply.body.value("id", ""))) {
    const std::string id = reply.body.value("id", "");
    const auto known = keyed_.try_emplace({request.flow, request.key}, request.body.dump(), id).first;
    if (known->second.second != id)
      broken("2 one key", "key " + request.key + " gave " + known->second.second + " and " + id);
    if (known->second.first != request.body.dump()) broken("2 one key", "key " + request.key + " took two orders");
  }
  if (request.op == Op::event && good) events_.at(mark).accepted = true;
  if (request.op == Op::event && good) check_events(false);
}

// ---- when nothing moves

std::optional<std::int64_t> Oracle::next_timer() const {
  std::optional<std::int64_t> soonest_ms;
  const auto take = [&](std::int64_t at_ms) { soonest_ms = std::min(soonest_ms.value_or(at_ms), at_ms); };
  for (const auto& [id, row] : tables_.instances) {
    if (row.wake_at_ms) take(*row.wake_at_ms);
  }
  for (const auto& [token, flight] : flights_) take(flight.deadline_ms);
  return soonest_ms;
}

void Oracle::still() {
  for (const auto& [id, row] : tables_.instances) {
    if (row.wake_at_ms && *row.wake_at_ms + unwritten_ms <= clock_.now_ms) {
      broken("7 timers",
             id + " has a timer " + std::to_string(clock_.now_ms - *row.wake_at_ms) + " ms ago that did not fire");
    }
    const bool works =
        std::any_of(flights_.begin(), flights_.end(), [&](const auto& one) { return one.second.instance == id; });
    const bool told = at(id).given_up_ms + unwritten_ms > clock_.now_ms;
    if (row.wake == store::Wake::busy && !works && !told)
      broken("8 wake", id + " is said to be at work, and nothing of it is");
  }
  for (const auto& [token, flight] : flights_) {
    if (flight.deadline_ms + unwritten_ms <= clock_.now_ms) {
      broken("7 timers", "the time limit of " + flight.place + " was over " +
                             std::to_string(clock_.now_ms - flight.deadline_ms) +
                             " ms ago, and it is still waited for");
    }
  }
  for (const auto& [await, there] : tables_.awaits) {
    for (const auto& [key, row] : tables_.events) {
      if (row.instance.empty() && row.name == std::get<0>(await) && row.correlation == std::get<1>(await)) {
        broken("6 events", "event " + row.name + " for " + row.correlation + " is kept though " + std::get<2>(await) +
                               " waits for it");
      }
    }
  }
  for (const auto& [id, flow] : acknowledged_) {
    if (!tables_.instances.contains(id)) broken("1 acknowledged", id + " was acknowledged and is gone");
  }
}

void Oracle::finished() {
  for (const auto& [id, row] : tables_.instances) {
    if (!ended(row.state)) broken("8 wake", id + " is " + row.state + " though nothing hinders it any more");
    if (row.wake != store::Wake::none) broken("8 wake", id + " has ended and still has something to do");
  }
  check_events(true);
  check_notices();
}

void Oracle::check_notices() {
  for (const auto& [id, row] : tables_.instances) {
    const Instance& instance = at(id);
    const Expected* expected = expected_of(instance);
    if (expected == nullptr) continue;
    const auto must_have = [&](const std::string& step) {
      const std::string prefix = id + "|";
      for (auto one = world_.effects().lower_bound(prefix);
           one != world_.effects().end() && one->first.starts_with(prefix); ++one) {
        if (one->second.step == step && one->second.applied) return;
      }
      for (const auto& [letter_id, letter] : tables_.dead_letters) {
        if (letter.instance == id && letter.step == step) return;
      }
      broken("6 notices", id + " has ended, and its notice " + step + " is neither delivered nor a dead letter");
    };
    if (row.state == "completed") std::for_each(expected->notices.begin(), expected->notices.end(), must_have);
    std::for_each(expected->finals.begin(), expected->finals.end(), must_have);
  }
}

}  // namespace jackfield::simulation
