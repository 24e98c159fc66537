#include "engine/intake.hpp"

#include "engine/mask.hpp"
#include "flow/order_schema.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace jackfield::engine {
namespace {

using flow::Value;

constexpr std::size_t name_most_bytes = 256;

bool is_printable(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

std::optional<Reply> bad_name(const std::string& text, const char* what) {
  if (!text.empty() && text.size() <= name_most_bytes && is_printable(text)) return std::nullopt;
  return problem(400, "BAD_NAME",
                 std::string(what) + " must have 1 to " + std::to_string(name_most_bytes) +
                     " bytes and no control characters; found " + std::to_string(text.size()) + " bytes");
}

std::chrono::milliseconds bounded(std::chrono::milliseconds wait) {
  return std::clamp<std::chrono::milliseconds>(wait, std::chrono::milliseconds(0), wait_most);
}

/// What was found in a personal member is not repeated, whether its schema says that it is personal or not.
std::string discreet(const flow::OrderSchema::Problem& problem) {
  const std::string_view path = problem.path;
  if (!is_masked(path.substr(path.rfind('/') + 1))) return problem.message;
  return problem.message.substr(0, problem.message.find(", found "));
}

}  // namespace

Reply invalid(const std::vector<flow::OrderSchema::Problem>& found, std::string code, const char* what) {
  Reply reply = problem(422, std::move(code), std::to_string(found.size()) +
                                                  (found.size() == 1 ? " field is" : " fields are") + what);
  Value errors = Value::array();
  for (const auto& each : found) errors.push_back({{"path", each.path}, {"message", discreet(each)}});
  reply.body["errors"] = std::move(errors);
  return reply;
}

Reply invalid(std::string path, std::string message) {
  Reply reply = problem(422, "INVALID_BODY", "1 field is not as expected; nothing was done");
  reply.body["errors"] = Value::array({{{"path", std::move(path)}, {"message", std::move(message)}}});
  return reply;
}

Checked Intake::start(std::string flow, const Value& order, std::string key, std::chrono::milliseconds wait) const {
  if (auto refusal = bad_name(flow, "a flow's name")) return *refusal;
  if (!key.empty()) {
    if (auto refusal = bad_name(key, "an idempotency key")) return *refusal;
  }
  Request request;
  request.op = Op::start;
  request.body = flow::without_nulls(order);
  if (const auto schema = viewer_->schema(flow)) {
    const auto found = schema->check(request.body);
    if (!found.empty()) {
      return invalid(found, "INVALID_ORDER", " not as the flow's schema asks; nothing was started");
    }
  } else if (!order.is_object()) {
    return invalid("", std::string("expected an object, found ") + order.type_name());
  }
  request.flow = std::move(flow);
  request.key = std::move(key);
  request.wait = bounded(wait);
  return request;
}

Checked Intake::event(EventCall call) const {
  if (auto refusal = bad_name(call.name, "an event's name")) return *refusal;
  const bool to_instance = !call.id.empty();
  if (to_instance) {
    if (auto refusal = bad_name(call.id, "an instance's id")) return *refusal;
  }
  if (call.body.is_null() && to_instance) call.body = Value::object();
  if (!call.body.is_object()) {
    return invalid("", std::string("expected an object, found ") + call.body.type_name());
  }
  if (!to_instance) {
    for (const auto& [member, text] : {std::pair("correlation", &call.correlation), std::pair("id", &call.event_id)}) {
      const auto found = call.body.find(member);
      if (found == call.body.end() || found->is_null()) continue;
      if (!found->is_string()) {
        return invalid("/" + std::string(member), std::string("expected text, found ") + found->type_name());
      }
      if (text->empty()) *text = found->get<std::string>();
    }
    if (call.correlation.empty()) {
      return invalid("/correlation", "expected a text that names what the event belongs to, found none");
    }
    if (call.correlation.size() > name_most_bytes || !is_printable(call.correlation)) {
      return invalid("/correlation", "expected at most 256 bytes without control characters");
    }
  }
  if (!call.event_id.empty()) {
    if (auto refusal = bad_name(call.event_id, "an event's id")) return *refusal;
  }
  Request request;
  request.op = Op::event;
  request.id = std::move(call.id);
  request.correlation = std::move(call.correlation);
  request.name = std::move(call.name);
  request.event_id = std::move(call.event_id);
  request.body = flow::without_nulls(call.body);
  request.wait = bounded(call.wait);
  return request;
}

Checked Intake::named(Op op, std::string id, std::chrono::milliseconds wait) const {
  if (auto refusal = bad_name(id, "an id")) return *refusal;
  Request request;
  request.op = op;
  request.wait = bounded(wait);
  (op == Op::flow ? request.flow : request.id) = std::move(id);
  return request;
}

}  // namespace jackfield::engine
