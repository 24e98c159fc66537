#include "engine/engine.hpp"

#include "engine/instance_view.hpp"
#include "engine/picture.hpp"

#include <spdlog/spdlog.h>

namespace jackfield::engine {

using flow::EventKind;
using flow::Value;

void Engine::handle(Asked& asked) {
  const Op op = asked.request.op;
  const bool looks = op == Op::get || op == Op::flows || op == Op::flow || op == Op::plugins;
  if (stopping_ && !looks) return asked.answer(engine::stopping());
  switch (asked.request.op) {
    case Op::start: return start(asked);
    case Op::get: return get(asked);
    case Op::cancel: return cancel(asked);
    case Op::retry: return retry(asked);
    case Op::event: return event(asked);
    case Op::replay: return replay(asked);
    case Op::flows:
    case Op::flow: return list_flows(asked);
    case Op::plugins: return list_plugins(asked);
    case Op::release_plugin: return release_plugin(asked);
    case Op::reload_plugin: return reload_plugin(asked);
  }
}

Reply Engine::shown(const Live& live, int status, Form form) const {
  Reply reply;
  reply.status = status;
  const Picture picture(live.definition, live.past ? live.past : std::make_shared<const flow::State>(live.state));
  if (form == Form::tree) reply.body = picture.tree();
  else reply.picture = std::make_shared<const Picture>(picture);
  reply.location = "/v1/instances/" + live.state.id;
  return reply;
}

Live* Engine::wanted(const std::string& id, const Asked& asked, bool known) {
  if (const auto at = lives_.find(id); at != lives_.end()) return at->second.get();
  std::unique_ptr<Live> live;
  try {
    live = read(id);
  } catch (const store::StoreError& error) {
    if (error.kind != store::StoreError::Kind::corrupt) throw;
    spdlog::error("instance {} cannot be read: {}", id, error.what());
    asked.answer(problem(500, "STORE_UNREADABLE", "the store is damaged where this instance lies; the host's log says "
                                                  "where, and what to do"));
    return nullptr;
  }
  if (!live) {
    asked.answer(known ? problem(500, "INSTANCE_UNREADABLE", "instance " + id + " cannot be read")
                       : problem(404, "INSTANCE_UNKNOWN", "no instance has the id '" + id + "'"));
    return nullptr;
  }
  return &take_in(std::move(live));
}

void Engine::start(Asked& asked) {
  Request& request = asked.request;
  const auto definition = catalog_.flow(request.flow);
  if (!definition) return asked.answer(problem(404, "FLOW_UNKNOWN", "no flow is named '" + request.flow + "'"));
  if (!definition->graph.startable) {
    return asked.answer(problem(409, "NOT_STARTABLE", "flow '" + request.flow + "' is a part of other flows and is not "
                                                      "started by itself; nothing was started"));
  }
  const std::string body_digest = request.key.empty() ? "" : digest(request.body);
  if (!request.key.empty()) {
    const auto key = std::make_pair(request.flow, request.key);
    std::string id;
    std::string known_digest;
    for (const auto* young : {&young_keys_, &writing_keys_, &memory_keys_}) {
      if (const auto at = young->find(key); at != young->end()) id = at->second;
    }
    if (!id.empty()) {
      known_digest = lives_.at(id)->row.body_digest;
    } else if (const auto row = reader_->by_idempotency_key(request.flow, request.key)) {
      id = row->id;
      known_digest = row->body_digest;
    }
    if (!id.empty()) {
      if (known_digest != body_digest) {
        return asked.answer(problem(409, "KEY_REUSED", "this Idempotency-Key was used with another body; use a new key"));
      }
      Live* live = wanted(id, asked, true);
      if (live == nullptr) return;
      const int at_once = flow::ended(live->state.status) && request.wait.count() > 0 ? 200 : 202;
      return answer_or_wait(*live, asked, at_once);
    }
  }
  if (recovering_ || !scribe_.healthy()) {
    inbox_.set_ready(false);  // whoever looks is told the same
    auto reply = problem(503, "NOT_READY", "the host does not take orders yet: recovery or the store is not done");
    reply.retry_after = std::chrono::seconds(2);
    return asked.answer(std::move(reply));
  }
  if (running_ >= options_.most_running) {
    auto reply = problem(503, "OVERLOADED", "as many orders are at work as this host takes; nothing was started");
    reply.retry_after = std::chrono::seconds(1);
    return asked.answer(std::move(reply));
  }
  if (const std::string plugin = overloaded(definition->graph); !plugin.empty()) {
    auto reply = problem(503, "OVERLOADED", "plugin '" + plugin + "', which this flow needs, has more to do than is "
                                            "queued for it; nothing was started");
    reply.retry_after = std::chrono::seconds(1);
    return asked.answer(std::move(reply));
  }
  const std::string id = outside_.ulids.next(clock_.now());
  auto fresh = std::make_unique<Live>();
  fresh->definition = definition;
  fresh->fresh = definition->graph.durable;
  fresh->state.id = id;
  fresh->row.id = id;
  fresh->row.flow = request.flow;
  fresh->row.definition = definition->graph.hash;
  fresh->row.idempotency_key = request.key;
  fresh->row.body_digest = body_digest;
  Live& live = *(lives_[id] = std::move(fresh));
  if (!request.key.empty()) (definition->graph.durable ? young_keys_ : memory_keys_)[{request.flow, request.key}] = id;
  if (definition->graph.durable) {
    for (auto& number : numbers_in(request.body)) batch_.numbers.push_back({id, std::move(number)});
  }
  flow::Event event;
  event.kind = EventKind::started;
  event.body = std::move(request.body);
  fold(live, std::move(event));
  answer_or_wait(live, asked, 202);
}

void Engine::answer_or_wait(Live& live, Asked& asked, int status_at_once) {
  const auto& [wait, form] = std::tie(asked.request.wait, asked.request.form);
  if (wait.count() == 0) return tell(live, status_at_once, form, std::move(asked.answer));
  const bool there = flow::ended(live.state.status) || !live.state.offers.is_null();
  if (there) return tell(live, 200, form, std::move(asked.answer));
  live.waiters.push_back({std::move(asked.answer), form, clock_.steady() + wait});
}

/// What is told is what is so now, and it is told when it is durable: an order that goes on meanwhile is not shown
/// ahead of what a crash would leave of it.
void Engine::tell(Live& live, int status, Form form, std::function<void(Reply)> answer, const Remains& remains) {
  Reply reply = shown(live, status, form);
  reply.remains = remains;
  if (!live.dirty && !live.committing) return answer(std::move(reply));
  later([reply = std::move(reply), answer = std::move(answer)]() mutable { answer(std::move(reply)); });
}

void Engine::get(Asked& asked) {
  Live* live = wanted(asked.request.id, asked);
  if (live == nullptr) return;
  tell(*live, 200, asked.request.form, std::move(asked.answer));
}

void Engine::cancel(Asked& asked) {
  Live* live = wanted(asked.request.id, asked);
  if (live == nullptr) return;
  const auto& state = live->state;
  if (flow::ended(state.status)) {
    return asked.answer(problem(409, "ENDED", std::string("the instance has ended: ") + flow::to_string(state.status)));
  }
  const bool cancelling = state.ending == flow::Status::cancelled;
  if (state.ending && !cancelling) {
    return asked.answer(problem(409, "ENDING", "the instance is being undone, to end as " +
                                                   std::string(flow::to_string(*state.ending))));
  }
  if (state.too_late && !cancelling) {
    return asked.answer(problem(409, "TOO_LATE", "construction has begun: the work order is placed"));
  }
  flow::Event event;
  event.kind = EventKind::cancel;
  if (!cancelling) fold(*live, std::move(event));
  answer_or_wait(*live, asked, 202);
}

void Engine::retry(Asked& asked) {
  Live* live = wanted(asked.request.id, asked);
  if (live == nullptr) return;
  flow::Event event;
  event.kind = EventKind::resume;
  if (!fold(*live, std::move(event))) {
    return asked.answer(problem(409, "NOT_HELD", "the instance is " + std::string(flow::to_string(live->state.status)) +
                                                     ": only what is held can be tried again"));
  }
  answer_or_wait(*live, asked, 202);
}

void Engine::list_flows(Asked& asked) {
  const auto describe = [](const Definition& definition) {
    const auto& graph = definition.graph;
    return Value{{"flow", graph.flow},       {"name", graph.name},       {"version", definition.version},
                 {"hash", graph.hash},       {"durable", graph.durable}, {"startable", graph.startable},
                 {"nodes", graph.nodes.size()}};
  };
  Reply reply;
  reply.status = 200;
  if (asked.request.op == Op::flow) {
    const auto definition = catalog_.flow(asked.request.flow);
    if (!definition) {
      return asked.answer(problem(404, "FLOW_UNKNOWN", "no flow is named '" + asked.request.flow + "'"));
    }
    reply.body = describe(*definition);
    reply.body["order"] = definition->graph.order_schema;
    Value steps = Value::array();
    for (const auto& node : definition->graph.nodes) {
      if (node.kind != flow::NodeKind::step && node.kind != flow::NodeKind::await) continue;
      steps.push_back({{"id", node.id},
                       {"step", node.kind == flow::NodeKind::await ? "receive " + node.event : node.step},
                       {"name", node.name},
                       {"phase", node.phase},
                       {"undo", node.undo.empty() ? Value(nullptr) : Value(node.undo)},
                       {"detach", node.detach}});
    }
    reply.body["steps"] = std::move(steps);
  } else {
    Value items = Value::array();
    for (const auto& [name, definition] : catalog_.flows()) items.push_back(describe(*definition));
    reply.body = {{"items", std::move(items)}, {"next", nullptr}};
  }
  asked.answer(std::move(reply));
}

namespace {

Value quarantine_of(const lane::LaneStatus& lane) {
  if (lane.state != "quarantined" && lane.state != "probing") return nullptr;
  return {{"reason", lane.reason}, {"crashes", lane.crashes}, {"next_try_ms", lane.next_try_ms},
          {"last_lines", lane.last_lines}};
}

Value shown(const plugin::Plugin& plugin, const lane::LaneStatus& lane) {
  Value steps = Value::array();
  for (const auto& step : plugin.descriptor.steps) steps.push_back(step.id);
  return {{"id", plugin.descriptor.id},
          {"version", lane.version},
          {"kind", plugin.descriptor.kind},
          {"summary", plugin.descriptor.summary},
          {"hash", lane.hash},
          {"isolation", lane.isolation},
          {"state", lane.state},
          {"reason", lane.reason.empty() ? Value(nullptr) : Value(lane.reason)},
          {"pid", lane.pid == 0 ? Value(nullptr) : Value(lane.pid)},
          {"crashes", lane.crashes},
          {"quarantine", quarantine_of(lane)},
          {"calls", lane.calls},
          {"failures", lane.failures},
          {"late", lane.late},
          {"waiting", lane.waiting},
          {"in_flight", lane.in_flight},
          {"threads", lane.threads},
          {"hung", lane.hung},
          {"draining", lane.draining},
          {"steps", std::move(steps)}};
}

}  // namespace

void Engine::list_plugins(Asked& asked) {
  Value items = Value::array();
  for (const auto& lane : lanes_.status()) {
    if (const auto* plugin = registry_.find(lane.plugin)) items.push_back(engine::shown(*plugin, lane));
  }
  Reply reply;
  reply.status = 200;
  reply.body = {{"items", std::move(items)}, {"next", nullptr}};
  asked.answer(std::move(reply));
}

void Engine::release_plugin(Asked& asked) {
  const std::string& id = asked.request.id;
  const auto* plugin = registry_.find(id);
  if (plugin == nullptr) return asked.answer(problem(404, "PLUGIN_UNKNOWN", "no plugin has the id '" + id + "'"));
  if (!lanes_.release(id)) {
    return asked.answer(problem(409, "NOT_QUARANTINED", "plugin '" + id + "' is not in quarantine"));
  }
  Reply reply;
  reply.status = 200;
  reply.body = shown_plugin(id);
  asked.answer(std::move(reply));
}

Value Engine::shown_plugin(const std::string& id) const {
  const auto* plugin = registry_.find(id);
  for (const auto& lane : lanes_.status()) {
    if (plugin != nullptr && lane.plugin == id) return engine::shown(*plugin, lane);
  }
  return nullptr;
}

}  // namespace jackfield::engine
