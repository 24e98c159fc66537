#include "gateway.hpp"

#include <jackfield/json.hpp>
#include <jackfield/plugin.hpp>

namespace payment {
namespace {

constexpr std::string_view who = "the payment gateway";
constexpr std::string_view path = "/v1/payments";

struct Body {
  std::string key;
  std::int64_t amount_fen = 0;
  std::string method, reference;
  JF_FIELDS(key, amount_fen, method, reference)
};

struct Answer {
  std::string id, state;
  JF_FIELDS((id, "", jackfield::required), (state, "", jackfield::required))
};

Payment read(std::string_view body) {
  Answer answer;
  try {
    answer = jackfield::from_json<Answer>(body);
  } catch (const std::invalid_argument& error) {
    throw jackfield::Unknown{"ANSWER_INVALID", std::string(who) + " answered what is no payment: " + error.what()};
  }
  if (answer.state != "captured" && answer.state != "declined" && answer.state != "refunded") {
    throw jackfield::Unknown{"ANSWER_INVALID",
                             std::string(who) + " answered a state other than captured, declined, refunded"};
  }
  return {answer.id, answer.state};
}

/// Of a call that does nothing by itself, or nothing a second time.
jackfield::Retry tried_again(const jackfield::HttpError& error) {
  if (error.kind == jackfield::HttpError::not_sent) {
    return jackfield::Retry{std::string(who) + " was not reached: " + error.what(), 0, "UNREACHABLE"};
  }
  return jackfield::Retry{std::string(who) + " gave no answer: " + error.what(), 0, "NO_ANSWER"};
}

/// Of a payment that did not leave: an order is not given up because the gateway is away. The flow asks by the key
/// until there is an answer, and pays then; where none comes the order is held for a person.
jackfield::Unknown kept_waiting(const jackfield::HttpError& error, std::string_view key) {
  return jackfield::Unknown{"UNREACHABLE", std::string(who) + " was not reached: " + error.what() +
                                               "; it is asked by the key " + std::string(key) +
                                               " before anything is paid"};
}

}  // namespace

/// A connection of its own for every call: a kept one that proves stale would have the request sent again unasked.
jackfield::HttpReply Gateway::send(std::string_view method, const std::string& target, const std::string& body,
                                   std::chrono::milliseconds timeout) {
  jackfield::HttpClient client(url_);
  return client.send(method, target, body.empty() ? "" : "application/json", body, timeout);
}

std::optional<Payment> Gateway::ask(std::string_view key, const jackfield::Context& ctx,
                                    std::chrono::milliseconds timeout) {
  jackfield::HttpReply reply;
  try {
    reply = send("GET", std::string(path) + "/" + jackfield::path_segment(key), "", jackfield::time_for(ctx, timeout));
  } catch (const jackfield::HttpError& error) {
    throw tried_again(error);
  }
  if (reply.status == 404) return {};
  if (jackfield::is_broken(reply.status)) {
    throw jackfield::Retry{std::string(who) + " answered " + std::to_string(reply.status) + ", expected 200 or 404", 0,
                           "HTTP_" + std::to_string(reply.status)};
  }
  jackfield::expect_success(reply, who);
  return read(reply.body);
}

Payment Gateway::capture(const Order& order, bool asked_before, const jackfield::Context& ctx,
                         std::chrono::milliseconds timeout) {
  if (asked_before) {
    if (auto known = ask(order.key, ctx, timeout)) return *known;
  }
  const std::string body = jackfield::to_json(Body{order.key, order.amount_fen, order.method, order.reference});
  for (int call = 0; call < calls_most; ++call) {
    try {  // half of the time there is: the other half is to ask what became of it
      const auto reply = send("POST", std::string(path), body, jackfield::time_for(ctx, timeout, 2));
      if (reply.status < 500) {
        jackfield::expect_success(reply, who);
        return read(reply.body);
      }
    } catch (const jackfield::HttpError& error) {
      if (error.kind == jackfield::HttpError::not_sent) throw kept_waiting(error, order.key);
    }
    // It may have been taken before the answer was lost: what does the gateway know of it?
    if (auto known = ask_in_doubt(order.key, ctx, timeout)) return *known;
  }
  throw jackfield::Retry{
      std::string(who) + " has never heard of the payment after " + std::to_string(calls_most) + " calls", 0,
      "NO_ANSWER"};
}

std::optional<Payment> Gateway::ask_in_doubt(std::string_view key, const jackfield::Context& ctx,
                                             std::chrono::milliseconds timeout) {
  try {
    return ask(key, ctx, timeout);
  } catch (const jackfield::Failure& failure) {
    throw jackfield::Unknown{"PAYMENT_UNKNOWN", std::string("whether the payment was taken is not known: ") +
                                                    failure.what() + "; ask the gateway by the key " +
                                                    std::string(key)};
  }
}

Payment Gateway::refund(std::string_view key, const jackfield::Context& ctx, std::chrono::milliseconds timeout) {
  jackfield::HttpReply reply;
  try {
    reply = send("POST", std::string(path) + "/" + jackfield::path_segment(key) + "/refund", "",
                 jackfield::time_for(ctx, timeout));
  } catch (const jackfield::HttpError& error) {
    throw tried_again(error);
  }
  jackfield::expect_success(reply, who);
  return read(reply.body);
}

}  // namespace payment
