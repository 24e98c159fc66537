// When an instance is looked at again though nothing came for it.
//
// Of those in memory every time is in timers_. Of those that are not, the store has it, and it is read a page at a time,
// a minute ahead. However many are over at once (a million after a night's stop): those in memory go first, and the rest
// are taken up only as there is room, so that orders that come meanwhile find it.
#include "engine/engine.hpp"

namespace jackfield::engine {

namespace {
constexpr std::chrono::milliseconds timers_ahead{60'000};
constexpr std::size_t timers_a_page = 512;
constexpr int timers_a_turn = 4096;
constexpr std::size_t rows_beside_overdue = 128;   // in a batch: what comes meanwhile waits for its commit
constexpr std::chrono::milliseconds overdue_a_turn{2};
}  // namespace

void Engine::schedule(Live& live) {
  const auto wake = live.state.wake_at();
  if (!wake) return unschedule(live);
  const std::int64_t at_ms = wake->time_since_epoch().count();
  if (live.timer_ms != 0 && live.timer_ms <= at_ms) return;  // it will be looked at in time
  unschedule(live);
  timers_.insert({at_ms, live.state.id});
  live.timer_ms = at_ms;
}

void Engine::unschedule(Live& live) {
  if (live.timer_ms != 0) timers_.erase({live.timer_ms, live.state.id});
  live.timer_ms = 0;
}

/// It leaves memory: its time is read from the store, or was and stays here.
void Engine::leave_to_store(Live& live) {
  if (horizon_ < store::Due{live.timer_ms, live.state.id}) unschedule(live);
}

void Engine::fire_timers() {
  if (recovering_) return;
  const std::int64_t now_ms = clock_.now().time_since_epoch().count();
  for (int most = timers_a_turn; most > 0 && !timers_.empty() && timers_.begin()->wake_at_ms <= now_ms; --most) {
    std::string id = std::move(timers_.extract(timers_.begin()).value().id);
    if (const auto at = lives_.find(id); at != lives_.end()) {
      at->second->timer_ms = 0;
      fire(*at->second);
    } else {
      overdue_.push_back(std::move(id));
    }
  }
  const bool all_met = overdue_.empty() && (timers_.empty() || horizon_ < *timers_.begin());
  if (all_met && horizon_.wake_at_ms <= now_ms) look_ahead(now_ms);
  wake_overdue();
}

void Engine::fire(Live& live) {
  flow::Event event;
  event.kind = flow::EventKind::timer;
  if (!fold(live, std::move(event))) schedule(live);
}

/// Half of the places at work are for what comes in, and a batch stays small enough to be committed soon.
bool Engine::takes_overdue() const {
  return !overdue_.empty() && running_ < (options_.most_running + 1) / 2 && batch_.journal.size() < rows_beside_overdue;
}

/// One a turn whatever is at work: those there may take for ever.
void Engine::wake_overdue() {
  const auto until = clock_.steady() + overdue_a_turn;
  for (bool first = !overdue_.empty(); first || (takes_overdue() && clock_.steady() <= until); first = false) {
    const std::string id = std::move(overdue_.front());
    overdue_.pop_front();
    Live* const live = load(id);
    if (live == nullptr) continue;
    unschedule(*live);
    fire(*live);
  }
}

/// A page more of the times in the store. A page each half second at most is read before it is due, so the set stays
/// small where a million are due at one time.
void Engine::look_ahead(std::int64_t now_ms) {
  if (recovering_ || !overdue_.empty() || horizon_.wake_at_ms >= now_ms + timers_ahead.count() / 2) return;
  const std::int64_t until_ms = now_ms + timers_ahead.count();
  const auto page = reader_->due(horizon_, until_ms, timers_a_page);
  timers_.insert(page.begin(), page.end());
  horizon_ = page.size() < timers_a_page ? store::Due{until_ms + 1, ""} : page.back();
}

}  // namespace jackfield::engine
