// The work-order system: TMF641 service orders over HTTP. An order is known there by its externalId, our instance id:
// placed again it is the same order.
//
// Thread rule: any thread. Errors: those of http_answer.hpp, Fail ANSWER_INVALID.
#pragma once

#include <jackfield/http_answer.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace network_element {

struct WorkOrder {
  std::string external_id, category;
  std::vector<std::pair<std::string, std::string>> characteristics;  // name, value: "msisdn", "13800138000"
};

class WorkOrders {
 public:
  explicit WorkOrders(const std::string& url) : client_(url) {}

  /// Places it and returns the id it has there.
  std::string place(const WorkOrder& order, const jackfield::Context& ctx, std::chrono::milliseconds timeout);
  /// Cancels it; one that is not there counts as cancelled.
  void cancel(std::string_view id, const jackfield::Context& ctx, std::chrono::milliseconds timeout);

 private:
  jackfield::HttpClient client_;
};

}  // namespace network_element
