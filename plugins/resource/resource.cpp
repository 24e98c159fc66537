// The steps of the stock: reserve, release, offer, satisfiable, secure, commit, and the two swaps.
#include "stock.hpp"

#include <jackfield/plugin.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace resource {

using jackfield::required;
using std::string;

string order_of(const jackfield::Context& ctx) { return string(ctx.instance()); }

bool has(const std::vector<string>& words, const char* word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

struct CardWish {
  string type;
  std::optional<string> iccid;
  JF_FIELDS((type, "SIM, STK or USIM", required), (iccid, "the very card, where one is named"))
};

struct ReserveIn {
  std::optional<string> msisdn;
  std::optional<CardWish> card;
  string channel;
  std::vector<string> kinds;
  std::optional<string> old_iccid;
  JF_FIELDS((msisdn, "the number, +86 allowed"), (card, "which card"), (channel, "whose hold counts"),
            (kinds, "number, card; empty: what is named"),
            (old_iccid, "the card it takes the place of: its Ki is told"))
};

struct ReserveOut {
  std::optional<string> msisdn;
  std::optional<std::int64_t> number_fee_fen;
  std::optional<string> grade;
  std::optional<string> iccid;
  std::optional<string> imsi;
  std::optional<jackfield::Sensitive> ki;
  std::optional<jackfield::Sensitive> old_ki;
  std::optional<string> card_type;
  std::int64_t until_ms = 0;
  JF_FIELDS(msisdn, number_fee_fen, grade, iccid, imsi, ki, (old_ki, "for the way back"), card_type,
            (until_ms, "when the reservation ends, Unix time in ms; 0: secured, without end"))
};

// Idempotent by itself, not keyed: an order that comes back to choose another number asks again under the same key.
struct Reserve : jackfield::Step<Settings, ReserveIn, ReserveOut, Stock> {
  static constexpr auto info = jackfield::step("resource.reserve", "Reserves a number and a card").idempotent();

  ReserveOut run(const ReserveIn& in, jackfield::Context& ctx) {
    shared.sweep(ctx.now());
    ReserveOut out;
    const bool all = in.kinds.empty();
    if (has(in.kinds, "number") || (all && in.msisdn)) reserve_number(in, ctx, out);
    if (has(in.kinds, "card") || (all && in.card)) reserve_card(in, ctx, out);
    return out;
  }

 private:
  void reserve_number(const ReserveIn& in, const jackfield::Context& ctx, ReserveOut& out) {
    const auto until = ctx.now() + shared.hold(in.channel, Kind::number);
    const auto number = shared.numbers.reserve(shared.msisdn(in.msisdn.value_or("")), order_of(ctx), until);
    out.msisdn = number.msisdn;
    out.number_fee_fen = number.fee_fen;
    out.grade = number.grade;
    out.until_ms = number.until_ms;
  }

  void reserve_card(const ReserveIn& in, const jackfield::Context& ctx, ReserveOut& out) {
    if (!in.card)
      throw jackfield::Fail{"INPUT_INVALID", "a card is to be reserved, but there is no 'card': give its type"};
    const auto until = ctx.now() + shared.hold(in.channel, Kind::card);
    const auto iccid = in.card->iccid ? shared.iccid(*in.card->iccid) : string();
    const auto card = shared.cards.reserve(iccid, in.card->type, order_of(ctx), until);
    out.iccid = card.iccid;
    out.imsi = card.imsi;
    out.ki = card.ki;
    if (const auto old = in.old_iccid ? shared.cards.find(*in.old_iccid) : std::nullopt) out.old_ki = old->ki;
    out.card_type = card.type;
    if (card.until_ms > 0 && (out.until_ms == 0 || card.until_ms < out.until_ms)) out.until_ms = card.until_ms;
  }
};

struct Reserved {
  std::vector<string> kinds;
  JF_FIELDS(kinds)
};

struct ReleaseIn {
  std::vector<string> kinds;
  Reserved input;
  JF_FIELDS((kinds, "number, card; empty: both"), (input, "as an undo: what the reservation was asked for"))
};

struct Release : jackfield::Step<Settings, ReleaseIn, jackfield::Nothing, Stock> {
  static constexpr auto info =
      jackfield::step("resource.release", "Gives back all that the order has reserved").idempotent();

  jackfield::Nothing run(const ReleaseIn& in, jackfield::Context& ctx) {
    const auto& kinds = in.kinds.empty() ? in.input.kinds : in.kinds;
    if (kinds.empty() || has(kinds, "number")) shared.numbers.release(order_of(ctx));
    if (kinds.empty() || has(kinds, "card")) shared.cards.release(order_of(ctx));
    return {};
  }
};

struct Offered {
  string msisdn;
  string grade;
  std::int64_t fee_fen = 0;
  JF_FIELDS(msisdn, grade, fee_fen)
};

struct OfferIn {
  std::vector<string> interests;
  std::int64_t count = 10;
  string channel;
  std::vector<string> kinds;
  JF_FIELDS((interests, "words; a grade among them is offered twice as often"), (count, "how many, 50 at most"),
            (channel, "whose hold counts"), (kinds, "number, card: what will be reserved; empty: both"))
};

struct OfferOut {
  std::vector<Offered> numbers;
  std::int64_t hold_ms = 0;
  JF_FIELDS(numbers, (hold_ms, "how long the customer may think: the shortest hold of the kinds"))
};

struct Offer : jackfield::Step<Settings, OfferIn, OfferOut, Stock> {
  static constexpr auto info = jackfield::step("resource.offer", "Offers free numbers, without reserving").idempotent();

  OfferOut run(const OfferIn& in, jackfield::Context& ctx) {
    shared.sweep(ctx.now());
    const auto count = static_cast<int>(std::clamp<std::int64_t>(in.count, 0, 50));
    OfferOut out;
    for (const auto& number : shared.offer(in.interests, order_of(ctx), count))
      out.numbers.push_back({number.msisdn, number.grade, number.fee_fen});
    const bool card = in.kinds.empty() || has(in.kinds, "card");
    const bool number = !card || in.kinds.empty() || has(in.kinds, "number");
    const auto of_number = shared.hold(in.channel, Kind::number);
    const auto of_card = shared.hold(in.channel, Kind::card);
    out.hold_ms = (number && card ? std::min(of_number, of_card) : card ? of_card : of_number).count();
    return out;
  }
};

struct SatisfiableIn {
  std::vector<string> needs;
  std::vector<string> card_types;
  std::optional<string> card_type;
  std::optional<string> msisdn;
  std::optional<string> iccid;
  JF_FIELDS((needs, "what the product needs: number, card"), (card_types, "card types that fit it; empty: all"),
            (card_type, "the reserved card's"), (msisdn, "the reserved number"), (iccid, "the reserved card"))
};

struct SatisfiableOut {
  bool satisfied = false;
  JF_FIELDS(satisfied)
};

struct Satisfiable : jackfield::Step<Settings, SatisfiableIn, SatisfiableOut, Stock> {
  static constexpr auto info =
      jackfield::step("resource.satisfiable", "Whether what is reserved fits what the product needs").idempotent();

  SatisfiableOut run(const SatisfiableIn& in, jackfield::Context& ctx) {
    if (in.card_type && !in.card_types.empty() && !has(in.card_types, in.card_type->c_str()))
      throw jackfield::Reject{"CARD_WRONG_TYPE", *in.card_type + "卡不能用于所选产品"};
    const auto now_ms = ctx.now().time_since_epoch().count();
    if ((has(in.needs, "number") || in.msisdn) &&
        !held(shared.numbers.find(in.msisdn ? shared.msisdn(*in.msisdn) : ""), order_of(ctx), now_ms))
      throw jackfield::Reject{"NO_STOCK", "没有为您预占到号码,请重新选择"};
    if ((has(in.needs, "card") || in.iccid) && !held(shared.cards.find(in.iccid.value_or("")), order_of(ctx), now_ms))
      throw jackfield::Reject{"NO_STOCK", "没有为您预占到卡,请重新选择"};
    return {true};
  }

 private:
  template <class Item>
  static bool held(const std::optional<Item>& item, const string& order, long long now_ms) {
    if (!item || item->order != order) return false;
    return (item->state == "reserved" && (item->until_ms == 0 || item->until_ms > now_ms)) || item->state == "bound";
  }
};

struct SecureIn {
  std::optional<string> msisdn;
  std::optional<string> iccid;
  std::optional<string> old_msisdn;
  JF_FIELDS((msisdn, "the reserved number"), (iccid, "the reserved card; bound to msisdn"),
            (old_msisdn, "a number in use that is about to change"))
};

struct Secure : jackfield::Step<Settings, SecureIn, jackfield::Nothing, Stock> {
  static constexpr auto info =
      jackfield::step("resource.secure", "Makes the order's reservation last: it is about to be paid").idempotent();

  jackfield::Nothing run(const SecureIn& in, jackfield::Context& ctx) {
    shared.sweep(ctx.now());
    const auto order = order_of(ctx);
    const auto msisdn = in.msisdn ? shared.msisdn(*in.msisdn) : string();
    if (in.msisdn) shared.numbers.secure(msisdn, order);
    if (in.iccid) shared.cards.secure(*in.iccid, msisdn, order);
    if (in.old_msisdn) shared.numbers.change(shared.msisdn(*in.old_msisdn), order);
    return {};
  }
};

struct CommitIn {
  std::optional<string> msisdn;
  std::optional<string> iccid;
  JF_FIELDS((msisdn, "the reserved number"), (iccid, "the reserved card"))
};

struct Commit : jackfield::Step<Settings, CommitIn, jackfield::Nothing, Stock> {
  static constexpr auto info =
      jackfield::step("resource.commit", "The reserved number comes into use, the card becomes active").idempotent();

  jackfield::Nothing run(const CommitIn& in, jackfield::Context& ctx) {
    shared.sweep(ctx.now());
    const auto msisdn = in.msisdn ? shared.msisdn(*in.msisdn) : string();
    if (in.msisdn) shared.numbers.commit(msisdn, order_of(ctx));
    if (in.iccid) shared.cards.commit(*in.iccid, msisdn, order_of(ctx));
    return {};
  }
};

struct WithdrawIn {
  CommitIn input;
  JF_FIELDS((input, "what was committed"))
};

struct Withdraw : jackfield::Step<Settings, WithdrawIn, jackfield::Nothing, Stock> {
  static constexpr auto info =
      jackfield::step("resource.withdraw", "Undoes resource.commit: both are the order's, secured").idempotent();

  jackfield::Nothing run(const WithdrawIn& in, jackfield::Context& ctx) {
    if (in.input.msisdn) shared.numbers.withdraw(shared.msisdn(*in.input.msisdn), order_of(ctx));
    if (in.input.iccid) shared.cards.withdraw(*in.input.iccid, order_of(ctx));
    return {};
  }
};

struct SwapNumberIn {
  string old_msisdn;
  string new_msisdn;
  JF_FIELDS((old_msisdn, "the number in use", required), (new_msisdn, "the reserved number", required))
};

struct SwapNumber : jackfield::Step<Settings, SwapNumberIn, jackfield::Nothing, Stock> {
  static constexpr auto info =
      jackfield::step("resource.swap_number", "The new number comes into use, the old one cools").idempotent();

  jackfield::Nothing run(const SwapNumberIn& in, jackfield::Context& ctx) {
    shared.sweep(ctx.now());
    const auto was = shared.msisdn(in.old_msisdn);
    const auto is = shared.msisdn(in.new_msisdn);
    shared.numbers.swap(was, is, order_of(ctx), ctx.now() + settings.cooling);
    shared.cards.renumber(was, is);
    return {};
  }
};

struct SwapNumberBackIn {
  SwapNumberIn input;
  JF_FIELDS((input, "what was swapped", required))
};

struct SwapNumberBack : jackfield::Step<Settings, SwapNumberBackIn, jackfield::Nothing, Stock> {
  static constexpr auto info =
      jackfield::step("resource.swap_number_back", "Undoes resource.swap_number").idempotent();

  jackfield::Nothing run(const SwapNumberBackIn& in, jackfield::Context& ctx) {
    const auto was = shared.msisdn(in.input.old_msisdn);
    const auto is = shared.msisdn(in.input.new_msisdn);
    if (shared.numbers.swap_back(was, is, order_of(ctx))) shared.cards.renumber(is, was);
    return {};
  }
};

struct SwapCardIn {
  string msisdn;
  string old_iccid;
  string iccid;
  string reason;
  JF_FIELDS((msisdn, "the line", required), (old_iccid, "its card today", required),
            (iccid, "the reserved card", required), (reason, "lost: the old card is lost, else it is retired"))
};

struct SwapCard : jackfield::Step<Settings, SwapCardIn, jackfield::Nothing, Stock> {
  static constexpr auto info =
      jackfield::step("resource.swap_card", "The new card becomes active, the old one is retired or lost").idempotent();

  jackfield::Nothing run(const SwapCardIn& in, jackfield::Context& ctx) {
    shared.sweep(ctx.now());
    shared.cards.swap(in.old_iccid, in.iccid, shared.msisdn(in.msisdn), in.reason == "lost" ? "lost" : "retired",
                      order_of(ctx));
    return {};
  }
};

struct SwapCardBackIn {
  SwapCardIn input;
  JF_FIELDS((input, "what was swapped", required))
};

struct SwapCardBack : jackfield::Step<Settings, SwapCardBackIn, jackfield::Nothing, Stock> {
  static constexpr auto info = jackfield::step("resource.swap_card_back", "Undoes resource.swap_card").idempotent();

  jackfield::Nothing run(const SwapCardBackIn& in, jackfield::Context& ctx) {
    shared.cards.swap_back(in.input.old_iccid, in.input.iccid, order_of(ctx));
    return {};
  }
};

}  // namespace resource

JACKFIELD_PLUGIN("resource", "1.0.0", resource::Reserve, resource::Release, resource::Offer, resource::Satisfiable,
                 resource::Secure, resource::Commit, resource::Withdraw, resource::SwapNumber,
                 resource::SwapNumberBack, resource::SwapCard, resource::SwapCardBack)
