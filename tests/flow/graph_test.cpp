#include "flow/graph.hpp"

#include "compiling.hpp"
#include "flow/duration.hpp"
#include "flow/sha256.hpp"

namespace jackfield::flow::testing {
namespace {

const char* const everything = R"(
flow: t
name: 全部
key: order.channel
ingress: 提交
cancel_until: construction
durability: none
order: {extends: ../schema/order.yaml}
acceptance:
  - a: typed.step
    name: 甲
    with: {id: order.channel, where: {city: "'北京'"}}
    undo: {step: stock.release, name: 退, with: {x: output.y}}
    verify: pure.look
    retry: {attempts: 3, first: 1s, most: 2s}
    timeout: 3s
    on: {NO: {when: order.channel == 'web', to: a, forget: [a.msisdn]}, '*': w}
  - await: w
    correlation: order.channel
    within: 5m
    offers: {list: [1, a.msisdn]}
    on_timeout: b
  - goto: a
    when: w.again
    forget: [w]
construction:
  - parallel: [[{b1: pure.look}], [{b2: mail.send, detach: true, give_up: 1d}]]
  - b: stock.reserve
  - each: w.items
    as: one
    do: [{e: pure.look, with: {x: one.y}}]
  - sub-flow: inner
  - switch: [{when: b.x, do: [{reject: NO, text: 不行}]}, {when: b.y, do: [{hold: H}]}, {else: [{fail: F, when: b.z}]}]
result: {x: inner.y}
finally: [{last: pure.look}]
)";
const std::map<std::string, std::string> inner{{"flows/inner.yaml", "flow: inner\nsteps: [{x: pure.look}]\nresult: {y: x.y}\n"}};

TEST(Graph, IsTheSameAfterItsSerialisedForm) {
  const auto made = graph(everything, inner);
  const auto bytes = Value::to_msgpack(made.serialise());
  const auto again = Graph::deserialise(Value::from_msgpack(bytes));
  EXPECT_EQ(again.serialise(), made.serialise());
  EXPECT_EQ(again.hash, made.hash);
  EXPECT_EQ(Value::to_msgpack(again.serialise()), bytes) << "to the byte: the hash is made of them";
  ASSERT_EQ(again.nodes.size(), made.nodes.size());
  const auto& a = node(again, "a");
  EXPECT_EQ(a.undo_name, "退");
  EXPECT_EQ(a.retry.first, Millis{1000});
  EXPECT_EQ(a.on.at(0).forget, std::vector<std::string>{"a.msisdn"});
  EXPECT_EQ(a.verify, "pure.look");
  EXPECT_EQ(node(again, "w").on_timeout, index(again, "b"));
  EXPECT_FALSE(again.durable);
  EXPECT_EQ(again.finally, index(again, "last"));
  EXPECT_EQ(again.scopes.size(), 2U);
  EXPECT_FALSE(again.order_schema.is_null());
}

TEST(Graph, HasAHashThatTellsDefinitionsApart) {
  const auto made = graph(everything, inner);
  EXPECT_EQ(graph(everything, inner).hash, made.hash) << "the same text, the same hash";
  EXPECT_EQ(graph("# a remark\n" + std::string(everything), inner).hash, made.hash) << "remarks decide nothing";
  std::string other = everything;
  other.replace(other.find("attempts: 3"), 11, "attempts: 4");
  EXPECT_NE(graph(other, inner).hash, made.hash) << "what decides an instance's way is in the hash";
}

TEST(Graph, KeepsTheHashOfATinyFlowForEver) {
  EXPECT_EQ(graph("flow: t\nsteps: [{a: pure.look}]\n").serialise().dump(),
            R"({"entry":0,"exact_undo":true,"flow":"t","form":1,"nodes":[{"id":"a","kind":"step","pure":true,)"
            R"("retry":{"attempts":1,"first":100,"most":30000},"step":"pure.look","timeout":5000}],"scopes":[{}]})")
      << "stored definitions are found by the hash of this form: it never changes";
}

TEST(Graph, ADefinitionStoredBeforeUndoWasExactKeepsItsMeaning) {
  Value stored = graph("flow: t\nsteps: [{a: pure.look}]\n").serialise();
  stored.erase("exact_undo");
  EXPECT_FALSE(Graph::deserialise(stored).exact_undo);
}

TEST(Graph, RefusesWhatLeadsNowhere) {
  const auto made = graph(everything, inner).serialise();
  const auto refusal = [&](const char* pointer, const Value& value) -> std::string {
    Value broken = made;
    broken[Value::json_pointer(pointer)] = value;
    try {
      (void)Graph::deserialise(broken);
      return "accepted";
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  };
  EXPECT_EQ(refusal("/form", 2), "graph.form: found 2, expected 1; the definition was made by another version of the host");
  EXPECT_NE(refusal("/nodes/0/next", 99).find("a.next: found 99, expected less than"), std::string::npos);
  EXPECT_NE(refusal("/nodes/0/next", -5).find("a.next"), std::string::npos);
  EXPECT_NE(refusal("/nodes/0/scope", 7).find("a.scope"), std::string::npos);
  EXPECT_EQ(refusal("/nodes/0/kind", "dance"), "graph.nodes[0].kind: found 'dance', expected a kind of node this host knows");
  EXPECT_NE(refusal("/nodes/0/when", "a ==").find("graph.nodes[0].when"), std::string::npos);
  EXPECT_NE(refusal("/nodes/0/timeout", "x").find("graph.nodes[0].timeout"), std::string::npos);
  EXPECT_NE(refusal("/nodes", 3).find("graph.nodes: expected a list"), std::string::npos);
}

TEST(Sha256, GivesTheStandardsOwnVectors) {
  const auto hash = [](const std::string& text) { return sha256(text.data(), text.size()); };
  EXPECT_EQ(hash(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1") << "FIPS 180-4: two blocks";
  EXPECT_EQ(hash(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Duration, ReadsWholeNumbersWithAUnit) {
  EXPECT_EQ(parse_duration("500ms"), Millis{500});
  EXPECT_EQ(parse_duration("5s"), Millis{5000});
  EXPECT_EQ(parse_duration("30m"), Millis{1'800'000});
  EXPECT_EQ(parse_duration("24h"), Millis{86'400'000});
  EXPECT_EQ(parse_duration("90d"), Millis{7'776'000'000});
  for (const char* text : {"", "5", "s", "5 s", "-5s", "1.5s", "5sec", "99999999999d", "99999999999999999999s", "5S"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
  EXPECT_EQ(duration_of(Value(1500)), Millis{1500});
  EXPECT_EQ(duration_of(Value("2s")), Millis{2000});
  EXPECT_EQ(duration_of(Value(-1)), std::nullopt);
  EXPECT_EQ(duration_of(Value(1.5)), std::nullopt);
}

}  // namespace
}  // namespace jackfield::flow::testing
