// 接口管理: which channel may do which service, and when; what the channel shows the customer first.
#include <jackfield/plugin.hpp>
#include <jackfield/time_zone.hpp>

#include "channel.hpp"

namespace {

struct Settings {
  jackfield::Path channels{"data/channels.yaml"};
  JF_FIELDS((channels, "the channels, their services and opening hours"))
};

struct Request {
  std::string channel;
  std::string service;
  std::string service_name;
  JF_FIELDS((channel, "where the order came from: hall, web, customer-service, …", jackfield::required),
            (service, "the flow asked for: open-account, …", jackfield::required),
            (service_name, "what the customer calls it: 开户, …"))
};

struct Permitted {
  std::string channel_name;
  JF_FIELDS((channel_name, "the channel's name, for people"))
};

struct Welcome {
  std::string greeting;
  std::vector<std::string> form;
  std::vector<std::string> offers_today;
  JF_FIELDS((greeting, "what the channel says first"), (form, "what it asks the customer for"),
            (offers_today, "what it offers today"))
};

struct Interfaces {
  static constexpr auto traits = jackfield::traits().reentrant();

  Interfaces(const Settings& settings, jackfield::Host& host)
      : channels(settings.channels.str(), flows_in(host.config_dir() + "/flows")), zone(host.zone()) {
    for (const auto& service : channels.without_flow())
      host.warn("channels do a service '" + service + "', and there is no flow of that name: nobody can order it");
  }

  const Channel& channel(const Request& request) const {
    const auto* found = channels.find(request.channel);
    if (!found)
      throw jackfield::Reject{"INTERFACE_NOT_PERMITTED", "接口不允许:没有名为“" + request.channel + "”的渠道"};
    if (!found->services.contains(request.service))
      throw jackfield::Reject{"INTERFACE_NOT_PERMITTED",
                              "接口不允许:" + found->name + "不办理业务“" + (request.service_name.empty() ? request.service : request.service_name) + "”"};
    return *found;
  }

  const Channels channels;
  const std::string zone;
};

struct Permit : jackfield::Step<Settings, Request, Permitted, Interfaces> {
  static constexpr auto info =
      jackfield::step("interface.permit", "Refuses a service this channel may not do, or not at this hour")
          .idempotent();

  Permitted run(const Request& request, jackfield::Context& ctx) {
    const auto& channel = shared.channel(request);
    auto local = jackfield::local_time(ctx.now(), shared.zone);
    if (!channel.open.open_at(local.hour * 60 + local.minute))
      throw jackfield::Reject{"OUT_OF_HOURS", "现在不在" + channel.name + "的营业时间内,营业时间:" + channel.open.text()};
    return {channel.name};
  }
};

struct Greet : jackfield::Step<Settings, Request, Welcome, Interfaces> {
  static constexpr auto info =
      jackfield::step("interface.welcome", "What this channel shows: greeting, form, today's offers").idempotent();

  Welcome run(const Request& request, jackfield::Context& ctx) {
    const auto& channel = shared.channel(request);
    auto local = jackfield::local_time(ctx.now(), shared.zone);
    int today = local.year * 10000 + local.month * 100 + local.day;
    Welcome welcome{channel.greeting, channel.form(request.service), {}};
    for (const auto& offer : channel.offers)
      if (offer.shown(request.service, today)) welcome.offers_today.push_back(offer.text);
    return welcome;
  }
};

}  // namespace

JACKFIELD_PLUGIN("interface", "1.0.0", Permit, Greet)
