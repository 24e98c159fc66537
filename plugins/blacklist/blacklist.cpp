// The steps of the blacklist: is this customer on it, and what is done when he is.
#include "register.hpp"

#include <jackfield/plugin.hpp>

#include <optional>
#include <string>

namespace blacklist {

using jackfield::required;
using std::string;

struct Agent {
  std::optional<string> id_type;
  std::optional<jackfield::Sensitive> id_number;
  JF_FIELDS((id_type, "kind of identity"), (id_number, "its number"))
};

struct CheckIn {
  string id_type;
  jackfield::Sensitive id_number;
  bool credit_blacklisted = false;
  std::optional<Agent> agent;
  JF_FIELDS((id_type, "kind of identity", required), (id_number, "its number", required),
            (credit_blacklisted, "what the credit system says"), (agent, "who acts for the customer"))
};

struct CheckOut {
  bool listed = false;
  std::optional<string> who, reason;
  JF_FIELDS(listed, (who, "customer or agent, where listed"), (reason, "why, where listed"))
};

struct Check : jackfield::Step<Settings, CheckIn, CheckOut, Register> {
  static constexpr auto info =
      jackfield::step("blacklist.check", "Whether a customer's identity, or his agent's, is on the blacklist").idempotent();

  CheckOut run(const CheckIn& in, jackfield::Context&) {
    if (const auto reason = shared.reason(in.id_type, in.id_number.reveal())) return {true, "customer", reason};
    if (in.credit_blacklisted) return {true, "customer", "信用系统黑名单"};
    if (in.agent && in.agent->id_type && in.agent->id_number) {
      if (const auto reason = shared.reason(*in.agent->id_type, in.agent->id_number->reveal()))
        return {true, "agent", reason};
    }
    return {};
  }
};

struct Customer {
  string id_type;
  jackfield::Sensitive id_number;
  JF_FIELDS((id_type, "kind of identity", required), (id_number, "its number; kept hidden", required))
};

struct HandleIn {
  Customer customer;
  string service;
  string channel;
  std::optional<string> reason;
  JF_FIELDS((customer, "who tried", required), (service, "what was wanted"), (channel, "where"), (reason, "why listed"))
};

struct HandleOut {
  bool recorded = false;
  JF_FIELDS(recorded)
};

struct Handle : jackfield::Step<Settings, HandleIn, HandleOut, Register> {
  static constexpr auto info = jackfield::step("blacklist.handle", "Records the attempt of a listed customer").keyed();

  HandleOut run(const HandleIn& in, jackfield::Context& ctx) {
    Attempt attempt;
    attempt.key = string(ctx.key());
    attempt.order = string(ctx.instance());
    attempt.service = in.service;
    attempt.channel = in.channel;
    attempt.id_type = in.customer.id_type;
    attempt.id_number = in.customer.id_number.reveal();
    attempt.reason = in.reason.value_or("");
    shared.record(attempt, ctx.now());
    ctx.count("attempts");
    return {true};
  }
};

}  // namespace blacklist

JACKFIELD_PLUGIN("blacklist", "1.0.0", blacklist::Check, blacklist::Handle)
