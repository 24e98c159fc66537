// The payment gateway: takes the money of cards and wallets, gives it back, and says what became of it. HTTP JSON.
#include "gateway.hpp"

#include <jackfield/plugin.hpp>

#include <memory>

namespace {

using namespace std::chrono_literals;

struct Settings {
  std::string url;
  jackfield::Duration timeout = 5s;
  JF_FIELDS((url, "where the payment gateway listens: http://host:port; empty: only cash and account are taken"),
            (timeout, "the longest one call may take"))
};

struct Till {
  static constexpr auto traits = jackfield::traits().reentrant().blocking().summary("支付网关");
  Till(const Settings& settings, jackfield::Host&) : gateway(settings.url) {
    if (!settings.url.empty()) jackfield::HttpClient(settings.url);  // refuses what is no URL
  }
  payment::Gateway gateway;
};

struct CaptureIn {
  std::int64_t amount_fen = 0;
  std::string method;
  jackfield::Sensitive reference;
  JF_FIELDS((amount_fen, "how much", jackfield::required),
            (method, "cash, card, wallet or account", jackfield::required),
            (reference, "what the customer's side of the payment is known by"))
};

struct CaptureOut {
  bool captured = false;
  std::string id, state, key;
  JF_FIELDS((captured, "the gateway has taken the money; false for cash and account"), (id, "the gateway's own id"),
            (state, "captured, or not-needed"), (key, "what the gateway knows the payment by"))
};

/// A step that undoes or verifies is given what it is about.
struct RefundIn {
  CaptureIn input;
  std::optional<CaptureOut> output;
  JF_FIELDS((input, "what was asked for"), (output, "what was answered; none where it is not known"))
};
struct VerifyOut {
  bool applied = false;
  std::optional<CaptureOut> output;
  JF_FIELDS(applied, output)
};

[[nodiscard]] bool needs_gateway(const CaptureIn& in) {
  return in.amount_fen > 0 && (in.method == "card" || in.method == "wallet");
}

CaptureOut taken(const payment::Payment& payment, std::string key) {
  if (payment.state == "declined") throw jackfield::Reject{"PAYMENT_DECLINED", "付款未成功,业务不能办理"};
  if (payment.state == "refunded") {
    throw jackfield::Fail{"PAYMENT_REFUNDED",
                          "the payment was given back already: it cannot be taken under the same key"};
  }
  return {true, payment.id, payment.state, std::move(key)};
}

struct Capture : jackfield::Step<Settings, CaptureIn, CaptureOut, Till> {
  static constexpr auto info = jackfield::step("payment.capture", "Takes the money of a card or a wallet");

  CaptureOut run(const CaptureIn& in, jackfield::Context& ctx) {
    if (in.method != "cash" && in.method != "account" && in.method != "card" && in.method != "wallet") {
      throw jackfield::Fail{"METHOD_UNKNOWN",
                            "found method '" + in.method + "', expected cash, card, wallet or account"};
    }
    if (in.amount_fen < 0) throw jackfield::Fail{"AMOUNT_INVALID", "found an amount below 0"};
    const bool by_gateway = in.method == "card" || in.method == "wallet";
    if (!by_gateway || (in.amount_fen == 0 && !settings.url.empty())) return {false, {}, "not-needed", {}};
    if (settings.url.empty()) throw jackfield::Reject{"PAYMENT_DECLINED", "本系统只受理现金和帐户付款"};
    std::string key(ctx.key());
    const auto payment = shared.gateway.capture({key, in.amount_fen, in.method, in.reference.reveal()},
                                                ctx.attempt() > 1, ctx, settings.timeout);
    return taken(payment, std::move(key));
  }
};

struct Refund : jackfield::Step<Settings, RefundIn, jackfield::Nothing, Till> {
  static constexpr auto info = jackfield::step("payment.refund", "Gives the money back").idempotent();

  jackfield::Nothing run(const RefundIn& in, jackfield::Context& ctx) {
    if (settings.url.empty() || !needs_gateway(in.input) || (in.output && !in.output->captured)) return {};
    const std::string key = in.output ? in.output->key : std::string(ctx.instance()) + "/payment.capture";
    const auto known = shared.gateway.ask(key, ctx, settings.timeout);
    if (!known && in.output) {
      throw jackfield::Fail{"PAYMENT_UNKNOWN",
                            "the payment gateway has never heard of " + key + ", which it had captured"};
    }
    if (known && known->state == "captured") shared.gateway.refund(key, ctx, settings.timeout);
    return {};
  }
};

struct Verify : jackfield::Step<Settings, CaptureIn, VerifyOut, Till> {
  static constexpr auto info = jackfield::step("payment.verify", "Asks what became of a payment").idempotent();

  VerifyOut run(const CaptureIn& in, jackfield::Context& ctx) {
    if (settings.url.empty() || !needs_gateway(in)) return {};
    const std::string key(ctx.key());
    const auto known = shared.gateway.ask(key, ctx, settings.timeout);
    if (!known || known->state == "declined") return {};  // asked for again, a declined one says so again
    return {true, taken(*known, key)};
  }
};

}  // namespace

JACKFIELD_ADAPTER("payment", "1.0.0", Capture, Refund, Verify)
