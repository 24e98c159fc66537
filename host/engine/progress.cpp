#include "engine/engine.hpp"

#include "engine/body.hpp"
#include "engine/instance_view.hpp"

#include <spdlog/spdlog.h>

#include <jackfield/abi.h>

#include <algorithm>

namespace jackfield::engine {

using flow::Event;
using flow::EventKind;

namespace {

constexpr std::size_t tasks_at_once = 16;
constexpr std::size_t backlog_lanes = 2;  // full lanes of tasks that a plugin may have to do; then orders are refused

std::string_view plugin_of(std::string_view step) { return step.substr(0, step.find('.')); }

}  // namespace

store::Wake wake_of(const flow::State& state) {
  using Stand = flow::Token::Stand;
  bool backoff = false;
  bool awaiting = false;
  bool held = false;
  for (const auto& token : state.tokens) {
    if (token.stand == Stand::in_flight) return store::Wake::busy;
    backoff |= token.stand == Stand::backoff;
    awaiting |= token.stand == Stand::awaiting;
    held |= token.stand == Stand::held && !token.dead;
  }
  if (awaiting) return store::Wake::event;
  if (backoff) return store::Wake::timer;
  return held ? store::Wake::person : store::Wake::none;
}

Live* Engine::load(const std::string& id) {
  if (const auto at = lives_.find(id); at != lives_.end()) return at->second.get();
  auto live = read(id);
  return live ? &take_in(std::move(live)) : nullptr;
}

std::unique_ptr<Live> Engine::read(const std::string& id) {
  const auto row = reader_->instance(id);
  if (!row) return nullptr;
  auto live = std::make_unique<Live>();
  live->definition = catalog_.by_hash(row->definition, *reader_);
  if (!live->definition) {
    spdlog::error("instance {} began with definition {}, which the store does not have", id, row->definition);
    return nullptr;
  }
  live->state = rebuild(live->definition->graph, id, reader_->journal(id));
  live->row = *row;
  return live;
}

Live& Engine::take_in(std::unique_ptr<Live> read) {
  Live& live = *read;
  const std::string& id = live.row.id;
  for (const auto& effect : flow::standing(live.definition->graph, live.state)) {
    const auto* await = std::get_if<flow::Await>(&effect);
    if (await != nullptr) awaits_.insert({{await->name, await->correlation}, id, await->token});
  }
  if (flow::ended(live.state.status) && live.state.tokens.empty()) (void)lay_to_rest(live);
  schedule(live);
  count(live);
  lives_[id] = std::move(read);
  if (recovering_ && live.row.wake == store::Wake::busy) {
    // Whatever brings it into memory, recovery or a request that came before: what was in flight is given out anew
    // now, once, and not mistaken for it after something of this life has left.
    Event event;
    event.kind = EventKind::recovered;
    (void)fold(live, std::move(event));
  }
  return live;
}

bool Engine::fold(Live& live, Event event) {
  event.at = clock_.now();
  const auto& graph = live.definition->graph;
  if (!flow::meets(graph, live.state, event)) return false;
  const std::string_view before = live.state.events == 0 ? "" : flow::to_string(live.state.status);
  if (graph.durable) {
    if (batch_.empty()) batch_since_ = clock_.steady();
    batch_.journal.push_back({live.state.id, live.state.events, flow::encode(event)});
    if (!live.dirty) {
      live.dirty = true;
      touched_.push_back(&live);
    }
  }
  auto effects = flow::decide(graph, live.state, std::move(event));
  const std::string_view now = flow::to_string(live.state.status);
  if (before != now) metrics_.instance_moved(graph.flow, before, now);
  carry_out(live, std::move(effects));
  schedule(live);
  count(live);
  const Remains remains = flow::ended(live.state.status) && live.state.tokens.empty() ? lay_to_rest(live) : nullptr;
  if (!live.waiters.empty() && (flow::ended(live.state.status) || !live.state.offers.is_null())) {
    notify(live, remains);
  }
  return true;
}

// Nothing will be decided with it any more. What was worked with is freed by whoever is told of the end.
Remains Engine::lay_to_rest(Live& live) {
  auto past = std::make_shared<flow::State>(std::move(live.state));
  live.state = flow::State{};
  live.state.id = past->id;
  live.state.status = past->status;
  live.state.key = past->key;
  live.state.created_at = past->created_at;
  live.state.updated_at = past->updated_at;
  live.state.events = past->events;
  auto remains = std::make_shared<std::pair<flow::Value, decltype(past->data)>>(std::move(past->order),
                                                                                std::move(past->data));
  past->order = nullptr;
  past->data.clear();
  past->visits.clear();
  past->undo.clear();
  live.past = std::move(past);
  return remains;
}

void Engine::carry_out(Live& live, std::vector<flow::Effect> effects) {
  for (auto& effect : effects) {
    if (auto* task = std::get_if<flow::Dispatch>(&effect)) {
      carry(live, *task);
    } else if (auto* await = std::get_if<flow::Await>(&effect)) {
      awaited(live, *await);
    } else if (auto* unawait = std::get_if<flow::Unawait>(&effect)) {
      unawaited(live, *unawait);
    } else if (auto* dead = std::get_if<flow::Bury>(&effect)) {
      bury(live, *dead);
    } else if (auto* abandon = std::get_if<flow::Abandon>(&effect)) {
      for (auto at = flights_.begin(); at != flights_.end(); ++at) {
        if (at->second.live != &live || at->second.token != abandon->token) continue;
        metrics_.step_done(at->second.step, "timeout", std::chrono::microseconds(0));
        lanes_.abandon(at->first);
        (void)landed(at);
        break;
      }
    } else if (live.definition->graph.durable) {  // Ended
      for (auto& number : numbers_in(live.state.result)) batch_.numbers.push_back({live.state.id, std::move(number)});
    }
  }
}

Engine::Flight Engine::landed(Flights::iterator at) {
  Flight flight = std::move(at->second);
  flights_.erase(at);
  --flight.live->flying;
  const auto load = load_.find(plugin_of(flight.step));
  if (load != load_.end() && --load->second == 0) load_.erase(load);
  return flight;
}

std::string Engine::overloaded(const flow::Graph& graph) const {
  for (const auto& [plugin, tasks] : load_) {
    if (tasks < backlog_lanes * options_.lane_queue) continue;
    const auto needs = [plugin = std::string_view(plugin)](const flow::Node& node) {
      return node.kind == flow::NodeKind::step && !node.detach && plugin_of(node.step) == plugin;
    };
    if (std::any_of(graph.nodes.begin(), graph.nodes.end(), needs)) return plugin;
  }
  return {};
}

void Engine::carry(Live& live, flow::Dispatch& dispatch) {
  const std::uint64_t flight = ++last_flight_;
  flights_.emplace(flight, Flight{&live, dispatch.step, dispatch.token, dispatch.attempt});
  ++live.flying;
  const auto plugin = plugin_of(dispatch.step);
  const auto load = load_.find(plugin);
  ++(load != load_.end() ? load->second : load_[std::string(plugin)]);
  lane::Task task;
  task.token = flight;
  task.step = std::move(dispatch.step);
  task.instance = live.state.id;
  task.flow = live.definition->graph.flow;
  task.key = std::move(dispatch.key);
  task.attempt = dispatch.attempt;
  task.deadline_ms = dispatch.deadline.time_since_epoch().count();
  task.input = std::move(dispatch.input);
  const bool needs_intent = live.definition->graph.durable && !dispatch.pure;
  if (needs_intent) return tasks_.push_back(std::move(task));  // nothing outside happens without its durable intent
  send(std::move(task));
  if (++sent_at_once_ % tasks_at_once == 0) lanes_.flush();  // a plugin works on these while others are decided
}

void Engine::send(lane::Task task) {
  if (!flights_.contains(task.token)) return;  // abandoned while it waited for its commit
  const auto waiting = unsent_.find(plugin_of(task.step));
  if (waiting != unsent_.end()) return waiting->second.push_back(std::move(task));
  if (!lanes_.give(task)) unsent_[std::string(plugin_of(task.step))].push_back(std::move(task));
}

// Each plugin's by itself: one that is slow keeps nobody else waiting.
void Engine::send_unsent() {
  for (auto at = unsent_.begin(); at != unsent_.end();) {
    auto& waiting = at->second;
    while (!waiting.empty()) {
      if (flights_.contains(waiting.front().token)) {
        if (!lanes_.give(waiting.front())) break;
      }
      waiting.pop_front();
    }
    at = waiting.empty() ? unsent_.erase(at) : std::next(at);
  }
}

void Engine::unpark() {
  for (const auto& plugin : lanes_.freed()) {
    for (const auto& id : std::exchange(parked_[plugin], {})) {
      Live* live = load(id);
      Event event;
      event.kind = EventKind::unparked;
      event.name = plugin;
      if (live != nullptr) fold(*live, std::move(event));
    }
  }
}

void Engine::collect_answers() {
  lanes_.collect(answers_);
  for (auto& answer : answers_) {
    const auto at = flights_.find(answer.token);
    if (at == flights_.end()) continue;
    Live& live = *at->second.live;
    const Flight flight = landed(at);
    Event event;
    event.token = flight.token;
    event.attempt = flight.attempt;
    event.took_us = answer.took_us;
    event.code = std::move(answer.code);
    event.text = std::move(answer.text);
    event.version = std::move(answer.version);
    const char* outcome = "failed";
    switch (answer.status) {
      case JF_OK:
        event.kind = EventKind::done;
        outcome = "done";
        if (auto output = read_output({reinterpret_cast<const char*>(answer.output.data()), answer.output.size()})) {
          event.body = *std::move(output);
        } else {
          event.kind = EventKind::failed;
          event.code = "OUTPUT_INVALID";
          event.text = flight.step + " answered something else than a msgpack map of UTF-8 text, at most " +
                       std::to_string(output_depth_most) + " levels deep";
        }
        break;
      case JF_RETRY:
      case JF_BROKEN:
        event.kind = EventKind::retry;
        event.after = flow::Millis{answer.retry_after_ms};
        outcome = "retry";
        break;
      case lane::parked:
        event.kind = EventKind::parked;
        event.after = flow::Millis{answer.retry_after_ms};
        outcome = "parked";
        parked_[std::string(plugin_of(flight.step))].insert(live.state.id);
        break;
      case lane::poisoned: event.kind = EventKind::poisoned; outcome = "dead"; break;
      case JF_REJECT: event.kind = EventKind::rejected; outcome = "rejected"; break;
      case JF_UNKNOWN:
        event.kind = EventKind::unknown;
        event.after = flow::Millis{answer.retry_after_ms};
        outcome = "unknown";
        break;
      case JF_NOT_DONE: event.kind = EventKind::not_done; break;
      default: event.kind = EventKind::failed; break;
    }
    metrics_.step_done(flight.step, outcome, std::chrono::microseconds(answer.took_us));
    if (answer.status != JF_OK) {
      spdlog::info("{} {} attempt {}: {} {} {}", live.state.id, flight.step, flight.attempt, outcome, event.code,
                   answer.status == JF_REJECT ? "" : event.text);
    }
    fold(live, std::move(event));
  }
  answers_.clear();
}

void Engine::count(Live& live) {
  const bool at_work = live.state.status == flow::Status::running;
  if (at_work == live.counted) return;
  live.counted = at_work;
  if (at_work) ++running_;
  else --running_;
}

void Engine::notify(Live& live, const Remains& remains) {
  auto waiters = std::move(live.waiters);
  live.waiters.clear();
  for (auto& waiter : waiters) tell(live, 200, waiter.form, std::move(waiter.answer), remains);
}

}  // namespace jackfield::engine
