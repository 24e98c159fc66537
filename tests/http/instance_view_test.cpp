// What people see of an instance is the same in every form: the bytes are those of the tree.
#include "engine/instance_view.hpp"

#include "engine/picture.hpp"

#include <gtest/gtest.h>

namespace jackfield::engine {
namespace {

using flow::Millis;
using flow::Status;
using flow::TimePoint;
using flow::Value;

flow::HistoryEntry line(const std::string& step, const std::string& text) {
  flow::HistoryEntry entry;
  entry.step = step;
  entry.name = "预付款";
  entry.node = "s1[0]";
  entry.phase = "construction";
  entry.state = "failed";
  entry.attempt = 70'000;
  entry.at = TimePoint{Millis{1'764'000'000'123}};
  entry.took_us = 5'000'000'000;
  entry.code = text.empty() ? "" : "REFUSED";
  entry.text = text;
  entry.version = "1.0.0+0123456789ab";
  return entry;
}

flow::State state_of(Status status) {
  flow::State state;
  state.id = "01JD0000000000000000000001";
  state.status = status;
  state.key = "quote \" and \\ back";
  state.step = "credit.check";
  state.result = {{"numbers", {1, -7, 2.5, nullptr}}, {"text", "开户 \x01"}};
  state.offers = Value::array({"a", {{"b", true}}});
  state.failure = flow::Ending{"CODE", "line\nbreak\t\x7f", "s1"};
  state.rejection = flow::Ending{"NO", "", ""};
  state.created_at = state.updated_at = TimePoint{Millis{1'764'000'000'000}};
  for (const char* text : {"", "plain", "a \"quote\"", "号码", "new\nline", "bad \xff byte", "\xe5\xbc"}) {
    state.history.push_back(line("credit.check", text));
  }
  for (int i = 0; i < 20; ++i) state.history.push_back(line("step" + std::to_string(i), std::string(i * 10, 'x')));
  return state;
}

TEST(InstanceView, IsTheSameAsTreeAsTextAndAsMsgpack) {
  flow::Graph graph;
  graph.flow = "open-account";
  const auto definition = std::make_shared<const Definition>(graph, 300);
  for (const Status status : {Status::running, Status::waiting, Status::completed, Status::rejected, Status::cancelled,
                              Status::failed, Status::held}) {
    const auto state = std::make_shared<const flow::State>(state_of(status));
    const Picture picture(definition, state);
    const Value tree = show(*definition, *state);
    EXPECT_EQ(tree.size(), 16U);
    EXPECT_EQ(picture.tree(), tree);
    EXPECT_EQ(picture.json(), tree.dump(-1, ' ', false, Value::error_handler_t::replace));
    const auto packed = Value::to_msgpack(tree);
    EXPECT_EQ(picture.msgpack(), std::string(packed.begin(), packed.end()));
  }
}

TEST(InstanceView, ShowsAnInstanceWithoutHistory) {
  const Picture picture(std::make_shared<const Definition>(flow::Graph{}, 1), std::make_shared<const flow::State>());
  EXPECT_EQ(Value::parse(picture.json()), picture.tree());
  EXPECT_EQ(Value::from_msgpack(picture.msgpack()), picture.tree());
  EXPECT_EQ(picture.tree().at("history"), Value::array());
}

}  // namespace
}  // namespace jackfield::engine
