#include "flow/drawing.hpp"

#include "compiling.hpp"

namespace jackfield::flow::testing {
namespace {

Graph sample() {
  return graph(R"(
flow: t
name: 开户
acceptance:
  - a: stock.reserve
    name: 预占"资源"
    undo: {step: stock.release, name: 释放}
    on: {NO_STOCK: a}
  - await: choose
    within: 5m
    on_timeout: cancelled
construction:
  - switch: [{when: a.x < 1, do: [{reject: NO}]}]
finally: [{log: mail.send}]
)");
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(Drawing, ShowsPhasesNamesAndEveryKindOfEdgeInDot) {
  const auto dot = draw_dot(sample());
  EXPECT_TRUE(dot.starts_with("digraph \"t\" {\n"));
  EXPECT_TRUE(has(dot, "label=\"1.1 业务受理流程 acceptance\""));
  EXPECT_TRUE(has(dot, "label=\"finally\""));
  EXPECT_TRUE(has(dot, "n0 [shape=box, label=\"预占\\\"资源\\\"\\nstock.reserve\"")) << "quotes are escaped\n" << dot;
  EXPECT_TRUE(has(dot, "n0 -> n0 [label=\"NO_STOCK\", color=\"#c0392b\""));
  EXPECT_TRUE(has(dot, "n1 -> end_cancelled [label=\"TIMEOUT\", color=\"#d68910\""));
  EXPECT_TRUE(has(dot, "n0 -> u0 [label=\"\", color=\"#2471a3\", style=dashed"));
  EXPECT_TRUE(has(dot, "n2 -> n3 [label=\"a.x < 1\"]"));
  EXPECT_TRUE(has(dot, "n2 -> finish")) << "where no case holds";
  EXPECT_FALSE(has(dot, "n3 -> ")) << "a reject leads nowhere";
  EXPECT_TRUE(has(dot, "finish -> n4"));
}

TEST(Drawing, ShowsTheSameInMermaid) {
  const auto text = draw_mermaid(sample());
  EXPECT_TRUE(text.starts_with("flowchart TD\n"));
  EXPECT_TRUE(has(text, "n0[\"预占#quot;资源#quot;<br/>stock.reserve\"]")) << text;
  EXPECT_TRUE(has(text, "n0 -->|\"NO_STOCK\"| n0"));
  EXPECT_TRUE(has(text, "n0 -.-> u0"));
  EXPECT_TRUE(has(text, "n2 -->|\"a.x #lt; 1\"| n3"));
  EXPECT_TRUE(has(text, "linkStyle"));
}

}  // namespace
}  // namespace jackfield::flow::testing
