// A CloudEvents 1.0 event in structured mode over HTTP, for adapters whose other side takes events.
//
//   jackfield::EventData data;
//   data.add("service", in.service).add("iccid", in.iccid);
//   jackfield::deliver(client, {ctx.key(), "jackfield.billing.subscriber-opened", msisdn, jackfield::event_time(in.at),
//                               data.json()}, ctx, timeout, who);
//
// On the wire: POST {url}/events, content-type application/cloudevents+json, members specversion, id, source
// "/jackfield", subject, type, time (UTC, RFC 3339), datacontenttype, data. `id` is the idempotency key: 409 says the
// other side has it already, and counts as delivered. One id is one event to the last byte, so its time is when the thing
// happened, which the flow says (`at: instance.now`), and never when it is sent. Other answers as in http_answer.hpp.
// Thread rule: any thread.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include <jackfield/any.hpp>
#include <jackfield/http_answer.hpp>

namespace jackfield {

/// "2026-11-22T08:00:00.123Z"
[[nodiscard]] inline std::string rfc3339(TimePoint time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

/// The members of `data`; what is absent is left out.
class EventData {
 public:
  EventData& add(std::string_view name, const std::optional<std::string>& text) {
    return text ? put(name, json_quoted(*text)) : *this;
  }
  EventData& add(std::string_view name, const Any& value) { return value.is_nil() ? *this : put(name, value.json()); }
  [[nodiscard]] std::string json() const { return "{" + members_ + "}"; }

 private:
  EventData& put(std::string_view name, const std::string& json) {
    members_ += (members_.empty() ? "" : ",") + json_quoted(name) + ":" + json;
    return *this;
  }
  std::string members_;
};

/// A time that a flow gave, Unix time in ms. Throws Fail TIME_INVALID where it is none.
[[nodiscard]] inline TimePoint event_time(std::int64_t at_ms) {
  constexpr std::int64_t at_ms_most = 9'000'000'000'000;
  if (at_ms > 0 && at_ms <= at_ms_most) return TimePoint(std::chrono::milliseconds(at_ms));
  throw Fail{"TIME_INVALID", "found at " + std::to_string(at_ms) + ", expected Unix time in ms: give instance.now"};
}

struct CloudEvent {
  std::string_view id, type, subject;
  TimePoint time;
  std::string data;  // JSON
};

[[nodiscard]] inline std::string to_json(const CloudEvent& event) {
  return R"({"specversion":"1.0","id":)" + json_quoted(event.id) + R"(,"source":"/jackfield","subject":)" +
         json_quoted(event.subject) + R"(,"type":)" + json_quoted(event.type) + R"(,"time":")" + rfc3339(event.time) +
         R"(","datacontenttype":"application/json","data":)" + event.data + "}";
}

/// Returns once the other side has the event; throws Retry, Unknown or NotDone.
inline void deliver(HttpClient& client, const CloudEvent& event, const Context& ctx, std::chrono::milliseconds timeout,
                    std::string_view who) {
  const auto reply = send_or_retry(client, "POST", "/events", "application/cloudevents+json", to_json(event),
                                   time_for(ctx, timeout), who);
  if (reply.status != 409) expect_success(reply, who);
}

}  // namespace jackfield
