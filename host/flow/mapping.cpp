#include "flow/expression.hpp"

#include <algorithm>
#include <stdexcept>

namespace jackfield::flow {

Mapping Mapping::of(Expression expression) {
  Mapping mapping;
  mapping.expression_ = std::make_shared<const Expression>(std::move(expression));
  return mapping;
}

Mapping Mapping::map(std::vector<std::pair<std::string, Mapping>> members) {
  Mapping mapping;
  mapping.map_ = true;
  mapping.members_ = std::move(members);
  std::sort(mapping.members_.begin(), mapping.members_.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return mapping;
}

Mapping Mapping::list(std::vector<Mapping> items) {
  Mapping mapping;
  mapping.list_ = true;
  mapping.items_ = std::move(items);
  return mapping;
}

Value Mapping::evaluate(const Lookup& lookup) const {
  if (expression_) return expression_->evaluate(lookup);
  if (list_) {
    Value list = Value::array();
    for (const auto& item : items_) list.push_back(item.evaluate(lookup));
    return list;
  }
  if (!map_) return nullptr;
  Value map = Value::object();
  auto& written = map.get_ref<Value::object_t&>();
  for (const auto& [name, member] : members_) {  // in the order of their names
    Value value = member.evaluate(lookup);
    if (!value.is_null()) written.emplace_hint(written.end(), name, std::move(value));
  }
  return map;
}

std::vector<std::string> Mapping::names() const {
  std::vector<std::string> names;
  const auto add = [&](const std::vector<std::string>& more) {
    for (const auto& name : more) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  };
  if (expression_) add(expression_->names());
  for (const auto& item : items_) add(item.names());
  for (const auto& [name, member] : members_) add(member.names());
  return names;
}

Value Mapping::serialise() const {
  if (expression_) return expression_->serialise();
  if (list_) {
    Value list = Value::array();
    for (const auto& item : items_) list.push_back(item.serialise());
    return Value{{"list", std::move(list)}};
  }
  if (!map_) return nullptr;
  Value map = Value::object();
  for (const auto& [name, member] : members_) map[name] = member.serialise();
  return Value{{"map", std::move(map)}};
}

Mapping Mapping::deserialise(const Value& value) {
  if (value.is_null()) return {};
  if (value.is_object() && value.size() == 1 && value.contains("map") && value.at("map").is_object()) {
    std::vector<std::pair<std::string, Mapping>> members;
    for (const auto& [name, member] : value.at("map").items()) members.emplace_back(name, deserialise(member));
    return map(std::move(members));
  }
  if (value.is_object() && value.size() == 1 && value.contains("list") && value.at("list").is_array()) {
    std::vector<Mapping> items;
    for (const auto& item : value.at("list")) items.push_back(deserialise(item));
    return list(std::move(items));
  }
  return of(Expression::deserialise(value));
}

}  // namespace jackfield::flow
