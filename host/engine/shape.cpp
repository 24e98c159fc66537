#include "engine/shape.hpp"

#include "engine/intake.hpp"

namespace jackfield::engine {

std::vector<flow::OrderSchema::Problem> misshapen(const Live& live, std::uint32_t token, const flow::Value& body,
                                                  const Catalog& catalog) {
  const auto* at = live.state.find(token);
  if (at == nullptr) return {};
  if (const auto own = live.definition->bodies.find(at->node); own != live.definition->bodies.end()) {
    const auto& schema = live.definition->graph.nodes[static_cast<std::size_t>(at->node)].body;
    const auto named = schema.value("properties", flow::Value::object());
    flow::Value bare = body;
    for (const char* address : {"id", "correlation"}) {
      if (!named.contains(address)) bare.erase(address);
    }
    return own->second.check(bare);
  }
  const bool choice = !live.state.offers.is_null() && live.state.offers_token == token;
  const auto order = choice ? catalog.schema(live.row.flow) : nullptr;
  return order ? order->check_members(body) : std::vector<flow::OrderSchema::Problem>();
}

Reply refuse_shape(const std::vector<flow::OrderSchema::Problem>& found, bool choice) {
  if (choice) return invalid(found, "INVALID_CHOICE", " not as the flow's schema asks; nothing was chosen");
  return invalid(found, "INVALID_EVENT", " not as the flow asks of this event; nothing was done");
}

}  // namespace jackfield::engine
