// Another version of a plugin beside the one that runs: prepared on a thread of its own, as trying and making it may
// take long or hang; put in place on the engine's.
#include "engine/engine.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>

namespace jackfield::engine {

using flow::Value;

namespace {

constexpr std::chrono::seconds reload_most{60};

/// What the flows that were compiled rely on, and the other version does not keep; empty where it keeps all.
std::string missing_in(const plugin::Descriptor& next, const plugin::Descriptor& present) {
  for (const auto& step : present.steps) {
    const auto same = std::find_if(next.steps.begin(), next.steps.end(), [&](const auto& one) { return one.id == step.id; });
    if (same == next.steps.end()) return "it has no step '" + step.id + "', which the version that runs has";
    if ((step.pure && !same->pure) || (step.idempotent && !same->idempotent)) {
      return "its step '" + step.id + "' is no longer " + (step.pure && !same->pure ? "pure" : "idempotent") +
             ", which flows rely on; start the host anew with it";
    }
  }
  return {};
}

}  // namespace

void Engine::reload_plugin(Asked& asked) {
  const std::string& id = asked.request.id;
  const auto* present = registry_.find(id);
  if (present == nullptr) return asked.answer(problem(404, "PLUGIN_UNKNOWN", "no plugin has the id '" + id + "'"));
  if (reloading_) {
    return asked.answer(problem(409, "RELOADING", "plugin '" + reloading_->id + "' is being reloaded; ask again when it is done"));
  }
  if (!options_.prepare) return asked.answer(problem(409, "NOT_RELOADABLE", "this host takes no other versions"));
  const Value& rollback = asked.request.body.is_object() ? asked.request.body.value("rollback", Value(false)) : Value(false);
  if (!rollback.is_boolean()) {
    return asked.answer(problem(422, "INVALID", "rollback: expected true or false, found " + rollback.dump()));
  }
  std::string file;
  if (rollback.get<bool>()) {
    const auto before = previous_.find(id);
    if (before == previous_.end()) {
      return asked.answer(problem(409, "NO_VERSION_BEFORE", "plugin '" + id + "' was not reloaded since the host was started"));
    }
    file = before->second;
  }
  // Everything the thread touches is its own: it may hang in the plugin, and is then left behind.
  std::packaged_task<Prepared()> work([prepare = options_.prepare, &lanes = lanes_, id, file, hash = present->hash] {
    Prepared prepared = prepare(id, file);
    if (!prepared.plugin || prepared.plugin->hash == hash || prepared.plugin->isolation == "process") return prepared;
    try {
      prepared.carrier = lanes.prepare(*prepared.plugin);
    } catch (const std::exception& error) {
      prepared.plugin.reset();
      prepared.refusal = error.what();
    }
    return prepared;
  });
  reloading_ = std::make_unique<Reloading>();
  reloading_->id = id;
  reloading_->prepared = work.get_future();
  reloading_->until = std::chrono::steady_clock::now() + reload_most;
  reloading_->answer = std::move(asked.answer);
  std::thread(std::move(work)).detach();
}

void Engine::go_on_reloading() {
  using namespace std::chrono_literals;
  if (!reloading_) return;
  for (const auto& outcome : lanes_.replaced()) {
    if (outcome.plugin == reloading_->id) return reloaded(outcome.refusal);
  }
  if (!reloading_->handed && reloading_->prepared.wait_for(0s) == std::future_status::ready) return put_in_place();
  if (std::chrono::steady_clock::now() > reloading_->until) reloaded("it was not ready within 60 s");
}

void Engine::put_in_place() {
  Prepared prepared = reloading_->prepared.get();
  reloading_->handed = true;
  if (!prepared.plugin) return reloaded(prepared.refusal);
  const auto* present = registry_.find(reloading_->id);
  if (prepared.plugin->hash == present->hash) return reloaded({});
  if (auto fault = missing_in(prepared.plugin->descriptor, present->descriptor); !fault.empty()) return reloaded(fault);
  reloading_->next = *prepared.plugin;
  lanes_.replace(*prepared.plugin, std::move(prepared.carrier));
}

void Engine::reloaded(const std::string& refusal) {
  const auto done = std::move(reloading_);
  if (!refusal.empty()) {
    spdlog::error("plugin '{}' is not reloaded, the version before runs on: {}", done->id, refusal);
    return done->answer(problem(422, "PLUGIN_REFUSED", refusal));
  }
  if (done->next) {
    previous_[done->id] = registry_.find(done->id)->path;
    registry_.put(*done->next);
  }
  Reply reply;
  reply.status = 200;
  reply.body = shown_plugin(done->id);
  done->answer(std::move(reply));
}

}  // namespace jackfield::engine
