// The counter where requests are looked at before they reach the engine, the same for every ingress.
//
// Checks what needs no state: an order against its flow's schema, names, keys, waits. What passes is a Request as
// Client::ask() takes it; what does not is a problem, and nothing was started.
//
// Thread rule: const after construction; any thread, as far as the Viewer given allows it. Texts never repeat values.
#pragma once

#include "engine/gate.hpp"
#include "engine/view.hpp"
#include "flow/order_schema.hpp"

#include <chrono>
#include <string>
#include <variant>

namespace jackfield::engine {

inline constexpr std::chrono::seconds wait_most{300};

using Checked = std::variant<Request, Reply>;

/// An event addressed to an instance (`id`), or to whoever waits for `correlation`; then the body may name correlation
/// and event_id (as `id`) where the call does not.
struct EventCall {
  std::string id, correlation, name, event_id;
  flow::Value body;  // object, or null for none
  std::chrono::milliseconds wait{0};
};

class Intake {
 public:
  /// `viewer` must outlive this.
  explicit Intake(Viewer& viewer) : viewer_(&viewer) {}

  /// 422 with every invalid field where the order fails its schema. A member that is null counts as left out.
  [[nodiscard]] Checked start(std::string flow, const flow::Value& order, std::string key,
                              std::chrono::milliseconds wait) const;
  [[nodiscard]] Checked event(EventCall call) const;
  /// get, cancel, retry, replay, flow, reload_plugin, release_plugin: what is named by one id.
  [[nodiscard]] Checked named(Op op, std::string id, std::chrono::milliseconds wait = {}) const;

 private:
  Viewer* viewer_;
};

/// 422 with every member that is not as a schema asks; `what` says of what, and what was not done.
[[nodiscard]] Reply invalid(const std::vector<flow::OrderSchema::Problem>& found, std::string code, const char* what);
/// 422 with one `errors` member.
[[nodiscard]] Reply invalid(std::string path, std::string message);

}  // namespace jackfield::engine
