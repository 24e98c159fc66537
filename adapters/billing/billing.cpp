// The billing system: told of every line that is opened, renumbered or given another card. CloudEvents over HTTP.
#include "billing_event.hpp"

#include <jackfield/cloud_event.hpp>
#include <jackfield/plugin.hpp>

#include <string_view>

namespace {

using namespace std::chrono_literals;

struct Settings {
  std::string url = "http://127.0.0.1:7202";
  jackfield::Duration timeout = 5s;
  JF_FIELDS((url, "where the billing system listens: http://host:port"), (timeout, "the longest one event may take"))
};

struct BillingSystem {
  static constexpr auto traits = jackfield::traits().reentrant().blocking().summary("计费系统");
  BillingSystem(const Settings& settings, jackfield::Host&) : client(settings.url) {}
  jackfield::HttpClient client;
};

struct NotifyOut {
  std::int64_t delivered = 0;
  JF_FIELDS((delivered, "how many events the billing system has now"))
};

struct Notify : jackfield::Step<Settings, billing::NotifyIn, NotifyOut, BillingSystem> {
  static constexpr auto info =
      jackfield::step("billing.notify", "Tells the billing system what changed on a line").idempotent();

  NotifyOut run(const billing::NotifyIn& in, jackfield::Context& ctx) {
    const auto events = billing::events_of(in);
    const auto at = jackfield::event_time(in.at);
    for (const auto& event : events) {
      std::string id(ctx.key());
      if (events.size() > 1) id += "/" + event.short_type();
      jackfield::deliver(shared.client, {id, event.type, event.subject, at, event.data}, ctx, settings.timeout,
                         "the billing system");
    }
    return {static_cast<std::int64_t>(events.size())};
  }
};

}  // namespace

JACKFIELD_ADAPTER("billing", "1.0.0", Notify)
