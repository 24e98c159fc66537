// What clients ask in a history.
#include "life.hpp"
#include "shipped.hpp"

namespace jackfield::simulation {
namespace {

using engine::Op;
using flow::Value;

const char* word(Op op) {
  switch (op) {
    case Op::start: return "start";
    case Op::get: return "get";
    case Op::cancel: return "cancel";
    case Op::retry: return "retry";
    case Op::event: return "event";
    case Op::replay: return "replay";
    default: return "list";
  }
}

}  // namespace

std::string History::random_instance() {
  if (tables_.instances.empty()) return "01NOBODY";
  auto at = tables_.instances.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(random_.below(tables_.instances.size())));
  return at->first;
}

void History::ask(engine::Request request, const std::string& mark) {
  oracle_->sent(request, mark);
  const engine::Request copy = request;
  trace_.line(std::string("ask ") + word(request.op) + " " + request.id + request.correlation + " " + request.key +
              request.name + " " + mark);
  const bool taken = life_->inbox->ask(std::move(request), [this, copy, mark](engine::Reply reply) {
    trace_.line(std::string("reply to ") + word(copy.op) + " " + mark + ": " + std::to_string(reply.status) + " " +
                reply.body.value("state", std::string()) + reply.body.value("code", std::string()));
    if (reply.status < 300 && reply.body.contains("history")) {
      for (auto& order : orders_) {
        if (!mark.empty() && order.body.value("nonce", "") == mark) order.id = reply.body.value("id", "");
      }
    }
    oracle_->replied(copy, mark, reply);
  });
  if (!taken) trace_.line("there is no room for it");
}

void History::ask() {
  const auto roll = random_.below(100);
  if (roll < 40 || orders_.empty()) return start_order();
  if (roll < 75) return send_event();
  if (roll < 82) return touch(Op::cancel);
  if (roll < 90) return touch(Op::retry);
  if (roll < 97) return touch(Op::get);
  if (tables_.dead_letters.empty()) return;
  auto at = tables_.dead_letters.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(random_.below(tables_.dead_letters.size())));
  engine::Request request;
  request.op = Op::replay;
  request.id = at->first;
  ask(std::move(request), {});
}

Value History::order_body() {
  const std::string mark = world_->mark('o');
  if (!settings_.shipped.empty()) return shipped_order(flow_, mark);
  Value body = {{"nonce", mark},
                {"n", random_.below(3)},
                {"stop", random_.below(40)},
                {"b0", random_.chance(50)},
                {"b1", random_.chance(50)},
                {"b2", random_.chance(50)},
                {"corr", "c" + std::to_string(random_.below(2))}};
  Value items = Value::array();
  for (std::uint64_t i = random_.below(4); i > 0; --i) items.push_back(i);
  body["items"] = std::move(items);
  return body;
}

void History::start_order() {
  engine::Request request;
  request.op = Op::start;
  request.flow = flow_;
  if (random_.chance(20)) request.wait = std::chrono::milliseconds(random_.between(100, 5'000));
  if (!orders_.empty() && random_.chance(25)) {   // again, or another order under the same key
    const Order& order = orders_[random_.below(orders_.size())];
    request.key = order.key;
    request.body = order.body;
    const std::string mark = order.body.value("nonce", "");
    if (!request.key.empty() && random_.chance(20)) request.body["other"] = true;
    if (!request.key.empty()) return ask(std::move(request), mark);
  }
  Order order;
  if (random_.chance(70)) order.key = "k" + std::to_string(orders_.size());
  order.body = order_body();
  request.key = order.key;
  request.body = order.body;
  orders_.push_back(order);
  ask(std::move(request), order.body.value("nonce", ""));
}

void History::send_event() {
  if (!sent_events_.empty() && random_.chance(20)) {   // a second time
    const std::size_t index = random_.below(sent_events_.size());
    if (sent_events_[index].event_id.empty()) return;
    return ask(sent_events_[index], sent_marks_[index]);
  }
  engine::Request request;
  request.op = Op::event;
  request.name = settings_.shipped.empty() ? "ev" + std::to_string(random_.below(2)) : "pending-completion";
  const bool shared = settings_.shipped.empty() && ready(version_).expected.shared_correlation;
  if (random_.chance(30)) request.id = random_instance();
  else request.correlation = shared ? "c" + std::to_string(random_.below(2)) : random_instance();
  const std::string mark = world_->mark('e');
  request.body = {{"tick", mark}, {"result", "done"}};
  if (random_.chance(50)) request.event_id = "id-" + mark;
  sent_events_.push_back(request);
  sent_marks_.push_back(mark);
  ask(std::move(request), mark);
}

void History::touch(Op op) {
  engine::Request request;
  request.op = op;
  request.id = random_instance();
  if (random_.chance(20)) request.wait = std::chrono::milliseconds(random_.between(100, 5'000));
  ask(std::move(request), {});
}

}  // namespace jackfield::simulation
