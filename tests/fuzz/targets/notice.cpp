// What the adapters write for billing (CloudEvents) and statistics (line protocol), of whatever an order holds.
//
// Input: JSON {"billing": {what billing.notify is given}, "point": {an order's figures}}. Promised: refused whole, or
// written so that the other side reads exactly what was meant: valid JSON with the event's type and subject; one line,
// whose tags and fields are what they were.
#include "harness.hpp"

#include "billing/billing_event.hpp"
#include "statistics/point.hpp"

#include <jackfield/cloud_event.hpp>
#include <jackfield/error.hpp>
#include <jackfield/json.hpp>

#include <nlohmann/json.hpp>

namespace jackfield::fuzz {
namespace {

using Json = nlohmann::json;

void billing_events(const std::string& json) {
  billing::NotifyIn in;
  try {
    in = from_json<billing::NotifyIn>(json);
  } catch (const std::invalid_argument&) {
    return;
  }
  try {
    for (const auto& event : billing::events_of(in)) {
      const auto text = to_json(CloudEvent{"K", event.type, event.subject, event_time(in.at), event.data});
      const auto read = Json::parse(text, nullptr, false);
      require(!read.is_discarded(), "an event is JSON", text);
      require(read["type"] == event.type && read["subject"] == event.subject && read["specversion"] == "1.0",
              "an event says what was meant", text);
      require(read["data"].is_object() && event.subject.size() == 11, "it has data and a subject of eleven digits",
              text);
    }
  } catch (const Failure&) {  // refused whole
  }
}

/// InfluxDB's reading of text that ends at the first of `ends` not behind a backslash.
std::string unescaped(std::string_view& line, std::string_view ends, std::string_view escaped) {
  std::string text;
  while (!line.empty() && ends.find(line[0]) == std::string_view::npos) {
    if (line[0] == '\\' && line.size() > 1 && escaped.find(line[1]) != std::string_view::npos) line.remove_prefix(1);
    text += line[0];
    line.remove_prefix(1);
  }
  return text;
}

/// What a tag becomes where line protocol cannot say it.
std::string sayable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    if (c == '\\') c = '/';
  }
  return text.empty() ? "-" : text;
}

void point(const Json& given) {
  const auto text = [&given](const char* name) {
    const auto found = given.find(name);
    return found != given.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto number = [&given](const char* name) {
    const auto found = given.find(name);
    return found != given.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
  };
  const std::string order = text("order"), service = text("service"), channel = text("channel"),
                    outcome = text("outcome");
  statistics::Point one{order, service, channel, outcome, number("fee_fen"), number("started_at"), number("ended_at")};
  if (one.ended_at_ms <= 0 || one.ended_at_ms > 9'000'000'000'000) return;  // as the step refuses it
  const std::string whole = statistics::line(one);
  require(whole.find_first_of("\r\n") == std::string::npos, "a point is one line", whole);
  std::string_view line = whole;
  require(line.starts_with("orders,"), "its measurement", whole);
  line.remove_prefix(6);
  for (const auto& [name, value] : {std::pair("service", service), {"channel", channel}, {"outcome", outcome}}) {
    require(line.starts_with(','), "a tag follows", whole);
    line.remove_prefix(1);
    require(unescaped(line, "=, ", "=, ") == name && line.starts_with('='), "its tags", whole);
    line.remove_prefix(1);
    require(unescaped(line, "=, ", "=, ") == sayable(value), "a tag says what was meant", whole);
  }
  const std::string fields = " count=1i,fee_fen=" + std::to_string(one.fee_fen) + "i,duration_ms=";
  require(line.starts_with(fields), "its fields", whole);
  line.remove_prefix(line.find(",order=\"") + 8);
  std::string said = order;
  for (char& c : said) c = static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  require(unescaped(line, "\"", "\"\\") == said && line.starts_with("\" "), "the order's id is what it was", whole);
}

}  // namespace
}  // namespace jackfield::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield;
  const auto given = fuzz::Json::parse(data, data + size, nullptr, false);
  if (!given.is_object()) return 0;
  if (const auto found = given.find("billing"); found != given.end()) fuzz::billing_events(found->dump());
  if (const auto found = given.find("point"); found != given.end() && found->is_object()) fuzz::point(*found);
  return 0;
}
