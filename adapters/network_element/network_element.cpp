// The network element and the work-order system beside it: what makes a line real. MML over TCP, TMF641 over HTTP.
#include "home_register.hpp"
#include "work_orders.hpp"

#include <jackfield/plugin.hpp>

#include <optional>

namespace {

using namespace std::chrono_literals;
using jackfield::Context;
using jackfield::Field;
using jackfield::Nothing;
using jackfield::Sensitive;
using network_element::Conversation;
using network_element::HomeRegister;
using network_element::isdn_of;

struct Settings {
  std::string mml = "tcp://127.0.0.1:7776";
  std::string operator_name = "jackfield";
  jackfield::Secret password;
  std::string work_orders = "http://127.0.0.1:7205";
  jackfield::Duration timeout = 5s, receipt_timeout = 24h;
  template <class Self, class Visitor>
  static constexpr void jf_fields(Self& self, Visitor&& visit) {  // `operator` is a word of C++: named by hand
    visit(Field{"mml", "where the network element listens: tcp://host:port"}, self.mml);
    visit(Field{"operator", "who logs in there"}, self.operator_name);
    visit(Field{"password", "with what; write it as {env: NAME} or {file: PATH}"}, self.password);
    visit(Field{"work_orders", "where the work-order system listens: http://host:port"}, self.work_orders);
    visit(Field{"timeout", "the longest one command or call may take"}, self.timeout);
    visit(Field{"receipt_timeout", "how long the flows wait for the receipt of the work"}, self.receipt_timeout);
  }
};

struct Network {
  static constexpr auto traits = jackfield::traits().reentrant().blocking().summary("网元、工单等管理系统");
  Network(const Settings& settings, jackfield::Host&)
      : session(settings.mml, settings.operator_name, settings.password), work_orders(settings.work_orders) {}
  network_element::MmlSession session;
  network_element::WorkOrders work_orders;
};

/// What an undo is given: the input of the step it undoes, and its output where there is one.
template <class In, class Out = jackfield::Any>
struct Undone {
  In input;
  std::optional<Out> output;
  JF_FIELDS((input, "what the step was asked", jackfield::required), (output, "what it answered; none where it failed"))
};

template <class In, class Out>
using NetworkStep = jackfield::Step<Settings, In, Out, Network>;

struct WorkOrderIn {
  std::string service;
  std::optional<std::string> msisdn, old_msisdn, imsi, iccid, product;
  JF_FIELDS((service, "what is to be done"), msisdn, old_msisdn, imsi, iccid, product)
};
struct WorkOrderOut {
  std::string id;
  JF_FIELDS((id, "the work order's id there"))
};

std::string place(Network& network, const WorkOrderIn& in, const Context& ctx, std::chrono::milliseconds timeout) {
  network_element::WorkOrder order{std::string(ctx.instance()), std::string(ctx.flow()), {}};
  const auto add = [&](const char* name, const std::optional<std::string>& value) {
    if (value && !value->empty()) order.characteristics.emplace_back(name, *value);
  };
  if (!in.service.empty()) add("service", in.service);
  add("msisdn", in.msisdn);
  add("oldMsisdn", in.old_msisdn);
  add("imsi", in.imsi);
  add("iccid", in.iccid);
  add("product", in.product);
  return network.work_orders.place(order, ctx, timeout);
}

struct PlaceWorkOrder : NetworkStep<WorkOrderIn, WorkOrderOut> {
  static constexpr auto info = jackfield::step("network_element.work_order", "Places the work order").idempotent();
  WorkOrderOut run(const WorkOrderIn& in, Context& ctx) {
    return {place(shared, in, ctx, settings.timeout)};
  }
};

struct CancelWorkOrder : NetworkStep<Undone<WorkOrderIn, WorkOrderOut>, Nothing> {
  static constexpr auto info =
      jackfield::step("network_element.cancel_work_order", "Cancels the work order").idempotent();
  Nothing run(const Undone<WorkOrderIn, WorkOrderOut>& in, Context& ctx) {
    const auto id = in.output ? in.output->id : find(in.input, ctx);
    if (!id.empty()) shared.work_orders.cancel(id, ctx, settings.timeout);
    return {};
  }

  /// Whether it was placed is not known, or it would not be undone: placed again, it is the same order and tells its id.
  /// One that is refused is not there.
  std::string find(const WorkOrderIn& in, const Context& ctx) {
    try {
      return place(shared, in, ctx, settings.timeout);
    } catch (const jackfield::NotDone&) {
      return {};
    }
  }
};

struct ActivateIn {
  std::string msisdn, imsi;
  Sensitive ki;
  std::int64_t template_id = 1;
  template <class Self, class Visitor>
  static constexpr void jf_fields(Self& self, Visitor&& visit) {  // `template` is a word of C++: named by hand
    visit(Field{"msisdn", "the line's number", jackfield::required}, self.msisdn);
    visit(Field{"imsi", "its card's identity", jackfield::required}, self.imsi);
    visit(Field{"ki", "its card's key; none for an undo"}, self.ki);
    visit(Field{"template", "the network's TPLID"}, self.template_id);
  }
};

struct Activate : NetworkStep<ActivateIn, Nothing> {
  static constexpr auto info =
      jackfield::step("network_element.activate", "Opens a line: ADD KI, ADD TPLSUB").idempotent();
  Nothing run(const ActivateIn& in, Context& ctx) {
    Conversation talk(shared.session, ctx, settings.timeout);
    HomeRegister home(talk);
    talk.perform([&] {
      const auto isdn = isdn_of(in.msisdn);
      home.add_ki(in.imsi, in.ki.reveal());
      home.add_subscriber(in.imsi, isdn, in.template_id);
    });
    return {};
  }
};

struct Deactivate : NetworkStep<Undone<ActivateIn>, Nothing> {
  static constexpr auto info =
      jackfield::step("network_element.deactivate", "Takes a line down again: RMV SUB, RMV KI").idempotent();
  Nothing run(const Undone<ActivateIn>& in, Context& ctx) {
    Conversation talk(shared.session, ctx, settings.timeout);
    talk.doubt();
    HomeRegister home(talk);
    const auto isdn = isdn_of(in.input.msisdn);
    const auto line = home.subscriber(isdn);
    if (line && line->imsi == in.input.imsi) home.remove_subscriber(isdn);  // another's line stays
    home.remove_ki(in.input.imsi);
    return {};
  }
};

struct NumberIn {
  std::string old_msisdn, msisdn;
  JF_FIELDS((old_msisdn, "the number until now", jackfield::required),
            (msisdn, "the number from now on", jackfield::required))
};

struct ChangeNumber : NetworkStep<NumberIn, Nothing> {
  static constexpr auto info =
      jackfield::step("network_element.change_number", "Gives a line another number: MOD ISDN").idempotent();
  Nothing run(const NumberIn& in, Context& ctx) {
    Conversation talk(shared.session, ctx, settings.timeout);
    HomeRegister home(talk);
    talk.perform([&] { home.change_isdn(isdn_of(in.old_msisdn), isdn_of(in.msisdn)); });
    return {};
  }
};

struct RestoreNumber : NetworkStep<Undone<NumberIn>, Nothing> {
  static constexpr auto info =
      jackfield::step("network_element.restore_number", "Gives a line its old number back").idempotent();
  Nothing run(const Undone<NumberIn>& in, Context& ctx) {
    Conversation talk(shared.session, ctx, settings.timeout);
    talk.doubt();
    HomeRegister home(talk);
    const auto old_isdn = isdn_of(in.input.old_msisdn);
    if (!home.subscriber(old_isdn)) home.change_isdn(isdn_of(in.input.msisdn), old_isdn);
    return {};
  }
};

struct LineIn {
  std::string msisdn;
  JF_FIELDS((msisdn, "the line's number", jackfield::required))
};
struct BarOut {
  bool was_barred = false;
  JF_FIELDS((was_barred, "it was barred before"))
};

struct Bar : NetworkStep<LineIn, BarOut> {
  static constexpr auto info = jackfield::step("network_element.bar", "Bars a line: MOD LCK").idempotent();
  BarOut run(const LineIn& in, Context& ctx) {
    Conversation talk(shared.session, ctx, settings.timeout);
    HomeRegister home(talk);
    std::optional<network_element::Subscriber> line;
    talk.perform([&] {
      const auto isdn = isdn_of(in.msisdn);
      line = home.subscriber(isdn);
      home.bar(isdn, true);
    });
    return {line && line->is_barred && ctx.attempt() == 1};
  }
};

/// A step of its own with {msisdn}, and the undo of bar with {input, output}.
struct UnbarIn {
  std::optional<std::string> msisdn;
  std::optional<LineIn> input;
  std::optional<BarOut> output;
  JF_FIELDS((msisdn, "the line's number"), (input, "as an undo: what bar was asked"),
            (output, "as an undo: what bar answered"))
};

struct Unbar : NetworkStep<UnbarIn, Nothing> {
  static constexpr auto info = jackfield::step("network_element.unbar", "Unbars a line: MOD LCK").idempotent();
  Nothing run(const UnbarIn& in, Context& ctx) {
    if (!in.msisdn && !in.input)
      throw jackfield::Fail{"INPUT_INVALID", "found no msisdn, expected {msisdn} or {input: {msisdn}}"};
    if (!in.msisdn && in.output && in.output->was_barred) return {};  // as it was before
    Conversation talk(shared.session, ctx, settings.timeout);
    talk.doubt();
    HomeRegister home(talk);
    const auto isdn = isdn_of(in.msisdn ? *in.msisdn : in.input->msisdn);
    if (in.msisdn || home.subscriber(isdn)) home.bar(isdn, false);
    return {};
  }
};

struct CardIn {
  std::string msisdn, imsi, old_imsi;
  Sensitive ki, old_ki;
  JF_FIELDS((msisdn, "the line's number", jackfield::required), (imsi, "the new card's identity", jackfield::required),
            (old_imsi, "the old card's identity", jackfield::required), (ki, "the new card's key; none for an undo"),
            (old_ki, "the old card's key: an undo that comes after RMV KI needs it"))
};

struct ReplaceCard : NetworkStep<CardIn, Nothing> {
  static constexpr auto info =
      jackfield::step("network_element.replace_card", "Gives a line another card: ADD KI, MOD IMSI, RMV KI")
          .idempotent();
  Nothing run(const CardIn& in, Context& ctx) {
    Conversation talk(shared.session, ctx, settings.timeout);
    HomeRegister home(talk);
    talk.perform([&] {
      const auto isdn = isdn_of(in.msisdn);
      home.add_ki(in.imsi, in.ki.reveal());
      home.change_imsi(isdn, in.imsi);
      if (in.old_imsi != in.imsi) home.remove_ki(in.old_imsi);
    });
    return {};
  }
};

struct RestoreCard : NetworkStep<Undone<CardIn>, Nothing> {
  static constexpr auto info =
      jackfield::step("network_element.restore_card", "Gives a line its old card back").idempotent();
  Nothing run(const Undone<CardIn>& in, Context& ctx) {
    Conversation talk(shared.session, ctx, settings.timeout);
    talk.doubt();
    HomeRegister home(talk);
    const CardIn& card = in.input;
    const auto isdn = isdn_of(card.msisdn);
    const auto line = home.subscriber(isdn);
    if (line && line->imsi == card.imsi && card.imsi != card.old_imsi) {
      if (!home.has_ki(card.old_imsi)) add_old_ki(home, card);
      home.change_imsi(isdn, card.old_imsi);
    }
    if (card.imsi != card.old_imsi) home.remove_ki(card.imsi);
    return {};
  }

  static void add_old_ki(HomeRegister& home, const CardIn& card) {
    if (card.old_ki.empty()) {
      throw jackfield::Fail{
          "KI_GONE", "the old card's key is removed from the network, expected it as old_ki: restore the card by hand"};
    }
    home.add_ki(card.old_imsi, card.old_ki.reveal());
  }
};

}  // namespace

JACKFIELD_ADAPTER("network_element", "1.0.0", PlaceWorkOrder, CancelWorkOrder, Activate, Deactivate, ChangeNumber,
                  RestoreNumber, Bar, Unbar, ReplaceCard, RestoreCard)
