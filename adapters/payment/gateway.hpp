// The payment gateway as it is spoken to: capture, ask, refund, each by the payment's key.
//
// Money is never asked for twice on a guess: after no answer the gateway is asked by key what it knows; a payment it
// has never heard of is sent again, one it knows is taken as it says. Where even that is not answered the outcome is
// unknown, and a person or the flow's verify step decides. Thread rule: any thread. Errors: those of
// http_answer.hpp; asking is never Unknown where the gateway says nothing, for a question does nothing.
#pragma once

#include <jackfield/http_answer.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace payment {

struct Payment {
  std::string id, state;  // captured | declined | refunded
};

struct Order {
  std::string key;
  std::int64_t amount_fen = 0;
  std::string method, reference;
};

class Gateway {
 public:
  static constexpr int calls_most = 3;

  explicit Gateway(std::string url) : url_(std::move(url)) {}

  /// `asked_before`: an earlier attempt may have reached the gateway; it is asked first.
  Payment capture(const Order& order, bool asked_before, const jackfield::Context& ctx,
                  std::chrono::milliseconds timeout);
  /// What the gateway knows; nothing where it never heard of the key.
  std::optional<Payment> ask(std::string_view key, const jackfield::Context& ctx, std::chrono::milliseconds timeout);
  Payment refund(std::string_view key, const jackfield::Context& ctx, std::chrono::milliseconds timeout);

 private:
  std::optional<Payment> ask_in_doubt(std::string_view key, const jackfield::Context& ctx,
                                      std::chrono::milliseconds timeout);
  jackfield::HttpReply send(std::string_view method, const std::string& path, const std::string& body,
                            std::chrono::milliseconds timeout);
  const std::string url_;
};

}  // namespace payment
