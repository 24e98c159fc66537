#include "engine/engine.hpp"

#include "elbow_room.hpp"
#include "engine/instance_view.hpp"
#include "flow/sha256.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace jackfield::engine {

namespace {
constexpr std::chrono::milliseconds sweep_every{500};
constexpr std::size_t rows_of_a_batch = 4096;
constexpr std::size_t requests_a_turn = 1024;
constexpr std::size_t crowd = 16;  // tasks under way; with fewer, threads take turns, and one processor is best

// True where the row says something else now. What is busy goes on at start whatever the clock says, and is in memory
// until then: its time limits are not the store's affair, and from step to step its row stays as it is.
bool bring_up_to_date(store::InstanceRow& row, const flow::State& state) {
  const char* const word = flow::to_string(state.status);
  const store::Wake wake = wake_of(state);
  std::optional<std::int64_t> wake_at_ms;
  if (const auto at = state.wake_at(); at && wake != store::Wake::busy) wake_at_ms = at->time_since_epoch().count();
  if (row.state == word && row.key == state.key && row.wake == wake && row.wake_at_ms == wake_at_ms) return false;
  row.state = word;
  row.key = state.key;
  row.created_ms = state.created_at.time_since_epoch().count();
  row.updated_ms = state.updated_at.time_since_epoch().count();
  row.wake = wake;
  row.wake_at_ms = wake_at_ms;
  return true;
}
}  // namespace

std::string digest(const flow::Value& value) {
  const std::string text = value.dump();
  return flow::sha256(text.data(), text.size());
}

Engine::Engine(EngineOptions options, Outside outside, Catalog& catalog, plugin::Registry& registry, Metrics& metrics,
               const Clock& clock)
    : options_(std::move(options)),
      catalog_(catalog),
      registry_(registry),
      metrics_(metrics),
      clock_(clock),
      outside_(std::move(outside)),
      inbox_(*outside_.inbox),
      scribe_(*outside_.scribe),
      patience_(*outside_.reader, [this] { return without_store(); }),
      reader_(&patience_),
      lanes_(*outside_.lanes) {
  for (const auto& [name, definition] : catalog_.flows()) {
    if (definition->graph.startable) metrics_.expect_flow(name);
  }
  for (const auto& plugin : registry_.plugins()) {
    metrics_.expect_plugin(plugin.descriptor.id);
    for (const auto& step : plugin.descriptor.steps) metrics_.expect_step(step.id);
  }
  for (const auto& count : reader_->counts()) metrics_.set_instances(count.flow, count.state, count.count);
  dead_letters_ = reader_->dead_letter_count();
  metrics_.set_dead_letters(dead_letters_);
}

Engine::~Engine() = default;

void Engine::run() {
  try {
    while (!stopping_) turn();
    drain();
  } catch (const store::StoreError& error) {
    if (!stopping_) throw;
    spdlog::warn("the host ends while its store is away; what was not written is as it was before: {}", error.what());
  }
  for (auto& [id, live] : lives_) {  // whoever still waits learns where the order stands
    for (const auto& waiter : live->waiters) {
      if (live->dirty || live->committing) {  // not written, so nothing is promised
        waiter.answer(problem(503, "STOPPING", "the host has stopped before this was written; ask again later"));
      } else {
        waiter.answer(shown(*live, 202, waiter.form));
      }
    }
    live->waiters.clear();
  }
}

void Engine::drain() {
  inbox_.set_ready(false);
  inbox_.set_stopping();  // what only looks is answered until the drain is over
  const auto until = clock_.steady() + options_.drain;
  while (!quiet() && clock_.steady() < until) turn();
  if (!quiet()) spdlog::warn("{} tasks were still under way after {} ms; they go on at the next start", flights_.size(),
                             options_.drain.count());
  const auto hard = clock_.steady() + std::chrono::seconds(10);
  while (writing_ && clock_.steady() < hard) turn();
  inbox_.close();
}

/// The store is away, and nothing can be decided without it: who asks is told so. False once the host is to stop.
bool Engine::without_store() {
  inbox_.set_ready(false);
  while (const auto asked = inbox_.take()) {
    auto reply = problem(503, "NOT_READY", "the store is away; nothing was done, ask again later");
    reply.retry_after = std::chrono::seconds(2);
    asked->answer(std::move(reply));
  }
  return !stopping_;
}

bool Engine::quiet() const { return !writing_ && batch_.empty() && !owes() && flights_.empty(); }

void Engine::turn() {
  poll();
  if (recovering_) recover();
  for (std::size_t i = 0; i < requests_a_turn; ++i) {
    const auto asked = inbox_.take();
    if (!asked) break;
    handle(*asked);
  }
  collect_answers();
  unpark();
  go_on_reloading();
  fire_timers();
  meet_early();
  sweep();
  hand_over();
  send_unsent();
  lanes_.flush();
}

void Engine::poll() {
  using namespace std::chrono;
  auto wait = milliseconds(100);
  const std::int64_t now_ms = clock_.now().time_since_epoch().count();
  if (!timers_.empty()) wait = std::min(wait, milliseconds(std::max<std::int64_t>(0, timers_.begin()->wake_at_ms - now_ms)));
  if (takes_overdue()) wait = milliseconds(0);
  if (recovering_ || (!batch_.empty() && !writing_ && owes())) wait = milliseconds(0);
  if (!batch_.empty() && !writing_) wait = std::min(wait, milliseconds(10));
  if (!writing_ && flights_.size() >= crowd) ElbowRoom::at_work();
  else ElbowRoom::at_rest();
  outside_.bell->wait(wait, !writing_ && !flights_.empty());
  if (!writing_) return;
  if (const auto outcome = scribe_.done()) written(*outcome);
}

void Engine::recover() {
  const auto ids = reader_->busy(recovered_up_to_, options_.recovered_a_turn);
  for (const auto& id : ids) {
    (void)load(id);  // which gives out anew what was in flight
    recovered_up_to_ = id;
  }
  if (ids.size() < options_.recovered_a_turn) {
    recovering_ = false;
    inbox_.set_ready(true);
    spdlog::info("ready: {} instances were at work and go on", lives_.size());
  }
}

void Engine::hand_over() {
  if (writing_ || (batch_.empty() && !owes())) return;
  if (batch_.empty() && young_events_.empty()) {  // nothing to write: nothing to wait for
    const auto after = std::exchange(after_, {});
    for (auto& task : std::exchange(tasks_, {})) send(std::move(task));
    for (const auto& what : after) what();
    return;
  }
  const bool due = clock_.steady() - batch_since_ > std::chrono::milliseconds(10);
  if (!owes() && batch_.journal.size() < rows_of_a_batch && !due) return;
  for (Live* const touched : touched_) {
    Live& live = *touched;
    live.dirty = false;
    live.committing = true;
    const bool changed = bring_up_to_date(live.row, live.state);
    if (live.fresh) {
      live.fresh = false;
      batch_.instances.push_back(live.row);
    } else if (changed) {
      const auto& row = live.row;
      batch_.updates.push_back({row.id, row.state, row.key, row.updated_ms, row.wake, row.wake_at_ms});
    }
  }
  for (const auto& [await, added] : await_ops_) {
    auto& list = added ? batch_.awaits_added : batch_.awaits_removed;
    list.push_back({await.key.first, await.key.second, await.instance, await.token});
  }
  await_ops_.clear();
  for (const auto& [key, row] : young_events_) batch_.events.push_back(row);
  writing_after_ = std::move(after_);
  writing_tasks_ = std::move(tasks_);
  writing_touched_ = std::move(touched_);
  writing_keys_ = std::move(young_keys_);
  writing_events_ = std::move(young_events_);
  after_.clear();
  tasks_.clear();
  touched_.clear();
  young_keys_.clear();
  young_events_.clear();
  writing_ = true;
  scribe_.hand(std::make_unique<store::Batch>(std::move(batch_)));
  batch_ = {};
}

void Engine::written(const Scribe::Outcome& outcome) {
  if (!outcome.written) throw std::runtime_error("the store refused a batch, the host ends: " + outcome.error);
  metrics_.committed(outcome.took);
  writing_ = false;
  for (Live* const live : writing_touched_) live->committing = false;
  writing_touched_.clear();
  writing_keys_.clear();
  writing_events_.clear();
  const auto after = std::exchange(writing_after_, {});
  for (auto& task : std::exchange(writing_tasks_, {})) send(std::move(task));
  for (const auto& what : after) what();
}

void Engine::sweep() {
  const std::int64_t now_ms = clock_.now().time_since_epoch().count();
  if (now_ms < next_sweep_ms_) return;
  next_sweep_ms_ = now_ms + sweep_every.count();
  inbox_.set_ready(!recovering_ && !stopping_ && scribe_.healthy());
  look_ahead(now_ms);
  drop_expired();
  if (const std::size_t pruned = scribe_.pruned(); pruned != pruned_) {
    pruned_ = pruned;
    for (const auto& count : reader_->counts()) metrics_.set_instances(count.flow, count.state, count.count);
  }
  for (const auto& lane : lanes_.status()) {
    if (lane.isolation != "process") continue;
    metrics_.plugin_quarantined(lane.plugin, lane.state == "quarantined" || lane.state == "probing");
  }
  const auto now = clock_.steady();
  for (auto& [id, live] : lives_) {
    std::erase_if(live->waiters, [&, &one = *live](Waiter& waiter) {
      if (waiter.until > now) return false;
      tell(one, 202, waiter.form, std::move(waiter.answer));
      return true;
    });
  }
  evict();
}

// Down to half, so that it is seldom gone through.
void Engine::evict() {
  if (lives_.size() <= options_.keep_idle) return;
  std::size_t written = 0, unwritten = 0;
  const auto goes = [](const Live& live) {
    return live.idle() && (live.definition->graph.durable || flow::ended(live.state.status));
  };
  for (const auto& [id, live] : lives_) {
    if (goes(*live)) ++(live->definition->graph.durable ? written : unwritten);
  }
  const auto too_many = [](std::size_t count, std::size_t most) { return count > most ? count - most / 2 : 0; };
  written = too_many(written, options_.keep_idle);
  unwritten = too_many(unwritten, options_.keep_unwritten);
  for (auto at = lives_.begin(); at != lives_.end() && written + unwritten > 0;) {
    Live& live = *at->second;
    std::size_t& left = live.definition->graph.durable ? written : unwritten;
    if (left == 0 || !goes(live)) {
      ++at;
      continue;
    }
    --left;
    for (const auto& effect : flow::standing(live.definition->graph, live.state)) {
      const auto* await = std::get_if<flow::Await>(&effect);
      if (await != nullptr) awaits_.erase({{await->name, await->correlation}, live.state.id, await->token});
    }
    if (!live.definition->graph.durable) memory_keys_.erase({live.row.flow, live.row.idempotency_key});
    if (live.counted) --running_;
    leave_to_store(live);
    at = lives_.erase(at);
  }
}

flow::Value Engine::instance(store::Reader& reader, const store::InstanceRow& row) {
  const auto definition = catalog_.by_hash(row.definition, reader);
  if (!definition) throw store::StoreError(store::StoreError::Kind::other, "definition " + row.definition + " is gone");
  return show(*definition, rebuild(definition->graph, row.id, reader.journal(row.id)));
}

std::shared_ptr<const flow::OrderSchema> Engine::schema(const std::string& flow) { return catalog_.schema(flow); }

}  // namespace jackfield::engine
