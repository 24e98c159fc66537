#include "engine/engine.hpp"

#include "engine/instance_view.hpp"
#include "flow/sha256.hpp"

#include <spdlog/spdlog.h>

namespace jackfield::engine {

namespace {
constexpr std::chrono::milliseconds sweep_every{500};
constexpr std::chrono::milliseconds timers_ahead{60'000};
constexpr std::size_t rows_of_a_batch = 4096;
constexpr std::size_t requests_a_turn = 1024;
constexpr std::size_t recovered_a_turn = 500;
}  // namespace

namespace {

lane::Fittings fittings(Metrics& metrics, const Clock& clock) {
  lane::Fittings fittings;
  fittings.now_ms = [&clock] { return clock.now().time_since_epoch().count(); };
  fittings.metric = [&metrics](const std::string& plugin, std::int32_t kind, std::string_view name,
                               std::string_view labels, double value) {
    std::map<std::string, std::string> words;
    if (!labels.empty()) {
      const auto map = flow::Value::from_msgpack(labels, true, false);
      if (map.is_object()) {
        for (const auto& [label, word] : map.items()) words[label] = word.is_string() ? word.get<std::string>() : word.dump();
      }
    }
    metrics.plugin_metric(static_cast<MetricKind>(kind), plugin, name, words, value);
  };
  return fittings;
}

}  // namespace

std::string digest(const flow::Value& value) {
  const std::string text = value.dump();
  return flow::sha256(text.data(), text.size());
}

Engine::Engine(zmq::context_t& context, EngineOptions options, std::unique_ptr<store::Store> store, Catalog& catalog,
               plugin::Registry& registry, Metrics& metrics, const Clock& clock)
    : options_(std::move(options)),
      catalog_(catalog),
      registry_(registry),
      metrics_(metrics),
      clock_(clock),
      port_(context, static_cast<int>(options_.queue_limit)),
      writer_(context, std::move(store), options_.keep),
      reader_(store::open_reader(options_.store)),
      lanes_(context, registry, options_.lane_queue, fittings(metrics, clock)) {
  for (const auto& count : reader_->counts()) metrics_.set_instances(count.flow, count.state, count.count);
  dead_letters_ = reader_->dead_letter_count();
  metrics_.set_dead_letters(dead_letters_);
}

Engine::~Engine() = default;

void Engine::run() {
  while (!stopping_) turn();
  port_.close();
  const auto until = std::chrono::steady_clock::now() + options_.drain;
  while (!quiet() && std::chrono::steady_clock::now() < until) turn();
  if (!quiet()) spdlog::warn("{} tasks were still under way after {} ms; they go on at the next start", flights_.size(),
                             options_.drain.count());
  const auto hard = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (writing_ && std::chrono::steady_clock::now() < hard) turn();
  for (auto& [id, live] : lives_) {  // whoever still waits learns where the order stands
    for (const auto& waiter : live->waiters) waiter.answer(shown(*live, 202));
    live->waiters.clear();
  }
}

bool Engine::quiet() const { return !writing_ && batch_.empty() && after_.empty() && flights_.empty(); }

void Engine::turn() {
  poll();
  if (recovering_) recover();
  for (std::size_t i = 0; i < requests_a_turn; ++i) {
    const auto asked = port_.take();
    if (!asked) break;
    handle(*asked);
  }
  collect_answers();
  fire_timers();
  meet_early();
  sweep();
  hand_over();
  while (!unsent_.empty()) {
    lane::Task task = unsent_.front();
    if (!lanes_.give(std::move(task))) break;
    unsent_.pop_front();
  }
  lanes_.flush();
}

void Engine::poll() {
  using namespace std::chrono;
  auto wait = milliseconds(100);
  const std::int64_t now_ms = clock_.now().time_since_epoch().count();
  if (!timers_.empty()) wait = std::min(wait, milliseconds(std::max<std::int64_t>(0, timers_.top().first - now_ms)));
  if (recovering_ || (!batch_.empty() && !writing_ && !after_.empty())) wait = milliseconds(0);
  if (!batch_.empty() && !writing_) wait = std::min(wait, milliseconds(10));
  zmq::pollitem_t items[] = {{port_.socket().handle(), 0, ZMQ_POLLIN, 0},
                             {writer_.socket().handle(), 0, ZMQ_POLLIN, 0},
                             {lanes_.socket().handle(), 0, ZMQ_POLLIN, 0}};
  try {
    zmq::poll(items, 3, wait);
  } catch (const zmq::error_t& error) {
    if (error.num() != EINTR) throw;
  }
  if (writing_ && (items[1].revents & ZMQ_POLLIN) != 0) written();
}

void Engine::recover() {
  const auto ids = reader_->busy(recovered_up_to_, recovered_a_turn);
  for (const auto& id : ids) {
    Live* live = load(id);
    if (live != nullptr) {
      flow::Event event;
      event.kind = flow::EventKind::recovered;
      fold(*live, std::move(event));
    }
    recovered_up_to_ = id;
  }
  if (ids.size() < recovered_a_turn) {
    recovering_ = false;
    port_.set_ready(true);
    spdlog::info("ready: {} instances were at work and go on", lives_.size());
  }
}

void Engine::hand_over() {
  if (writing_ || (batch_.empty() && after_.empty())) return;
  if (batch_.empty() && young_events_.empty()) {  // nothing to write: nothing to wait for
    const auto after = std::move(after_);
    after_.clear();
    for (const auto& what : after) what();
    return;
  }
  const bool due = std::chrono::steady_clock::now() - batch_since_ > std::chrono::milliseconds(10);
  if (after_.empty() && batch_.journal.size() < rows_of_a_batch && !due) return;
  for (const auto& id : touched_) {
    Live& live = *lives_.at(id);
    live.dirty = false;
    live.committing = true;
    auto& row = live.row;
    row.state = flow::to_string(live.state.status);
    row.key = live.state.key;
    row.created_ms = live.state.created_at.time_since_epoch().count();
    row.updated_ms = live.state.updated_at.time_since_epoch().count();
    row.wake = wake_of(live.state);
    row.wake_at_ms.reset();
    if (const auto wake = live.state.wake_at()) row.wake_at_ms = wake->time_since_epoch().count();
    if (live.fresh) {
      live.fresh = false;
      batch_.instances.push_back(row);
    } else {
      batch_.updates.push_back({row.id, row.state, row.key, row.updated_ms, row.wake, row.wake_at_ms});
    }
  }
  for (const auto& [key, op] : await_ops_) {
    auto& list = op.add ? batch_.awaits_added : batch_.awaits_removed;
    list.push_back({key.first.first, key.first.second, key.second, op.token});
  }
  await_ops_.clear();
  for (const auto& [key, row] : young_events_) batch_.events.push_back(row);
  writing_after_ = std::move(after_);
  writing_touched_ = std::move(touched_);
  writing_keys_ = std::move(young_keys_);
  writing_events_ = std::move(young_events_);
  after_.clear();
  touched_.clear();
  young_keys_.clear();
  young_events_.clear();
  writing_ = true;
  writer_.hand(std::make_unique<store::Batch>(std::move(batch_)));
  batch_ = {};
}

void Engine::written() {
  const auto outcome = writer_.done();
  if (!outcome.written) throw std::runtime_error("the store refused a batch, the host ends: " + outcome.error);
  metrics_.committed(outcome.took);
  writing_ = false;
  for (const auto& id : writing_touched_) {
    if (const auto at = lives_.find(id); at != lives_.end()) at->second->committing = false;
  }
  writing_keys_.clear();
  writing_events_.clear();
  const auto after = std::move(writing_after_);
  writing_after_.clear();
  for (const auto& what : after) what();
}

void Engine::sweep() {
  const std::int64_t now_ms = clock_.now().time_since_epoch().count();
  if (now_ms < next_sweep_ms_) return;
  next_sweep_ms_ = now_ms + sweep_every.count();
  port_.set_ready(!recovering_ && writer_.healthy());
  if (horizon_ms_ - now_ms < timers_ahead.count() / 2 && !recovering_) {
    const std::int64_t until = now_ms + timers_ahead.count();
    const auto due = reader_->due(until, rows_of_a_batch);
    for (const auto& row : due) timers_.emplace(row.wake_at_ms, row.id);
    horizon_ms_ = due.size() < rows_of_a_batch ? until : now_ms;
  }
  drop_expired();
  if (const std::size_t pruned = writer_.pruned(); pruned != pruned_) {
    pruned_ = pruned;
    for (const auto& count : reader_->counts()) metrics_.set_instances(count.flow, count.state, count.count);
  }
  const auto now = std::chrono::steady_clock::now();
  for (auto& [id, live] : lives_) {
    std::erase_if(live->waiters, [&, &one = *live](Waiter& waiter) {
      if (waiter.until > now) return false;
      waiter.answer(shown(one, 202));
      return true;
    });
  }
  evict();
}

void Engine::evict() {
  if (lives_.size() <= options_.keep_idle) return;
  for (auto at = lives_.begin(); at != lives_.end() && lives_.size() > options_.keep_idle / 2;) {
    Live& live = *at->second;
    if (!live.idle() || (!live.definition->graph.durable && !flow::ended(live.state.status))) {
      ++at;
      continue;
    }
    for (const auto& effect : flow::standing(live.definition->graph, live.state)) {
      if (const auto* await = std::get_if<flow::Await>(&effect)) awaits_.erase({await->name, await->correlation});
    }
    if (live.counted) --running_;
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
