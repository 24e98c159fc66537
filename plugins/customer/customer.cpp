// The steps of the customer: who he is, his draft, his file, and messages to him.
#include "identity.hpp"
#include "message_log.hpp"
#include "person.hpp"
#include "register.hpp"

#include <jackfield/plugin.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace customer {

using jackfield::required;
using std::string;

struct Settings {
  std::int64_t line_cap = 5;
  jackfield::Path messages{"{data_dir}/messages"};
  JF_FIELDS((line_cap, "the most lines of one identity"), (messages, "folder of the messages to customers"))
};

struct Office {
  Office(const Settings& settings, jackfield::Host& host)
      : database{host, Register::schema()},
        customers{database},
        messages{settings.messages.str(), host.zone()},
        zone{host.zone()} {
    if (settings.line_cap < 1)
      throw std::runtime_error("settings /line_cap: found " + std::to_string(settings.line_cap) +
                               ", expected 1 or more");
  }

  jackfield::Database database;
  Register customers;
  MessageLog messages;
  string zone;
};

string order_of(const jackfield::Context& ctx) { return string(ctx.instance()); }

void refuse_above(std::int64_t line_cap, long long lines) {
  if (lines >= line_cap)
    throw jackfield::Reject{"LINE_CAP_REACHED", "同一证件最多办理" + std::to_string(line_cap) + "个号码,您已达到上限"};
}

struct IdentifyIn {
  Person customer;
  string service;
  JF_FIELDS((customer, "as the order has it", required), (service, "open-account: all is asked, the cap holds"))
};

struct IdentifyOut {
  string type;
  jackfield::Sensitive id_number;
  std::optional<string> customer;
  std::int64_t lines = 0;
  JF_FIELDS((type, "resident, military, foreigner, hk-macau-taiwan or enterprise"), (id_number, "made plain"),
            (customer, "where there is a file already"), (lines, "lines of this identity, others' orders included"))
};

struct Identify : jackfield::Step<Settings, IdentifyIn, IdentifyOut, Office> {
  static constexpr auto info =
      jackfield::step("customer.identify", "Judges a customer's identity and the data's completeness").idempotent();

  IdentifyOut run(const IdentifyIn& in, jackfield::Context& ctx) {
    IdentifyOut out;
    out.type = judge_identity(in.customer, jackfield::local_time(ctx.now(), shared.zone));
    const auto id_number = plain_id(in.customer.id_type, in.customer.id_number.reveal());
    out.id_number = id_number;
    out.customer = shared.customers.find(in.customer.id_type, id_number);
    const bool opens = in.service.empty() || in.service == "open-account";
    auto person = in.customer;
    if (!opens && out.customer) shared.customers.complete(person, *out.customer);
    judge_completeness(person);
    out.lines = shared.customers.count_lines(in.customer.id_type, id_number, order_of(ctx));
    if (opens) refuse_above(settings.line_cap, out.lines);
    return out;
  }
};

struct PrefillIn {
  Person customer;
  string type;
  string msisdn;
  JF_FIELDS((customer, "as the order has it", required), (type, "of customer.identify", required),
            (msisdn, "the number of the line to come", required))
};

struct CustomerOut {
  string customer;
  JF_FIELDS((customer, "the customer's id"))
};

struct Prefill : jackfield::Step<Settings, PrefillIn, CustomerOut, Office> {
  static constexpr auto info =
      jackfield::step("customer.prefill", "Enters a customer as a draft, before the fee").keyed();

  CustomerOut run(const PrefillIn& in, jackfield::Context& ctx) {
    // Counted again: another order of the same identity may have come in between.
    const auto id_number = plain_id(in.customer.id_type, in.customer.id_number.reveal());
    refuse_above(settings.line_cap, shared.customers.count_lines(in.customer.id_type, id_number, order_of(ctx)));
    return {shared.customers.draft(in.customer, in.type, in.msisdn, order_of(ctx), ctx.now())};
  }
};

struct Drop : jackfield::Step<Settings, jackfield::Nothing, jackfield::Nothing, Office> {
  static constexpr auto info =
      jackfield::step("customer.drop", "Undoes customer.prefill: drops the order's draft").idempotent();

  jackfield::Nothing run(const jackfield::Nothing&, jackfield::Context& ctx) {
    shared.customers.drop(order_of(ctx));
    return {};
  }
};

struct CommitIn {
  string customer;
  string msisdn;
  JF_FIELDS((customer, "of customer.prefill"), (msisdn, "the line's number"))
};

struct Commit : jackfield::Step<Settings, CommitIn, CustomerOut, Office> {
  static constexpr auto info =
      jackfield::step("customer.commit", "Makes the order's draft real, after the fee").keyed();

  CustomerOut run(const CommitIn&, jackfield::Context& ctx) {
    return {shared.customers.commit(order_of(ctx), ctx.now())};
  }
};

struct Withdraw : jackfield::Step<Settings, jackfield::Nothing, jackfield::Nothing, Office> {
  static constexpr auto info =
      jackfield::step("customer.withdraw", "Undoes customer.commit: the order's line, and a file it made").idempotent();

  jackfield::Nothing run(const jackfield::Nothing&, jackfield::Context& ctx) {
    shared.customers.withdraw(order_of(ctx));
    return {};
  }
};

struct NotifyIn {
  std::optional<string> customer;
  std::optional<jackfield::Sensitive> phone;
  std::optional<string> msisdn;
  string text;
  JF_FIELDS((customer, "whose file tells the phone, where none is given"), (phone, "where to"),
            (msisdn, "where to, where nothing else is known"), (text, "what the customer is told", required))
};

struct Notify : jackfield::Step<Settings, NotifyIn, jackfield::Nothing, Office> {
  static constexpr auto info = jackfield::step("customer.notify", "Sends the customer a message").keyed();

  jackfield::Nothing run(const NotifyIn& in, jackfield::Context& ctx) {
    string to = in.phone ? in.phone->reveal() : string();
    if (to.empty() && in.customer) to = shared.customers.phone(*in.customer);
    if (to.empty()) to = in.msisdn.value_or("");
    if (to.empty())
      throw jackfield::Fail{"NO_ADDRESSEE", "found neither a phone nor an msisdn to send to, expected one of them"};
    shared.messages.append(ctx.now(), string(ctx.key()), to, in.text, ctx.attempt() > 1);
    ctx.count("messages");
    return {};
  }
};

}  // namespace customer

JACKFIELD_PLUGIN("customer", "1.0.0", customer::Identify, customer::Prefill, customer::Drop, customer::Commit,
                 customer::Withdraw, customer::Notify)
