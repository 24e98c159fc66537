#include "life.hpp"
#include "shipped.hpp"

#include "engine/metrics.hpp"
#include "plugin/registry.hpp"

#include <jackfield/abi.h>

#include <algorithm>

namespace jackfield::simulation {
namespace {

using engine::Op;
using flow::Value;

constexpr std::uint64_t flows_there_are = 1500;   // made once and used by many histories

class NoPlugins final : public plugin::Registry {
 public:
  const std::vector<plugin::Plugin>& plugins() const override { return none_; }
  const plugin::Plugin* find(const std::string&) const override { return nullptr; }
  const plugin::StepDescriptor* step(const std::string&) const override { return nullptr; }
  const plugin::Surroundings& surroundings() const override { return surroundings_; }
  void put(const plugin::Plugin&) override {}

 private:
  std::vector<plugin::Plugin> none_;
  plugin::Surroundings surroundings_;
};

NoPlugins& no_plugins() {
  static NoPlugins none;
  return none;
}

engine::Metrics& metrics() {
  static engine::Metrics all;
  return all;
}

}  // namespace

History::History(std::uint64_t seed, const Settings& settings)
    : seed_(seed), settings_(settings), random_(seed), trace_(settings.loud), fate_(random_) {
  if (settings.shipped.empty()) {
    std::set<std::string> undoable;
    for (const int version : {1, 2}) {
      for (const auto& node : ready(version).graph.nodes) {
        if (!node.undo.empty()) undoable.insert(node.step + "@" + std::to_string(version));
      }
    }
    business_ = std::make_unique<MadeBusiness>(std::move(undoable));
  } else {
    flow_ = settings.shipped;
    business_ = std::make_unique<ShippedBusiness>(shipped_flows(settings.config));
  }
  world_ = std::make_unique<World>(random_, *business_);
  options_.most_running = random_.chance(20) ? 1 + random_.below(3) : 1000;
  options_.keep_idle = random_.chance(60) ? random_.below(3) : 5000;
  options_.keep_unwritten = options_.keep_idle;
  options_.lane_queue = random_.chance(30) ? 1 + random_.below(2) : 1000;
  options_.recovered_a_turn = 1 + random_.below(3);
  options_.events_keep = flow::Millis{random_.chance(50) ? 5'000 : 86'400'000};
  oracle_ = std::make_unique<Oracle>(clock_, tables_, *world_, options_.most_running);
  if (settings.shipped.empty()) {
    for (const int version : {1, 2}) oracle_->expect(version, ready(version).expected);
  }
  const unsigned trouble = static_cast<unsigned>(random_.below(4));
  world_->odds = {30 * trouble, 10 * trouble, 25 * trouble, 8 * trouble, 25 * trouble, 10 * trouble};
  if (random_.chance(70)) crash_percent_ = 1 + static_cast<unsigned>(random_.below(3));
  if (random_.chance(50)) fate_.permille = 1 + static_cast<unsigned>(random_.below(6));
}

History::~History() = default;

const Ready& History::ready(int version) const {
  const std::uint64_t number = seed_ % flows_there_are;
  return *ready_flow("f", number * 2 + (version == 1 ? 0 : number % 2), version);
}

Result History::run() {
  Result result;
  try {
    boot();
    if (settings_.acts == 0) {   // one order, and no trouble but the disk's
      crash_percent_ = fate_.permille = 0;
      world_->calm = true;
      start_order();
    }
    for (int i = 0; i < settings_.acts; ++i) {
      act();
      check_power();
    }
    drain();
  } catch (const Broken& broken) {
    result.good = false;
    result.promise = broken.promise;
    result.text = broken.what();
    trace_.line("BROKEN " + broken.promise + ": " + broken.what());
  } catch (const std::exception& error) {
    result.good = false;
    result.promise = "0 the host goes on";
    result.text = error.what();
    trace_.line(std::string("ENDED by ") + error.what());
  }
  life_.reset();
  if (settings_.disk != nullptr) settings_.disk->close();
  result.hash = trace_.hash();
  result.events = trace_.count();
  result.crashes = crashes_;
  result.orders = static_cast<int>(orders_.size());
  result.last.assign(trace_.last().begin(), trace_.last().end());
  return result;
}

// ---- the host's life and death

void History::boot() {
  for (int tries = 0;; ++tries) {
    try {
      life_ = std::make_unique<Life>();
      life_->catalog = std::make_unique<engine::Catalog>(graphs());
      open_store();
      store::Batch definitions;
      definitions.definitions = life_->catalog->rows(clock_.now_ms);
      store_batch(definitions);
      auto reader = std::move(opened_);
      life_->catalog->learn_versions(*reader);
      const unsigned usual = std::exchange(fate_.permille, 0);
      engine::Outside outside{nullptr, nullptr, fated(std::move(reader), fate_), nullptr, std::make_unique<Bell>(),
                              engine::UlidMaker(random_.next())};
      auto inbox = std::make_unique<Inbox>(64);
      auto scribe = std::make_unique<Scribe>(*oracle_, fate_);
      auto lanes = std::make_unique<Lanes>(*oracle_, fate_, trace_, options_.lane_queue);
      life_->inbox = inbox.get();
      life_->scribe = scribe.get();
      life_->lanes = lanes.get();
      outside.inbox = std::move(inbox);
      outside.scribe = std::move(scribe);
      outside.lanes = std::move(lanes);
      life_->engine = std::make_unique<engine::Engine>(options_, std::move(outside), *life_->catalog, no_plugins(),
                                                       metrics(), clock_);
      fate_.permille = usual;
      return;
    } catch (const store::StoreError& error) {
      // The host says why it does not start, and is started again.
      trace_.line(std::string("it does not start: ") + error.what());
      if (settings_.disk == nullptr || tries > 5) throw;
      opened_.reset();
      life_.reset();
      settings_.disk->close();
    }
  }
}

std::map<std::string, flow::Graph> History::graphs() const {
  if (!settings_.shipped.empty()) return shipped_flows(settings_.config);
  return {{"f", ready(version_).graph}};
}

/// What was in doubt is in the store whole, or not at all; and the store holds what it has told to hold.
void History::open_store() {
  if (settings_.disk == nullptr) {
    opened_ = read(tables_);
    return;
  }
  opened_ = settings_.disk->open();
  const std::string found = settings_.disk->contents();
  const auto batch = std::move(in_doubt_);
  if (found == text_of(tables_))
    return trace_.line(batch ? "what was in doubt is not in the store" : "the store is whole");
  Tables with = tables_;
  if (batch) with.commit(*batch);
  if (!batch || found != text_of(with)) {
    throw Broken("1 acknowledged", "the store does not hold what it was told, nor that and what was in doubt");
  }
  trace_.line("what was in doubt is in the store");
  tables_ = std::move(with);
  oracle_->committed(*batch);
}

void History::store_batch(const store::Batch& batch) {
  if (settings_.disk != nullptr) {
    in_doubt_ = std::make_unique<store::Batch>(batch);
    settings_.disk->commit(batch);
    in_doubt_.reset();
  }
  tables_.commit(batch);
}

/// What was under way is lost, or had its effect, or has it later; a batch that was handed over is in the store or not.
void History::crash(const std::string& where, bool in_order) {
  trace_.line((in_order ? "STOP " : "CRASH ") + where);
  ++crashes_;
  Scribe& scribe = *life_->scribe;
  const bool dead = settings_.disk != nullptr && settings_.disk->dead();
  if (scribe.pending && !scribe.outcome && !dead && random_.chance(50)) write();
  for (const auto& given : life_->lanes->given) {
    const auto fate = random_.below(3);
    if (fate == 0) (void)world_->perform(given.task);
    const Role role = business_->about(given.task).role;
    if (fate == 1 && role != Role::once && role != Role::verify) zombies_.push_back(given.task);
  }
  oracle_->crashed();
  life_.reset();
  if (settings_.disk != nullptr && in_order) settings_.disk->stop();
  if (settings_.disk != nullptr && !in_order) settings_.disk->close();
  if (random_.chance(40)) version_ = 3 - version_;
  if (random_.chance(30)) clock_.now_ms += random_.between(0, 40'000);
  boot();
}

void History::zombie() {
  if (zombies_.empty()) return;
  const std::size_t index = random_.below(zombies_.size());
  const lane::Task task = zombies_[index];
  zombies_.erase(zombies_.begin() + static_cast<std::ptrdiff_t>(index));
  trace_.line("at last " + task.key + " attempt " + std::to_string(task.attempt));
  (void)world_->perform(task);
}

void History::turn() {
  try {
    life_->engine->turn();
  } catch (const Crash& died) {
    crash(died.where);
  } catch (const Broken&) {
    throw;
  } catch (const store::StoreError& error) {
    crash(std::string("the host ends itself: ") + error.what());
  } catch (const std::runtime_error& error) {
    if (std::string(error.what()).find("the host ends") == std::string::npos) throw;
    crash(error.what());
  }
}

/// For whoever reads a history: which journal rows, and which words and reasons of instances.
void History::tell_rows(const store::Batch& batch) {
  static constexpr const char* kinds[] = {"",        "started",  "done",     "retry",   "rejected", "failed",
                                          "unknown", "timer",    "arrived",  "cancel",  "resume",   "recovered",
                                          "parked",  "unparked", "poisoned", "not done"};
  static constexpr const char* wakes[] = {"none", "busy", "timer", "event", "person"};
  for (const auto& row : batch.journal) {
    const Value event = Value::from_msgpack(row.event, true, false);
    trace_.line("  row " + row.instance + "/" + std::to_string(row.seq) + " " + kinds[event.value("k", 0) % 16]);
  }
  const auto tell = [&](const std::string& id, const std::string& state, store::Wake wake) {
    trace_.line("  " + id + " is " + state + ", woken by " + wakes[static_cast<int>(wake) % 5]);
  };
  for (const auto& row : batch.instances) tell(row.id, row.state, row.wake);
  for (const auto& row : batch.updates) tell(row.id, row.state, row.wake);
}

void History::write() {
  Scribe& scribe = *life_->scribe;
  if (!scribe.pending) return;
  trace_.line("write " + std::to_string(scribe.pending->journal.size()) + " rows");
  if (settings_.loud) tell_rows(*scribe.pending);
  try {
    store_batch(*scribe.pending);
  } catch (const store::StoreError& error) {
    return refused(error);
  }
  const auto batch = std::move(scribe.pending);
  ++writes_;
  oracle_->committed(*batch);
  scribe.outcome = engine::Scribe::Outcome{true, {}, std::chrono::microseconds(100)};
  scribe.well = true;
}

/// As the writer's thread does: what may pass is tried again, and the rest ends the host.
void History::refused(const store::StoreError& error) {
  using Kind = store::StoreError::Kind;
  trace_.line(std::string("the store says: ") + error.what());
  Scribe& scribe = *life_->scribe;
  // What must be new is there: a store refuses it, and no host may ask for it.
  if (error.kind == Kind::conflict && settings_.disk == nullptr) {
    throw Broken(std::string(error.what()).find("key ") == std::string::npos ? "5 one writer" : "2 one key", error.what());
  }
  if (settings_.disk != nullptr && settings_.disk->dead()) return;   // and the host with it
  // It stays in doubt: what a failed sync has left may be found by the next start.
  if (error.kind == Kind::busy || error.kind == Kind::full || error.kind == Kind::io) {
    scribe.well = false;
    return;
  }
  scribe.pending.reset();
  scribe.outcome = engine::Scribe::Outcome{false, error.what(), {}};
}

void History::check_power() {
  if (settings_.disk == nullptr) return;
  if (settings_.disk->dead()) return crash("power is lost");
  if (settings_.stop_after_writes == 0 || writes_ < settings_.stop_after_writes) return;
  writes_ = 0;
  crash("and start", true);
}

// ---- acts

void History::act() {
  const auto roll = random_.below(100);
  if (random_.permille(crash_percent_ * 4)) return crash("between two acts");
  if (roll < 8) return ask();
  if (roll < 24) {
    const auto& given = life_->lanes->given;
    if (!given.empty()) perform(random_.below(given.size()));
    return;
  }
  if (roll < 40) {
    if (!life_->lanes->said.empty()) say(random_.below(life_->lanes->said.size()));
    return;
  }
  if (roll < 54) {
    Scribe& scribe = *life_->scribe;
    if (scribe.pending && random_.chance(4)) {
      trace_.line("the store does not take writes");
      scribe.well = false;
      return;
    }
    if (scribe.pending && random_.permille(5)) {
      trace_.line("the store refuses a batch");
      scribe.pending.reset();
      scribe.outcome = engine::Scribe::Outcome{false, "refused", {}};
      return;
    }
    return write();
  }
  if (roll < 62) return move_clock();
  if (roll < 63) return random_.chance(50) ? kill_plugin() : leave_or_come_back();
  if (roll < 64) return zombie();
  turn();
}

void History::perform(std::size_t index) {
  Lanes& lanes = *life_->lanes;
  const Lanes::Given given = lanes.given[index];
  lanes.given.erase(lanes.given.begin() + static_cast<std::ptrdiff_t>(index));
  const bool away = lanes.away.contains(given.task.step.substr(0, given.task.step.find('.')));
  lane::Answer answer = away ? world_->away(given.task) : world_->perform(given.task);
  trace_.line("do " + given.task.key + " attempt " + std::to_string(given.task.attempt) + ": " +
              std::to_string(answer.status) + " " + answer.code);
  if (!world_->calm && world_->odds.retry > 0 && random_.chance(4)) return trace_.line("its answer is lost");
  if (!world_->calm && random_.chance(3)) lanes.said.push_back({given.task, answer});   // and will come twice
  lanes.said.push_back({given.task, std::move(answer)});
}

void History::say(std::size_t index) {
  Lanes& lanes = *life_->lanes;
  trace_.line("answer " + lanes.said[index].task.key + " attempt " + std::to_string(lanes.said[index].task.attempt));
  lanes.arriving.push_back(std::move(lanes.said[index]));
  lanes.said.erase(lanes.said.begin() + static_cast<std::ptrdiff_t>(index));
}

void History::kill_plugin() {
  Lanes& lanes = *life_->lanes;
  if (lanes.given.empty()) return;
  const std::string step = lanes.given[random_.below(lanes.given.size())].task.step;
  const std::string plugin = step.substr(0, step.find('.') + 1);
  trace_.line("plugin " + plugin + " dies");
  for (auto at = lanes.given.begin(); at != lanes.given.end();) {
    if (!at->task.step.starts_with(plugin)) {
      ++at;
      continue;
    }
    lane::Answer answer = world_->die_in(at->task);
    lanes.said.push_back({at->task, std::move(answer)});
    at = lanes.given.erase(at);
  }
}

/// A plugin goes into quarantine, or is let go from it.
void History::leave_or_come_back() {
  Lanes& lanes = *life_->lanes;
  if (!lanes.away.empty() && random_.chance(60)) {
    trace_.line("plugin " + *lanes.away.begin() + " takes tasks again");
    lanes.back.push_back(*lanes.away.begin());
    lanes.away.erase(lanes.away.begin());
  } else if (!lanes.given.empty()) {
    const std::string step = lanes.given[random_.below(lanes.given.size())].task.step;
    trace_.line("plugin " + step.substr(0, step.find('.')) + " takes nothing");
    lanes.away.insert(step.substr(0, step.find('.')));
  }
}

void History::move_clock() {
  std::int64_t step_ms = random_.between(1, 400);
  if (random_.chance(10)) step_ms = random_.between(400, 8'000);
  if (random_.chance(4)) step_ms = random_.between(8'000, 60'000);
  if (random_.chance(30)) {   // to the edge of a timer, or just before it
    const auto soonest_ms = oracle_->next_timer();
    if (soonest_ms && *soonest_ms > clock_.now_ms) {
      step_ms = std::max<std::int64_t>(0, *soonest_ms - clock_.now_ms - random_.between(0, 1));
    }
  }
  clock_.now_ms += step_ms;
  trace_.line("clock +" + std::to_string(step_ms));
}

}  // namespace jackfield::simulation
