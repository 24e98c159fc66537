#include "engine/engine.hpp"

#include "engine/instance_view.hpp"
#include "engine/shape.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace jackfield::engine {

using flow::EventKind;
using flow::Value;

namespace {

Value body_of(const store::EventRow& row) {
  Value body = row.body.empty() ? Value::object() : Value::from_msgpack(row.body, true, false);
  return body.is_object() ? body : Value::object();
}

Reply told(const char* state, const std::string& instance) {
  Reply reply;
  reply.status = 202;
  reply.body = {{"state", state}, {"instance", instance.empty() ? Value(nullptr) : Value(instance)}};
  return reply;
}

constexpr std::size_t expired_a_sweep = 200;

/// An event's id is its sender's, and counts for what it is about: two orders may both have a receipt "1".
std::string scoped(const std::string& correlation, const std::string& id) {
  return id.empty() ? id : correlation + "/" + id;
}

std::string words(const std::vector<flow::OrderSchema::Problem>& found) {
  return "not as the flow asks of this event: " + found.front().path + ": " +
         found.front().message.substr(0, found.front().message.find(", found "));
}

}  // namespace

std::optional<Reply> Engine::seen_before(const store::EventRow& row) {
  const auto key = std::make_pair(row.name, row.id);
  std::optional<store::EventRow> known;
  for (const auto* young : {&young_events_, &writing_events_}) {
    if (const auto at = young->find(key); at != young->end()) known = at->second;
  }
  if (!known) known = reader_->event(row.name, row.id);
  if (!known) return std::nullopt;
  return told("seen", known->instance == store::claimed_by_nobody ? "" : known->instance);
}

void Engine::event(Asked& asked) {
  if (asked.request.id.empty()) return event_by_correlation(asked);
  Live* live = wanted(asked.request.id, asked);
  if (live == nullptr) return;
  event_for(*live, asked);
}

void Engine::event_for(Live& live, Asked& asked) {
  Request& request = asked.request;
  const std::int64_t now_ms = clock_.now().time_since_epoch().count();
  store::EventRow row{scoped(live.state.id, request.event_id), request.name, live.state.id, Value::to_msgpack(request.body),
                      digest(request.body), now_ms, now_ms + options_.events_keep.count(), live.state.id};
  if (!row.id.empty()) {
    if (seen_before(row)) {
      return answer_or_wait(live, asked, 202);
    }
  }
  for (const auto& effect : flow::standing(live.definition->graph, live.state)) {
    const auto* await = std::get_if<flow::Await>(&effect);
    if (await == nullptr || await->name != request.name) continue;
    if (const auto found = misshapen(live, await->token, request.body, catalog_); !found.empty()) {
      return asked.answer(refuse_shape(found, !live.state.offers.is_null()));
    }
    flow::Event arrived;
    arrived.kind = EventKind::arrived;
    arrived.token = await->token;
    arrived.name = request.name;
    arrived.body = std::move(request.body);
    if (!fold(live, std::move(arrived))) break;
    if (!row.id.empty()) young_events_[{row.name, row.id}] = row;
    return answer_or_wait(live, asked, 202);
  }
  asked.answer(problem(409, "NOT_WAITING", "the instance is " + std::string(flow::to_string(live.state.status)) +
                                               " and does not wait for '" + request.name + "'"));
}

void Engine::event_by_correlation(Asked& asked) {
  Request& request = asked.request;
  const std::int64_t now_ms = clock_.now().time_since_epoch().count();
  store::EventRow row{scoped(request.correlation, request.event_id), request.name, request.correlation, Value::to_msgpack(request.body),
                      digest(request.body), now_ms, now_ms + options_.events_keep.count(), {}};
  const bool named = !row.id.empty();
  if (!named) row.id = outside_.ulids.next(clock_.now());
  if (recovering_) {
    auto reply = problem(503, "NOT_READY", "the host does not take events yet: recovery is not done");
    reply.retry_after = std::chrono::seconds(1);
    return asked.answer(std::move(reply));
  }
  if (named) {
    if (auto seen = seen_before(row)) {
      if (seen->body["instance"].is_string()) return answer_met(seen->body["instance"], asked);
      return later([reply = std::move(*seen), answer = std::move(asked.answer)] { answer(reply); });
    }
  }
  const AwaitKey key{row.name, row.correlation};
  if (const auto awaiter = who_awaits(key)) {
    Live& live = *lives_.at(awaiter->instance);
    if (const auto found = misshapen(live, awaiter->token, request.body, catalog_); !found.empty()) {
      return asked.answer(refuse_shape(found, live.state.offers_token == awaiter->token));
    }
    if (meet(*awaiter, row)) {
      row.instance = awaiter->instance;
      if (named) young_events_[{row.name, row.id}] = row;
      return answer_met(awaiter->instance, asked);
    }
  }
  const char* state = "kept";
  const Live* live = load(row.correlation);
  if (live != nullptr && flow::ended(live->state.status)) {
    state = "dead-letter";
    bury_event(row, "INSTANCE_ENDED", "the instance had ended before the event came");
    row.instance = store::claimed_by_nobody;
  }
  young_events_[{row.name, row.id}] = row;
  later([reply = told(state, ""), answer = std::move(asked.answer)] { answer(reply); });
}

/// The instance that met the event, as one that is addressed by its id is answered.
void Engine::answer_met(const std::string& id, Asked& asked) {
  if (Live* live = wanted(id, asked); live != nullptr) answer_or_wait(*live, asked, 202);
}

std::optional<Engine::Awaiter> Engine::who_awaits(const AwaitKey& key) {
  const auto in_memory = [&]() -> std::optional<Awaiter> {
    const auto at = awaits_.lower_bound({key, "", 0});
    return at == awaits_.end() || at->key != key ? std::nullopt : std::optional(*at);
  };
  if (auto known = in_memory()) return known;
  std::string after;
  while (const auto found = reader_->awaiting(key.first, key.second, after)) {
    after = found->instance;
    if (lives_.contains(after) || load(after) == nullptr) continue;  // one in memory has gone on
    if (auto known = in_memory()) return known;
  }
  return std::nullopt;
}

bool Engine::meet(const Awaiter& awaiter, const store::EventRow& row) {
  flow::Event arrived;
  arrived.kind = EventKind::arrived;
  arrived.token = awaiter.token;
  arrived.name = row.name;
  arrived.body = body_of(row);
  return fold(*lives_.at(awaiter.instance), std::move(arrived));
}

void Engine::awaited(Live& live, const flow::Await& await) {
  const Awaiter who{{await.name, await.correlation}, live.state.id, await.token};
  awaits_.insert(who);
  if (!live.definition->graph.durable) return;
  await_ops_[who] = true;
  // It may have come before anybody waited for it.
  std::vector<store::EventRow> early = reader_->early(await.name, await.correlation);
  for (const auto* young : {&writing_events_, &young_events_}) {
    for (const auto& [name_id, row] : *young) {
      if (row.name == await.name && row.correlation == await.correlation) early.push_back(row);
    }
  }
  for (const auto& row : early) {
    const bool found = std::any_of(early_.begin(), early_.end(), [&](const auto& other) {
      return other.name == row.name && other.id == row.id;  // by another one that began to wait just now
    });
    if (found || claimed(row)) continue;
    early_.push_back(row);
    return;
  }
}

bool Engine::claimed(const store::EventRow& row) const {
  if (!row.instance.empty()) return true;
  for (const auto* young : {&writing_events_, &young_events_}) {
    if (const auto at = young->find({row.name, row.id}); at != young->end() && !at->second.instance.empty())
      return true;
  }
  return false;
}

void Engine::meet_early() {
  while (!early_.empty()) {
    store::EventRow row = std::move(early_.front());
    early_.pop_front();
    const auto awaiter = who_awaits({row.name, row.correlation});
    if (claimed(row) || !awaiter) continue;
    Live& live = *lives_.at(awaiter->instance);
    if (const auto found = misshapen(live, awaiter->token, body_of(row), catalog_); !found.empty()) {
      bury_event(row, "INVALID_EVENT", words(found));
      row.instance = store::claimed_by_nobody;
      young_events_[{row.name, row.id}] = row;
      awaited(live, {awaiter->token, row.name, row.correlation});  // another one may have come early too
      continue;
    }
    store::EventRow mine = row;  // claimed first: what it leads to may wait for the next one of its name
    mine.instance = awaiter->instance;
    young_events_[{row.name, row.id}] = std::move(mine);
    if (!meet(*awaiter, row)) young_events_[{row.name, row.id}] = row;
  }
}

void Engine::unawaited(Live& live, const flow::Unawait& await) {
  const Awaiter who{{await.name, await.correlation}, live.state.id, await.token};
  awaits_.erase(who);
  if (live.definition->graph.durable) await_ops_[who] = false;
}

void Engine::bury_event(const store::EventRow& row, const std::string& code, const std::string& text) {
  store::DeadLetterRow letter;
  letter.id = outside_.ulids.next(clock_.now());
  letter.kind = "event";
  letter.name = row.name;
  letter.correlation = row.correlation;
  letter.key = row.id;
  letter.code = code;
  letter.text = text;
  letter.body = row.body;
  letter.created_ms = clock_.now().time_since_epoch().count();
  spdlog::warn("event '{}' is a dead letter: {}", row.name, text);
  batch_.dead_letters.push_back(std::move(letter));
  metrics_.set_dead_letters(++dead_letters_);
}

void Engine::bury(Live& live, const flow::Bury& dead) {
  store::DeadLetterRow letter;
  letter.id = outside_.ulids.next(clock_.now());
  letter.kind = "step";
  letter.instance = live.state.id;
  letter.flow = live.definition->graph.flow;
  letter.node = dead.node;
  letter.step = dead.step;
  letter.key = dead.key;
  letter.code = dead.code;
  letter.text = dead.text;
  letter.token = dead.token;
  letter.body = Value::to_msgpack(dead.input);
  letter.created_ms = clock_.now().time_since_epoch().count();
  spdlog::warn("{} {} is a dead letter: {} {}", live.state.id, dead.step, dead.code, dead.text);
  batch_.dead_letters.push_back(std::move(letter));
  metrics_.set_dead_letters(++dead_letters_);
}

void Engine::replay(Asked& asked) {
  const std::string id = asked.request.id;
  const auto letter = replaying_.contains(id) ? std::nullopt : reader_->dead_letter(id);
  if (!letter) return asked.answer(problem(404, "DEAD_LETTER_UNKNOWN", "no dead letter has the id '" + id + "'"));
  Reply reply;
  if (letter->kind == "step") {
    Live* live = load(letter->instance);
    flow::Event event;
    event.kind = EventKind::resume;
    event.token = letter->token;
    if (live == nullptr || !fold(*live, std::move(event))) {
      return asked.answer(problem(409, "NOT_REPLAYABLE", "the instance does not know this step any more"));
    }
    reply = told("replayed", letter->instance);
  } else {
    if (const Live* live = load(letter->correlation); live != nullptr && flow::ended(live->state.status)) {
      return asked.answer(problem(409, "INSTANCE_ENDED", "the instance has ended: nobody can be given this event"));
    }
    const std::int64_t now_ms = clock_.now().time_since_epoch().count();
    store::EventRow row{outside_.ulids.next(clock_.now()), letter->name, letter->correlation, letter->body,
                        digest(Value::from_msgpack(letter->body, true, false)), now_ms,
                        now_ms + options_.events_keep.count(), {}};
    const auto awaiter = who_awaits({row.name, row.correlation});
    if (awaiter) {
      Live& live = *lives_.at(awaiter->instance);
      if (const auto found = misshapen(live, awaiter->token, body_of(row), catalog_); !found.empty()) {
        return asked.answer(refuse_shape(found, live.state.offers_token == awaiter->token));
      }
    }
    const bool met = awaiter && meet(*awaiter, row);
    if (met) row.instance = awaiter->instance;
    young_events_[{row.name, row.id}] = row;
    reply = told(met ? "met" : "kept", met ? awaiter->instance : "");
  }
  replaying_.insert(id);
  batch_.dead_letters_removed.push_back(id);
  metrics_.set_dead_letters(--dead_letters_);
  later([this, id, reply, answer = std::move(asked.answer)] {
    replaying_.erase(id);
    answer(reply);
  });
}

void Engine::drop_expired() {
  if (recovering_ || writing_) return;
  for (auto& row : reader_->expired(clock_.now().time_since_epoch().count(), expired_a_sweep)) {
    if (young_events_.contains({row.name, row.id})) continue;
    bury_event(row, "UNCLAIMED", "nobody waited for it within the time early events are kept");
    row.instance = store::claimed_by_nobody;
    young_events_[{row.name, row.id}] = row;
    later([] {});
  }
}

}  // namespace jackfield::engine
