#include "engine/instance_view.hpp"

#include "flow/decide.hpp"

#include <chrono>
#include <utility>

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
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  std::string text = "0000-00-00T00:00:00.000Z";
  const auto put = [&](std::size_t end, std::int64_t number, std::size_t digits) {
    for (; digits > 0; --digits, number /= 10) text[--end] = static_cast<char>('0' + number % 10);
  };
  put(4, static_cast<int>(date.year()), 4);
  put(7, static_cast<unsigned>(date.month()), 2);
  put(10, static_cast<unsigned>(date.day()), 2);
  put(13, clock.hours().count(), 2);
  put(16, clock.minutes().count(), 2);
  put(19, clock.seconds().count(), 2);
  put(23, clock.subseconds().count(), 3);
  return text;
}

namespace {

Value shown(const std::optional<flow::Ending>& ending) {
  if (!ending) return nullptr;
  return {{"code", ending->code}, {"text", ending->text}, {"step", ending->step}};
}

Value text_or_null(const std::string& text) { return text.empty() ? Value(nullptr) : Value(text); }

// An object made member by member in the order of their names, as it stands in memory: a braced list of pairs makes a
// list of lists first, which for a history of twenty lines was a tenth of the host's work.
class Sorted {
 public:
  template <class Member>
  Sorted& add(const char* name, Member&& member) {
    members_.emplace_hint(members_.end(), name, std::forward<Member>(member));
    return *this;
  }
  Value take() { return Value(std::move(members_)); }

 private:
  Value::object_t members_;
};

Value shown(const flow::HistoryEntry& entry) {
  Sorted line;
  line.add("at", rfc3339(entry.at)).add("attempt", entry.attempt);
  if (!entry.code.empty()) line.add("code", entry.code);
  line.add("name", entry.name).add("node", entry.node).add("phase", entry.phase);
  if (!entry.version.empty()) line.add("plugin_version", entry.version);
  line.add("state", entry.state).add("step", entry.step);
  if (!entry.text.empty()) line.add("text", entry.text);
  return line.add("took_us", entry.took_us).take();
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
  Value::array_t history;
  history.reserve(state.history.size());
  for (const auto& entry : state.history) history.push_back(shown(entry));
  return Sorted()
      .add("created_at", rfc3339(state.created_at))
      .add("failure", state.status == Status::failed ? shown(state.failure) : Value(nullptr))
      .add("flow", definition.graph.flow)
      .add("held", state.status == Status::held ? reason_held(definition.graph, state) : Value(nullptr))
      .add("history", std::move(history))
      .add("id", state.id)
      .add("key", text_or_null(state.key))
      .add("offers", waiting ? state.offers : Value(nullptr))
      .add("phase", text_or_null(state.phase))
      .add("rejection", state.status == Status::rejected ? shown(state.rejection) : Value(nullptr))
      .add("result", state.status == Status::completed ? state.result : Value(nullptr))
      .add("state", flow::to_string(state.status))
      .add("step", text_or_null(state.step))
      .add("updated_at", rfc3339(state.updated_at))
      .add("version", definition.version)
      .add("waiting_for", waiting ? text_or_null(awaited(definition.graph, state)) : Value(nullptr))
      .take();
}

std::vector<std::string> numbers_in(const Value& value) {
  std::vector<std::string> numbers;
  collect(value, numbers);
  return numbers;
}

}  // namespace jackfield::engine
