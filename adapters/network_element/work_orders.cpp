#include "work_orders.hpp"

#include <jackfield/json.hpp>
#include <jackfield/plugin.hpp>

namespace network_element {
namespace {

constexpr std::string_view path = "/tmf-api/serviceOrdering/v4/serviceOrder";
constexpr std::string_view who = "the work-order system";

struct Characteristic {
  std::string name, value;
  JF_FIELDS(name, value)
};
struct Service {
  std::string name;
  std::vector<Characteristic> serviceCharacteristic;  // NOLINT: TMF641's own names from here on
  JF_FIELDS(name, serviceCharacteristic)
};
struct Item {
  std::string id = "1", action;
  Service service;
  JF_FIELDS(id, action, service)
};
struct Body {
  std::string externalId, category;
  std::vector<Item> serviceOrderItem;
  JF_FIELDS(externalId, category, serviceOrderItem)
};
struct Answer {
  std::string id, state;
  JF_FIELDS((id, "", jackfield::required), state)
};

}  // namespace

std::string WorkOrders::place(const WorkOrder& order, const jackfield::Context& ctx,
                              std::chrono::milliseconds timeout) {
  Body body{order.external_id, order.category, {Item{}}};
  Item& item = body.serviceOrderItem.front();
  item.action = order.category == "open-account" ? "add" : "modify";
  item.service.name = order.category;
  for (const auto& [name, value] : order.characteristics) item.service.serviceCharacteristic.push_back({name, value});
  const auto reply = jackfield::send_or_retry(client_, "POST", path, "application/json", jackfield::to_json(body),
                                              jackfield::time_for(ctx, timeout), who);
  jackfield::expect_success(reply, who);
  try {
    const auto answer = jackfield::from_json<Answer>(reply.body);
    if (!answer.id.empty()) return answer.id;
  } catch (const std::invalid_argument&) {  // NOLINT: said below
  }
  throw jackfield::Fail{"ANSWER_INVALID", std::string(who) + " answered no order, expected {\"id\",\"state\"}"};
}

void WorkOrders::cancel(std::string_view id, const jackfield::Context& ctx, std::chrono::milliseconds timeout) {
  const auto reply =
      jackfield::send_or_retry(client_, "PATCH", std::string(path) + "/" + jackfield::path_segment(id),
                               "application/json", R"({"state":"cancelled"})", jackfield::time_for(ctx, timeout), who);
  if (reply.status != 404) jackfield::expect_success(reply, who);
}

}  // namespace network_element
