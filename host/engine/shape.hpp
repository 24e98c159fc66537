// Whether an event has the shape that the await it would meet takes; checked before it is taken, so that nothing of a
// wrong shape can end an order.
//
// An await says it by `body:`, a JSON Schema. One that shows offers waits for a choice, which is made of the order's own
// members. Members that only address the event (`id`, `correlation`) are let pass.
//
// Thread rule: the engine's thread.
#pragma once

#include "engine/catalog.hpp"
#include "engine/live.hpp"
#include "flow/order_schema.hpp"

#include <cstdint>
#include <vector>

namespace jackfield::engine {

/// Empty where the token's await takes it, or says nothing of it.
[[nodiscard]] std::vector<flow::OrderSchema::Problem> misshapen(const Live& live, std::uint32_t token,
                                                                const flow::Value& body, const Catalog& catalog);

/// 422 that names every member.
[[nodiscard]] Reply refuse_shape(const std::vector<flow::OrderSchema::Problem>& found, bool choice);

}  // namespace jackfield::engine
