// What the billing system is told of a line: made of the step's input before anything is sent, so that a notice that
// lacks something is refused whole.
//
// Thread rule: any. Errors: Fail EVENT_INVALID, EVENT_UNKNOWN.
#pragma once

#include <jackfield/plugin.hpp>

#include <optional>
#include <string>
#include <vector>

namespace billing {

struct NotifyIn {
  std::vector<jackfield::Any> events;
  std::optional<std::string> service, msisdn, old_msisdn, new_msisdn, imsi, iccid;
  jackfield::Any account, customer, product, tariff;
  std::int64_t at = 0;
  JF_FIELDS((events, "what to tell: {type, …} or a type; type with or without \"jackfield.billing.\"",
             jackfield::required),
            (service, "the order's flow"), (msisdn, "the line's number now"), (old_msisdn, "number-changed: before"),
            (new_msisdn, "number-changed: after; left out: msisdn"), imsi, iccid, account, customer, product, tariff,
            (at, "when it happened, Unix time in ms: instance.now", jackfield::required))
};

struct BillingEvent {
  std::string type;     // "jackfield.billing.number-changed"
  std::string subject;  // eleven digits
  std::string data;     // JSON
  [[nodiscard]] std::string short_type() const;
};

[[nodiscard]] std::vector<BillingEvent> events_of(const NotifyIn& in);

}  // namespace billing
