// The end of a history: nothing goes wrong any more, and everything must come to an end.
#include "life.hpp"

#include <algorithm>

namespace jackfield::simulation {

using engine::Op;

namespace {
constexpr int turns_most = 4000;
}  // namespace

/// Everything that has begun comes to rest; no time passes but what a batch may wait.
void History::settle() {
  for (int idle = 0, turns = 0; idle < 4; ++turns) {
    if (turns > turns_most) throw Broken("8 wake", "it never comes to rest");
    Lanes& lanes = *life_->lanes;
    const bool busy = !lanes.given.empty() || !lanes.said.empty() || life_->scribe->pending ||
                      life_->inbox->waiting() > 0 || life_->scribe->outcome.has_value();
    idle = busy ? 0 : idle + 1;
    while (!lanes.given.empty()) perform(0);
    while (!lanes.said.empty()) say(0);
    if (random_.chance(70)) write();
    check_power();
    if (!busy) clock_.now_ms += 11;
    turn();
  }
}

/// What people and other systems do so that orders can end. False where there is nothing to do.
bool History::help() {
  bool helped = false;
  for (const auto& [id, row] : tables_.instances) {
    if (row.state != "held") continue;
    engine::Request request;
    request.op = Op::retry;
    request.id = id;
    ask(std::move(request), {});
    helped = true;
    break;
  }
  if (helped) return true;
  for (const auto& [await, there] : tables_.awaits) {
    engine::Request request;
    request.op = Op::event;
    request.name = std::get<0>(await);
    request.correlation = std::get<1>(await);
    const std::string mark = world_->mark('e');
    request.body = {{"tick", mark}, {"result", "done"}};
    ask(std::move(request), mark);
    return true;
  }
  const auto soonest_ms = oracle_->next_timer();
  if (!soonest_ms) return false;
  clock_.now_ms = std::max(clock_.now_ms, *soonest_ms);
  trace_.line("clock to the next timer");
  return true;
}

void History::drain() {
  trace_.line("calm");
  fate_.permille = 0;
  world_->calm = true;
  for (const auto& plugin : std::exchange(life_->lanes->away, {})) life_->lanes->back.push_back(plugin);
  while (!zombies_.empty()) zombie();
  settle();
  clock_.now_ms += 501;
  settle();
  oracle_->still();
  for (int rounds = 0, idle = 0; idle < 2; ++rounds) {   // the last turn of a round may have found something to do
    if (rounds > 400) throw Broken("8 wake", "orders go on for ever");
    idle = help() ? 0 : idle + 1;
    settle();
    // What the clock has been moved to is read from the store within a sweep.
    clock_.now_ms += 501;
    settle();
    oracle_->still();
  }
  oracle_->finished();
}

}  // namespace jackfield::simulation
