#include "billing_event.hpp"

#include <jackfield/cloud_event.hpp>
#include <jackfield/telecom/msisdn.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace billing {
namespace {

constexpr std::string_view prefix = "jackfield.billing.";
constexpr std::array<std::string_view, 3> known = {"subscriber-opened", "number-changed", "card-replaced"};
constexpr std::size_t events_most = 16;

/// What an event may say for itself; the rest comes from the step's input.
struct Told {
  std::string type;
  std::optional<std::string> msisdn, old_msisdn, new_msisdn, imsi, iccid;
  JF_FIELDS((type, "", jackfield::required), msisdn, old_msisdn, new_msisdn, imsi, iccid)
};

Told read(const jackfield::Any& event) {
  const std::string json = event.json();
  if (json.starts_with('"')) return {event.as<std::string>(), {}, {}, {}, {}, {}};
  try {
    return event.as<Told>();
  } catch (const std::invalid_argument& error) {
    throw jackfield::Fail{"EVENT_INVALID", std::string("an event is {type, …} or a type: ") + error.what()};
  }
}

std::optional<std::string> national(const std::optional<std::string>& first, const std::optional<std::string>& second) {
  const auto& found = first ? first : second;
  if (!found || found->empty()) return {};
  auto digits = jackfield::telecom::Msisdn::national(*found);
  if (digits.size() != 11 || digits.find_first_not_of("0123456789") != std::string::npos) {
    throw jackfield::Fail{"EVENT_INVALID", "found a number of " + std::to_string(found->size()) +
                                               " characters, expected eleven digits, with or without 86 before them"};
  }
  return digits;
}

const std::string& needed(const std::optional<std::string>& number, std::string_view type, std::string_view name) {
  if (number) return *number;
  throw jackfield::Fail{"EVENT_INVALID",
                        std::string(type) + " lacks " + std::string(name) + ": give it in the flow's with"};
}

BillingEvent make(const NotifyIn& in, const Told& told) {
  std::string_view type = told.type;
  if (type.starts_with(prefix)) type.remove_prefix(prefix.size());
  if (std::find(known.begin(), known.end(), type) == known.end()) {
    throw jackfield::Fail{"EVENT_UNKNOWN", "found event type '" + told.type +
                                               "', expected subscriber-opened, number-changed or card-replaced"};
  }
  auto msisdn = national(told.msisdn, in.msisdn);
  const auto old_msisdn = national(told.old_msisdn, in.old_msisdn);
  auto new_msisdn = national(told.new_msisdn, in.new_msisdn);
  if (type == "number-changed") {
    if (!new_msisdn) new_msisdn = msisdn;
    msisdn = needed(new_msisdn, type, "new_msisdn");
    needed(old_msisdn, type, "old_msisdn");
  }
  jackfield::EventData data;
  data.add("service", in.service).add("msisdn", msisdn).add("old_msisdn", old_msisdn).add("new_msisdn", new_msisdn);
  data.add("imsi", told.imsi ? told.imsi : in.imsi).add("iccid", told.iccid ? told.iccid : in.iccid);
  data.add("account", in.account).add("customer", in.customer).add("product", in.product).add("tariff", in.tariff);
  return {std::string(prefix) + std::string(type), needed(msisdn, type, "msisdn"), data.json()};
}

}  // namespace

std::string BillingEvent::short_type() const { return type.substr(prefix.size()); }

std::vector<BillingEvent> events_of(const NotifyIn& in) {
  if (in.events.empty() || in.events.size() > events_most) {
    throw jackfield::Fail{"EVENT_INVALID", "found " + std::to_string(in.events.size()) + " events, expected 1 to " +
                                               std::to_string(events_most)};
  }
  std::vector<BillingEvent> events;
  for (const auto& event : in.events) {
    events.push_back(make(in, read(event)));
    const auto same = [&](const BillingEvent& other) { return other.type == events.back().type; };
    if (std::count_if(events.begin(), events.end(), same) > 1) {
      throw jackfield::Fail{"EVENT_INVALID", "found " + events.back().type + " twice, expected each type once"};
    }
  }
  return events;
}

}  // namespace billing
