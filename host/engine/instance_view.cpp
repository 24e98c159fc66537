#include "engine/instance_view.hpp"

#include "engine/picture.hpp"
#include "engine/sink.hpp"
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

template <class Sink>
void text_or_null(Sink& out, const std::string& text) {
  if (text.empty()) out.null();
  else out.text(text);
}

template <class Sink>
void put_reason(Sink& out, std::string_view code, std::string_view step, std::string_view text) {
  out.open_map(3);
  out.key("code"), out.text(code);
  out.key("step"), out.text(step);
  out.key("text"), out.text(text);
  out.close_map();
}

template <class Sink>
void put(Sink& out, const std::optional<flow::Ending>& ending) {
  if (!ending) return out.null();
  put_reason(out, ending->code, ending->step, ending->text);
}

template <class Sink>
void put(Sink& out, const flow::HistoryEntry& entry) {
  out.open_map(8 + !entry.code.empty() + !entry.version.empty() + !entry.text.empty());
  out.key("at"), out.text(rfc3339(entry.at));
  out.key("attempt"), out.number(entry.attempt);
  if (!entry.code.empty()) out.key("code"), out.text(entry.code);
  out.key("name"), out.text(entry.name);
  out.key("node"), out.text(entry.node);
  out.key("phase"), out.text(entry.phase);
  if (!entry.version.empty()) out.key("plugin_version"), out.text(entry.version);
  out.key("state"), out.text(entry.state);
  out.key("step"), out.text(entry.step);
  if (!entry.text.empty()) out.key("text"), out.text(entry.text);
  out.key("took_us"), out.number(entry.took_us);
  out.close_map();
}

template <class Sink>
void put_reason_held(Sink& out, const flow::Graph& graph, const flow::State& state) {
  for (const auto& token : state.tokens) {
    if (token.stand != flow::Token::Stand::held || token.dead) continue;
    const auto& node = graph.nodes.at(static_cast<std::size_t>(token.node));
    return put_reason(out, token.code, node.step.empty() ? node.id : node.step, token.text);
  }
  out.null();
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

// The API's shape of an instance.
template <class Sink>
void put(Sink& out, const Definition& definition, const flow::State& state) {
  const bool waiting = state.status == Status::waiting;
  out.open_map(16);
  out.key("created_at"), out.text(rfc3339(state.created_at));
  out.key("failure"), put(out, state.status == Status::failed ? state.failure : std::nullopt);
  out.key("flow"), out.text(definition.graph.flow);
  out.key("held");
  if (state.status == Status::held) put_reason_held(out, definition.graph, state);
  else out.null();
  out.key("history"), out.open_list(state.history.size());
  for (const auto& entry : state.history) put(out, entry);
  out.close_list();
  out.key("id"), out.text(state.id);
  out.key("key"), text_or_null(out, state.key);
  out.key("offers"), out.value(waiting ? state.offers : Value());
  out.key("phase"), text_or_null(out, state.phase);
  out.key("rejection"), put(out, state.status == Status::rejected ? state.rejection : std::nullopt);
  out.key("result"), out.value(state.status == Status::completed ? state.result : Value());
  out.key("state"), out.text(flow::to_string(state.status));
  out.key("step"), text_or_null(out, state.step);
  out.key("updated_at"), out.text(rfc3339(state.updated_at));
  out.key("version"), out.number(definition.version);
  out.key("waiting_for"), text_or_null(out, waiting ? awaited(definition.graph, state) : std::string());
  out.close_map();
}

// Enough for most, so that the text is not moved while it grows.
std::size_t room_for(const flow::State& state) { return 768 + 288 * state.history.size(); }

}  // namespace

Value show(const Definition& definition, const flow::State& state) {
  TreeSink sink;
  put(sink, definition, state);
  return sink.take();
}

Value Picture::tree() const { return show(*definition_, *state_); }

std::string Picture::json() const {
  JsonSink sink(room_for(*state_));
  put(sink, *definition_, *state_);
  return sink.take();
}

std::string Picture::msgpack() const {
  MsgpackSink sink(room_for(*state_));
  put(sink, *definition_, *state_);
  return sink.take();
}

std::vector<std::string> numbers_in(const Value& value) {
  std::vector<std::string> numbers;
  collect(value, numbers);
  return numbers;
}

}  // namespace jackfield::engine
