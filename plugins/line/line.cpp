// The steps of the register of lines: open, load, renumber, recard and their undoing.
#include "register.hpp"

#include <jackfield/plugin.hpp>
#include <jackfield/telecom/msisdn.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace line {

using jackfield::required;
using std::string;

string order_of(const jackfield::Context& ctx) { return string(ctx.instance()); }
string number(const string& text) { return jackfield::telecom::Msisdn::national(text); }

struct Identity {
  string id_type;
  string id_number;
  JF_FIELDS((id_type, "what the identity is", required), (id_number, "its number", required))
};

struct OpenIn {
  string msisdn;
  string iccid;
  string imsi;
  string customer;
  string id_type;
  jackfield::Sensitive id_number;
  string account;
  string product;
  string tariff;
  JF_FIELDS((msisdn, "", required), (iccid, "", required), (imsi, "", required), (customer, "", required),
            (id_type, "the owner's identity", required), (id_number, "its number; kept as a digest", required), account,
            product, tariff)
};

struct Opened {
  string msisdn;
  JF_FIELDS(msisdn)
};

struct Open : jackfield::Step<Settings, OpenIn, Opened, Register> {
  static constexpr auto info = jackfield::step("line.open", "Adds a line to the register").keyed();

  Opened run(const OpenIn& in, jackfield::Context& ctx) {
    Line line;
    line.msisdn = number(in.msisdn);
    line.owner = shared.owner(in.id_type, in.id_number.reveal());
    line.customer = in.customer;
    line.iccid = in.iccid;
    line.imsi = in.imsi;
    line.account = in.account;
    line.product = in.product;
    line.tariff = in.tariff;
    line.opened_by = order_of(ctx);
    shared.open(line);
    return {line.msisdn};
  }
};

struct CloseIn {
  Opened input;
  JF_FIELDS((input, "what was opened", required))
};

struct Close : jackfield::Step<Settings, CloseIn, jackfield::Nothing, Register> {
  static constexpr auto info =
      jackfield::step("line.close", "Undoes line.open: only the order's own line").idempotent();

  jackfield::Nothing run(const CloseIn& in, jackfield::Context& ctx) {
    shared.close(number(in.input.msisdn), order_of(ctx));
    return {};
  }
};

struct LoadIn {
  string msisdn;
  Identity customer;
  string service;
  JF_FIELDS((msisdn, "the line's number today, +86 allowed", required), (customer, "who says to own it", required),
            (service, "what is wanted of it"))
};

struct LoadOut {
  string msisdn;
  string iccid;
  string imsi;
  string customer;
  string account;
  string product;
  string tariff;
  std::int64_t last_swap_ms = 0;
  JF_FIELDS(msisdn, iccid, imsi, customer, account, product, tariff,
            (last_swap_ms, "Unix time in ms of the last change of card; 0: never"))
};

struct Load : jackfield::Step<Settings, LoadIn, LoadOut, Register> {
  static constexpr auto info =
      jackfield::step("line.load", "Gives a line's data to its owner, and keeps it for the order").keyed();

  LoadOut run(const LoadIn& in, jackfield::Context& ctx) {
    const auto owner = shared.owner(in.customer.id_type, in.customer.id_number);
    const auto line = shared.take(number(in.msisdn), owner, order_of(ctx));
    return {line.msisdn,  line.iccid,   line.imsi,   line.customer,
            line.account, line.product, line.tariff, line.last_swap_ms};
  }
};

struct Release : jackfield::Step<Settings, jackfield::Nothing, jackfield::Nothing, Register> {
  static constexpr auto info =
      jackfield::step("line.release", "Lets go of the lines the order works on").idempotent();

  jackfield::Nothing run(const jackfield::Nothing&, jackfield::Context& ctx) {
    shared.release(order_of(ctx));
    return {};
  }
};

struct RenumberIn {
  string old_msisdn;
  string new_msisdn;
  JF_FIELDS((old_msisdn, "the line's number today", required), (new_msisdn, "its number from now on", required))
};

struct Renumber : jackfield::Step<Settings, RenumberIn, Opened, Register> {
  static constexpr auto info = jackfield::step("line.renumber", "Moves a line to another number").keyed();

  Opened run(const RenumberIn& in, jackfield::Context& ctx) {
    shared.renumber(number(in.old_msisdn), number(in.new_msisdn), order_of(ctx));
    return {number(in.new_msisdn)};
  }
};

struct RenumberBackIn {
  RenumberIn input;
  JF_FIELDS((input, "what was renumbered", required))
};

struct RenumberBack : jackfield::Step<Settings, RenumberBackIn, jackfield::Nothing, Register> {
  static constexpr auto info = jackfield::step("line.renumber_back", "Undoes line.renumber").idempotent();

  jackfield::Nothing run(const RenumberBackIn& in, jackfield::Context& ctx) {
    const auto is = number(in.input.new_msisdn);
    const auto was = number(in.input.old_msisdn);
    if (!shared.find(was) && shared.find(is)) shared.renumber(is, was, order_of(ctx));
    return {};
  }
};

struct RecardIn {
  string msisdn;
  string iccid;
  string imsi;
  JF_FIELDS((msisdn, "the line", required), (iccid, "its card from now on", required), (imsi, "that card's", required))
};

struct RecardOut {
  string msisdn;
  string old_iccid;
  string old_imsi;
  std::int64_t previous_swap_ms = 0;
  JF_FIELDS(msisdn, old_iccid, old_imsi, previous_swap_ms)
};

struct Recard : jackfield::Step<Settings, RecardIn, RecardOut, Register> {
  static constexpr auto info = jackfield::step("line.recard", "Puts another card into a line").keyed();

  RecardOut run(const RecardIn& in, jackfield::Context& ctx) {
    const auto now_ms = ctx.now().time_since_epoch().count();
    const auto was = shared.recard(number(in.msisdn), in.iccid, in.imsi, now_ms, order_of(ctx));
    return {was.msisdn, was.iccid, was.imsi, was.last_swap_ms};
  }
};

struct RecardBackIn {
  RecardIn input;
  std::optional<RecardOut> output;
  JF_FIELDS((input, "what was put in", required), (output, "what was in before; left out where recard failed"))
};

struct RecardBack : jackfield::Step<Settings, RecardBackIn, jackfield::Nothing, Register> {
  static constexpr auto info = jackfield::step("line.recard_back", "Undoes line.recard").idempotent();

  jackfield::Nothing run(const RecardBackIn& in, jackfield::Context&) {
    if (!in.output) return {};  // recard failed, and its own transaction took back what it wrote
    Line was;
    was.msisdn = in.output->msisdn;
    was.iccid = in.output->old_iccid;
    was.imsi = in.output->old_imsi;
    was.last_swap_ms = in.output->previous_swap_ms;
    shared.restore_card(was, in.input.iccid);
    return {};
  }
};

struct CountIn {
  std::optional<Identity> owner;
  std::optional<string> customer;
  JF_FIELDS((owner, "count the lines of this identity"), (customer, "or of this customer"))
};

struct CountOut {
  std::int64_t lines = 0;
  JF_FIELDS(lines)
};

struct Count : jackfield::Step<Settings, CountIn, CountOut, Register> {
  static constexpr auto info =
      jackfield::step("line.count", "Counts the lines of an identity or a customer").idempotent();

  CountOut run(const CountIn& in, jackfield::Context&) {
    if (in.owner) return {shared.count_of_owner(shared.owner(in.owner->id_type, in.owner->id_number))};
    if (in.customer) return {shared.count_of_customer(*in.customer)};
    throw jackfield::Fail{"INPUT_INVALID", "found neither 'owner' nor 'customer', expected one: whose lines?"};
  }
};

}  // namespace line

JACKFIELD_PLUGIN("line", "1.0.0", line::Open, line::Close, line::Load, line::Release, line::Renumber,
                 line::RenumberBack, line::Recard, line::RecardBack, line::Count)
