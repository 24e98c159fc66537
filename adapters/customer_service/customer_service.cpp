// 114 customer service: told of completed orders, of customers to be called back, of blacklisted ones. CloudEvents.
#include <jackfield/cloud_event.hpp>
#include <jackfield/plugin.hpp>
#include <jackfield/telecom/msisdn.hpp>

#include <optional>
#include <string_view>

namespace {

using namespace std::chrono_literals;

struct Settings {
  std::string url = "http://127.0.0.1:7203";
  jackfield::Duration timeout = 5s;
  JF_FIELDS((url, "where 114 listens: http://host:port"), (timeout, "the longest one event may take"))
};

struct ServiceDesk {
  static constexpr auto traits = jackfield::traits().reentrant().blocking().summary("114客服系统");
  ServiceDesk(const Settings& settings, jackfield::Host&) : client(settings.url) {}
  jackfield::HttpClient client;
};

struct NoticeIn {
  std::string msisdn;
  std::optional<std::string> service, channel, old_msisdn, iccid, reason;
  jackfield::Any customer;
  std::int64_t at = 0;
  JF_FIELDS((msisdn, "the line's number; the event's subject", jackfield::required), (service, "the order's flow"),
            (channel, "where it was ordered"), (old_msisdn, "the number before, where it changed"), iccid,
            (reason, "why, for an alert"), customer,
            (at, "when it happened, Unix time in ms: instance.now", jackfield::required))
};

/// One word of ours, one type of theirs.
struct Notice : jackfield::Step<Settings, NoticeIn, jackfield::Nothing, ServiceDesk> {
  jackfield::Nothing tell(std::string_view type, const NoticeIn& in, const jackfield::Context& ctx) {
    const std::string subject = jackfield::telecom::Msisdn::national(in.msisdn);
    jackfield::EventData data;
    data.add("order", std::string(ctx.instance())).add("service", in.service).add("channel", in.channel);
    data.add("msisdn", subject).add("old_msisdn", in.old_msisdn).add("iccid", in.iccid).add("customer", in.customer);
    data.add("reason", in.reason);
    jackfield::deliver(shared.client, {ctx.key(), type, subject, jackfield::event_time(in.at), data.json()}, ctx,
                       settings.timeout, "114");
    return {};
  }
};

struct Completed : Notice {
  static constexpr auto info =
      jackfield::step("customer_service.notify", "Tells 114 that an order was completed").idempotent();
  jackfield::Nothing run(const NoticeIn& in, jackfield::Context& ctx) {
    return tell("jackfield.customer-service.order-completed", in, ctx);
  }
};

struct Callback : Notice {
  static constexpr auto info =
      jackfield::step("customer_service.callback", "Asks 114 to call the customer back").idempotent();
  jackfield::Nothing run(const NoticeIn& in, jackfield::Context& ctx) {
    return tell("jackfield.customer-service.callback-requested", in, ctx);
  }
};

struct Alert : Notice {
  static constexpr auto info =
      jackfield::step("customer_service.alert", "Tells 114 that a blacklisted customer came").idempotent();
  jackfield::Nothing run(const NoticeIn& in, jackfield::Context& ctx) {
    return tell("jackfield.customer-service.blacklist-alert", in, ctx);
  }
};

}  // namespace

JACKFIELD_ADAPTER("customer_service", "1.0.0", Completed, Callback, Alert)
