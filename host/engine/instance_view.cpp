#include "engine/instance_view.hpp"

#include "flow/decide.hpp"

#include <cstdio>
#include <ctime>

namespace jackfield::engine {

using flow::Status;
using flow::Value;

flow::State rebuild(const flow::Graph& graph, const std::string& id, const std::vector<store::JournalRow>& journal) {
  flow::State state;
  state.id = id;
  for (const auto& row : journal) {
    if (row.seq != state.events) {
      throw std::runtime_error("journal of " + id + ": found row " + std::to_string(row.seq) + ", expected row " +
                               std::to_string(state.events));
    }
    (void)flow::decide(graph, state, flow::decode(row.event.data(), row.event.size()));
  }
  return state;
}

std::string rfc3339(flow::TimePoint time) {
  const std::int64_t ms = time.time_since_epoch().count();
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(ms % 1000));
  return text;
}

namespace {

Value shown(const std::optional<flow::Ending>& ending) {
  if (!ending) return nullptr;
  return {{"code", ending->code}, {"text", ending->text}, {"step", ending->step}};
}

Value text_or_null(const std::string& text) { return text.empty() ? Value(nullptr) : Value(text); }

Value shown(const flow::HistoryEntry& entry) {
  Value line = {{"step", entry.step},       {"phase", entry.phase},     {"name", entry.name},
                {"state", entry.state},     {"attempt", entry.attempt}, {"at", rfc3339(entry.at)},
                {"took_us", entry.took_us}, {"node", entry.node}};
  if (!entry.code.empty()) line["code"] = entry.code;
  if (!entry.text.empty()) line["text"] = entry.text;
  if (!entry.version.empty()) line["plugin_version"] = entry.version;
  return line;
}

Value reason_held(const flow::Graph& graph, const flow::State& state) {
  for (const auto& token : state.tokens) {
    if (token.stand != flow::Token::Stand::held || token.dead) continue;
    const auto& node = graph.nodes.at(static_cast<std::size_t>(token.node));
    return {{"code", token.code}, {"text", token.text}, {"step", node.step.empty() ? node.id : node.step}};
  }
  return nullptr;
}

std::string awaited(const flow::Graph& graph, const flow::State& state) {
  for (const auto& token : state.tokens) {
    if (token.stand == flow::Token::Stand::awaiting) return graph.nodes.at(static_cast<std::size_t>(token.node)).event;
  }
  return {};
}

void collect(const Value& value, std::vector<std::string>& numbers) {
  if (value.is_array()) {
    for (const auto& item : value) collect(item, numbers);
    return;
  }
  if (!value.is_object()) return;
  for (const auto& [name, item] : value.items()) {
    if (!item.is_string()) {
      collect(item, numbers);
      continue;
    }
    if (!name.ends_with("msisdn")) continue;
    std::string number = item.get<std::string>();
    if (number.starts_with("+86")) number.erase(0, 3);
    else if (number.size() == 13 && number.starts_with("86")) number.erase(0, 2);
    if (!number.empty()) numbers.push_back(std::move(number));
  }
}

}  // namespace

Value show(const Definition& definition, const flow::State& state) {
  const bool waiting = state.status == Status::waiting;
  Value instance = {
      {"id", state.id},
      {"flow", definition.graph.flow},
      {"version", definition.version},
      {"key", text_or_null(state.key)},
      {"state", flow::to_string(state.status)},
      {"phase", text_or_null(state.phase)},
      {"step", text_or_null(state.step)},
      {"waiting_for", waiting ? text_or_null(awaited(definition.graph, state)) : Value(nullptr)},
      {"offers", waiting ? state.offers : Value(nullptr)},
      {"created_at", rfc3339(state.created_at)},
      {"updated_at", rfc3339(state.updated_at)},
      {"result", state.status == Status::completed ? state.result : Value(nullptr)},
      {"rejection", state.status == Status::rejected ? shown(state.rejection) : Value(nullptr)},
      {"failure", state.status == Status::failed ? shown(state.failure) : Value(nullptr)},
      {"held", state.status == Status::held ? reason_held(definition.graph, state) : Value(nullptr)},
  };
  Value history = Value::array();
  for (const auto& entry : state.history) history.push_back(shown(entry));
  instance["history"] = std::move(history);
  return instance;
}

std::vector<std::string> numbers_in(const Value& value) {
  std::vector<std::string> numbers;
  collect(value, numbers);
  return numbers;
}

}  // namespace jackfield::engine
