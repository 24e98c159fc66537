#include "engine/native_service.hpp"

#include "engine/body.hpp"
#include "engine/picture.hpp"
#include "engine/sink.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

namespace jackfield::engine {
namespace {

using flow::Value;

void put_instance(MsgpackSink& answer, const Reply& reply) {
  if (reply.picture) answer.written(reply.picture->msgpack());
  else answer.value(reply.body);
}

// Envelope beside the order: op, flow, key, ref.
constexpr std::size_t message_most_bytes = body_most_bytes + 2048;

std::string write(const Reply& reply, const Value& ref) {
  const bool ok = reply.status < 400;
  MsgpackSink answer(reply.picture ? 8192 : 512);
  answer.open_map(ref.is_null() ? 2 : 3);
  if (ok) answer.key("instance"), put_instance(answer, reply);
  answer.key("ok"), answer.value(ok);
  if (!ok) answer.key("problem"), answer.value(reply.body);
  if (!ref.is_null()) answer.key("ref"), answer.value(ref);
  answer.close_map();
  return answer.take();
}

/// A text member, empty where it is left out. Anything but text is a problem.
struct Texts {
  const Value& message;
  std::optional<Reply> refusal;

  std::string operator()(const char* name) {
    const auto found = message.find(name);
    if (found == message.end() || found->is_null()) return {};
    if (found->is_string()) return found->get<std::string>();
    if (!refusal) {
      refusal =
          problem(400, "MALFORMED", std::string("member '") + name + "': expected text, found " + found->type_name());
    }
    return {};
  }
};

Checked understand(const Value& message, const Intake& intake) try {
  const auto version = message.find("v");
  if (version == message.end() || *version != 1) {
    return problem(400, "VERSION_UNKNOWN", "member 'v': expected 1, the only version there is");
  }
  std::chrono::milliseconds wait{0};
  if (const auto given = message.find("wait_ms"); given != message.end() && !given->is_null()) {
    const bool negative = given->is_number_integer() && !given->is_number_unsigned() && given->get<std::int64_t>() < 0;
    if (!given->is_number_integer() || negative) {
      return problem(400, "MALFORMED", "member 'wait_ms': expected a whole number of milliseconds, 0 or more");
    }
    const auto most = std::chrono::milliseconds(wait_most).count();
    wait = std::chrono::milliseconds(
        std::min<std::int64_t>(std::min<std::uint64_t>(given->get<std::uint64_t>(), INT64_MAX), most));
  }
  const Value body = message.value("body", Value());
  Texts text{message, {}};
  const std::string op = text("op"), id = text("id"), flow = text("flow"), key = text("key"), name = text("name"),
                    correlation = text("correlation"), event_id = text("event_id");
  if (text.refusal) return *text.refusal;
  if (op == "start") return intake.start(flow, body, key, wait);
  if (op == "get") return intake.named(Op::get, id);
  if (op == "cancel") return intake.named(Op::cancel, id, wait);
  if (op == "retry") return intake.named(Op::retry, id, wait);
  if (op == "event") return intake.event({id, correlation, name, event_id, body, wait});
  return problem(400, "OP_UNKNOWN", "member 'op': expected start, get, cancel, retry or event");
} catch (const std::exception& error) {  // one message's trouble is not the others'
  spdlog::error("a native message could not be served: {}", error.what());
  return problem(500, "INTERNAL", "this message could not be served; nothing was done");
}

}  // namespace

void NativeService::serve(std::string_view message, std::function<void(std::string)> answer) {
  if (message.size() > message_most_bytes) {
    return answer(native_problem(413, "TOO_LARGE",
                                 "the message has " + std::to_string(message.size()) + " bytes; at most " +
                                     std::to_string(message_most_bytes) + " are taken"));
  }
  Body read = read_msgpack(message);
  if (const auto* refusal = std::get_if<Reply>(&read)) return answer(write(*refusal, {}));
  const Value& asked = std::get<Value>(read);
  if (!asked.is_object()) {
    return answer(native_problem(400, "MALFORMED", std::string("expected a map, found ") + asked.type_name()));
  }
  Value ref = asked.value("ref", Value());
  if (!ref.is_number() && !(ref.is_string() && ref.get_ref<const std::string&>().size() <= 256)) ref = nullptr;
  Checked checked = understand(asked, intake_);
  if (const auto* refusal = std::get_if<Reply>(&checked)) return answer(write(*refusal, ref));
  const auto reply = [ref, answer](const Reply& given) { answer(write(given, ref)); };
  auto& request = std::get<Request>(checked);
  request.form = Form::picture;
  if (!client_->ask(std::move(request), reply)) {
    reply(not_taken(*gate_));
  }
}

std::string native_problem(int status, std::string code, std::string detail) {
  return write(problem(status, std::move(code), std::move(detail)), {});
}

}  // namespace jackfield::engine
