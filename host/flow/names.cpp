#include "flow/fold.hpp"

namespace jackfield::flow {

namespace {

const Value* member(const std::map<std::string, Value>& data, const std::string& name) {
  const auto at = data.find(name);
  return at == data.end() ? nullptr : &at->second;
}

Value describe(const Graph& graph, const State& state, TimePoint now) {
  Value instance = {{"id", state.id}, {"flow", graph.flow}, {"name", graph.name}, {"key", state.key},
                    {"phase", state.phase}, {"created_at", state.created_at.time_since_epoch().count()},
                    {"now", now.time_since_epoch().count()}};
  if (ended(state.status)) {
    instance["outcome"] = to_string(state.status);
    instance["ended_at"] = state.updated_at.time_since_epoch().count();
  }
  const auto& ending = state.rejection ? state.rejection : state.failure;
  if (ending) instance["code"] = ending->code;
  return instance;
}

}  // namespace

const Value* Fold::look_up(const Node& node, const Token* token, std::string_view name) {
  if (name == "order") return &state_.order;
  if (name == "instance") {
    if (instance_.is_null()) instance_ = describe(graph_, state_, now_);
    return &instance_;
  }
  const std::string full = graph_.scopes.at(static_cast<std::size_t>(node.scope)).prefix + std::string(name);
  if (token != nullptr && !token->item.empty()) {
    if (const Value* value = member(state_.data, full + token->item)) return value;
  }
  if (const Value* value = member(state_.data, full)) return value;
  if (name == "input" && node.scope == 0) return &state_.order;
  return name == "error" ? member(state_.data, "error") : nullptr;
}

Lookup Fold::names(const Node& node, const Token* token) {
  return [this, &node, token](std::string_view name) { return look_up(node, token, name); };
}

Value& Fold::output(const Node& node, const Token& token) {
  return state_.data[token.item.empty() ? node.id : node.id + token.item];
}

}  // namespace jackfield::flow
