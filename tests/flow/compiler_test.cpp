// A flow's text in, its graph out; and why that graph is the right one.
#include "compiling.hpp"

namespace jackfield::flow::testing {
namespace {

const Lookup nothing = [](std::string_view) -> const Value* { return nullptr; };

TEST(Compiler, MakesASequenceOfStepsThatFollowEachOther) {
  const auto flow = graph(R"(
flow: t
name: 开户
steps:
  - look: pure.look
    name: 看
  - reserve: stock.reserve
)");
  EXPECT_EQ(flow.flow, "t");
  EXPECT_EQ(flow.name, "开户");
  ASSERT_EQ(flow.nodes.size(), 2U);
  EXPECT_EQ(flow.entry, 0);
  EXPECT_EQ(flow.nodes[0].name, "看");
  EXPECT_EQ(flow.nodes[0].next, 1);
  EXPECT_EQ(flow.nodes[1].next, no_node) << "the end of the flow";
  EXPECT_TRUE(flow.nodes[0].pure);
  EXPECT_TRUE(flow.nodes[1].idempotent);
  EXPECT_EQ(flow.hash.size(), 64U);
}

TEST(Compiler, ChainsThePhasesAndRemembersThem) {
  const auto flow = graph(R"(
flow: t
cancel_until: construction
acceptance:
  - a: pure.look
construction:
  - b: pure.look
completion:
  - c: pure.look
)");
  EXPECT_EQ(node(flow, "a").phase, "acceptance");
  EXPECT_EQ(node(flow, "a").next, index(flow, "b")) << "phases follow each other without a gap";
  EXPECT_EQ(node(flow, "b").phase, "construction");
  EXPECT_EQ(node(flow, "b").next, index(flow, "c"));
  EXPECT_EQ(flow.cancel_until, "construction");
}

TEST(Compiler, BakesInDefaultsOfTheStepAndTheFlowsOwnWords) {
  const auto flow = graph(R"(
flow: t
steps:
  - usual: typed.step
    with: {id: order.id}
  - own: typed.step
    with: {id: order.id}
    retry: {attempts: 3, first: 1s, most: 2m}
    timeout: 500ms
  - notice: typed.step
    with: {id: order.id}
    detach: true
    retry: 9
)");
  const auto& usual = node(flow, "usual");
  EXPECT_EQ(usual.retry.attempts, 5) << "as the catalog says";
  EXPECT_EQ(usual.timeout, Millis{5000});
  EXPECT_EQ(usual.give_up, Millis{0}) << "only a detached step is tried beyond its retries";
  const auto& own = node(flow, "own");
  EXPECT_EQ(own.retry.attempts, 3);
  EXPECT_EQ(own.retry.first, Millis{1000});
  EXPECT_EQ(own.retry.most, Millis{120'000});
  EXPECT_EQ(own.timeout, Millis{500});
  const auto& notice = node(flow, "notice");
  EXPECT_TRUE(notice.detach);
  EXPECT_EQ(notice.retry.attempts, 9);
  EXPECT_EQ(notice.give_up, Millis{72 * 3'600'000});
}

TEST(Compiler, LeadsErrorsToNodesForwardAndBack) {
  const auto flow = graph(R"(
flow: t
steps:
  - offer: pure.look
  - reserve: stock.reserve
    on:
      '*': giving_up
      NO_STOCK: offer
      NUMBER_TAKEN:
        - {when: order.msisdn == nil, to: offer, forget: [offer.numbers]}
        - giving_up
  - giving_up: pure.look
)");
  const auto& on = node(flow, "reserve").on;
  ASSERT_EQ(on.size(), 4U);
  EXPECT_EQ(on[0].code, "NO_STOCK");
  EXPECT_EQ(on[0].target, index(flow, "offer")) << "an edge may lead back";
  EXPECT_EQ(on[1].when.source(), "order.msisdn == nil");
  EXPECT_EQ(on[1].forget, std::vector<std::string>{"offer.numbers"});
  EXPECT_EQ(on[2].target, index(flow, "giving_up")) << "the second edge of a code is tried when the first does not hold";
  EXPECT_EQ(on[3].code, "*") << "any code comes last, wherever it is written";
}

TEST(Compiler, GivesUndoItsOwnInputAndName) {
  const auto flow = graph(R"(
flow: t
steps:
  - charge: pay.charge
    undo: {step: pay.refund, name: 退费, with: {payment: output.payment, of: input.key}}
  - again: pay.charge
    undo: pay.refund
)");
  EXPECT_EQ(node(flow, "charge").undo, "pay.refund");
  EXPECT_EQ(node(flow, "charge").undo_name, "退费");
  EXPECT_FALSE(node(flow, "charge").undo_with.empty());
  EXPECT_EQ(node(flow, "again").undo, "pay.refund");
  EXPECT_TRUE(node(flow, "again").undo_with.empty()) << "then it is given input and output";
}

TEST(Compiler, MakesAnAwaitWithItsTimeLimit) {
  const auto flow = graph(R"(
flow: t
steps:
  - await: choose
    within: setting.stock.hold
    offers: {numbers: order.numbers}
    on_timeout: cancelled
  - await: pending-completion
    correlation: instance.id
    within: 24h
    on_timeout: late
  - await: third-event
    id: third
    within: order.patience
  - late: pure.look
)");
  const auto& choose = node(flow, "choose");
  EXPECT_EQ(choose.event, "choose");
  EXPECT_EQ(choose.within.evaluate(nothing), 1'800'000) << "the setting is baked in, in milliseconds";
  EXPECT_EQ(choose.timeout_state, "cancelled");
  EXPECT_FALSE(choose.offers.empty());
  const auto& receipt = node(flow, "pending_completion");
  EXPECT_EQ(receipt.within.evaluate(nothing), 86'400'000);
  EXPECT_EQ(receipt.on_timeout, index(flow, "late"));
  EXPECT_EQ(receipt.timeout_state, "");
  EXPECT_EQ(node(flow, "third").within.source(), "order.patience");
  EXPECT_EQ(node(flow, "third").timeout_state, "held") << "a time limit without a way on needs a person";
}

TEST(Compiler, JoinsTheCasesOfASwitch) {
  const auto flow = graph(R"(
flow: t
steps:
  - switch:
      - when: order.kind == 'a'
        do: [{a: pure.look}]
      - when: order.kind == 'b'
        do: []
      - else: [{c: pure.look}]
  - after: pure.look
)");
  const auto& choice = flow.nodes[0];
  EXPECT_EQ(choice.kind, NodeKind::choice);
  ASSERT_EQ(choice.branches.size(), 3U);
  EXPECT_EQ(choice.branches[0].target, index(flow, "a"));
  EXPECT_EQ(choice.branches[1].target, index(flow, "after")) << "an empty case goes straight on";
  EXPECT_TRUE(choice.branches[2].when.empty());
  EXPECT_EQ(choice.branches[2].target, index(flow, "c"));
  EXPECT_EQ(node(flow, "a").next, index(flow, "after"));
  EXPECT_EQ(node(flow, "c").next, index(flow, "after"));
  EXPECT_EQ(choice.next, index(flow, "after")) << "where no case holds";
}

TEST(Compiler, ForksAndJoinsAParallel) {
  const auto flow = graph(R"(
flow: t
steps:
  - parallel:
      - [{a: pure.look}, {b: pure.look}]
      - - c: pure.look
    id: both
  - parallel:
      left: [{d: pure.look}]
      right: [{e: pure.look}]
)");
  const auto& fork = node(flow, "both");
  const int join = fork.peer;
  ASSERT_EQ(fork.branches.size(), 2U);
  EXPECT_EQ(fork.branches[0].target, index(flow, "a"));
  EXPECT_EQ(fork.branches[1].target, index(flow, "c"));
  EXPECT_EQ(fork.next, join);
  EXPECT_EQ(node(flow, "a").next, index(flow, "b"));
  EXPECT_EQ(node(flow, "b").next, join) << "a branch ends at the join";
  EXPECT_EQ(node(flow, "c").next, join);
  const auto& joined = flow.nodes[static_cast<std::size_t>(join)];
  EXPECT_EQ(joined.kind, NodeKind::join);
  EXPECT_EQ(joined.peer, index(flow, "both"));
  EXPECT_EQ(flow.nodes[static_cast<std::size_t>(joined.next)].kind, NodeKind::fork);
}

TEST(Compiler, RunsTheBodyOfAnEachUntilItsJoin) {
  const auto flow = graph(R"(
flow: t
steps:
  - each: order.lines
    as: line
    do:
      - one: typed.step
        with: {id: line.msisdn}
  - after: pure.look
)");
  const auto& each = flow.nodes[0];
  EXPECT_EQ(each.kind, NodeKind::each);
  EXPECT_EQ(each.as, "line");
  EXPECT_EQ(each.with.names(), std::vector<std::string>{"order"});
  EXPECT_EQ(each.branches.at(0).target, index(flow, "one"));
  EXPECT_EQ(node(flow, "one").next, each.peer);
  EXPECT_EQ(flow.nodes[static_cast<std::size_t>(each.peer)].next, index(flow, "after"));
}

TEST(Compiler, ExpandsASubFlowInPlace) {
  const std::string inner = R"(
flow: black-list
name: 黑名单
steps:
  - release: stock.release
    on: {GONE: last}
  - last: pure.look
    with: {why: input.reason, released: release.done}
result: {done: release.done}
)";
  const auto flow = graph(R"(
flow: t
acceptance:
  - check: pure.look
  - sub-flow: black-list
    with: {reason: check.reason}
    on: {FAILED: after}
  - after: pure.look
    with: {done: black_list.done}
)", {{"flows/black-list.yaml", inner}});
  const auto& enter = node(flow, "black_list");
  EXPECT_EQ(enter.kind, NodeKind::enter);
  EXPECT_EQ(enter.name, "黑名单") << "it is called as its flow is, unless the caller names it";
  EXPECT_EQ(enter.scope, 0) << "what it is given is said in the caller's names";
  EXPECT_EQ(enter.next, index(flow, "black_list.release"));
  EXPECT_EQ(enter.on.at(0).target, index(flow, "after"));
  const auto& leave = flow.nodes[static_cast<std::size_t>(enter.peer)];
  EXPECT_EQ(leave.kind, NodeKind::leave);
  EXPECT_EQ(leave.scope, 1) << "its result is said in its own names";
  EXPECT_FALSE(leave.with.empty());
  EXPECT_EQ(leave.next, index(flow, "after"));
  const auto& release = node(flow, "black_list.release");
  EXPECT_EQ(release.phase, "acceptance") << "the phase is the caller's";
  EXPECT_EQ(release.on.at(0).target, index(flow, "black_list.last")) << "targets are of its own file";
  ASSERT_EQ(flow.scopes.size(), 2U);
  EXPECT_EQ(flow.scopes[1].prefix, "black_list.");
  EXPECT_EQ(flow.scopes[1].parent, 0);
  EXPECT_EQ(flow.scopes[1].enter, index(flow, "black_list"));
}

TEST(Compiler, ExpandsTheSameSubFlowTwiceUnderTwoIds) {
  const auto flow = graph(R"(
flow: t
steps:
  - sub-flow: inner
    id: first
  - sub-flow: inner
    id: second
)", {{"flows/inner.yaml", "flow: inner\nsteps: [{a: pure.look}]\n"}});
  EXPECT_NE(index(flow, "first.a"), index(flow, "second.a"));
  EXPECT_EQ(node(flow, "first").with.names(), std::vector<std::string>{"order"}) << "the order, unless something else is said";
}

TEST(Compiler, EndsAndJumps) {
  const auto flow = graph(R"(
flow: t
steps:
  - again: pure.look
  - goto: again
    when: not again.good
    forget: [again.bad]
  - reject: BLACKLISTED
    when: again.listed
    text: 您的证件在黑名单中
  - hold: LOOK
    when: again.odd
    text: "='because ' .. again.reason"
  - fail: NEVER
)");
  const auto& jump = flow.nodes[1];
  EXPECT_EQ(jump.kind, NodeKind::choice);
  EXPECT_EQ(jump.branches.at(0).target, index(flow, "again"));
  EXPECT_EQ(jump.branches.at(0).forget, std::vector<std::string>{"again.bad"});
  EXPECT_EQ(jump.next, 2);
  EXPECT_EQ(flow.nodes[2].kind, NodeKind::reject);
  EXPECT_EQ(flow.nodes[2].code, "BLACKLISTED");
  EXPECT_EQ(flow.nodes[2].text.evaluate(nothing), "您的证件在黑名单中") << "a text is what it says";
  EXPECT_EQ(flow.nodes[2].next, 3) << "passed over when its condition does not hold";
  EXPECT_EQ(flow.nodes[3].kind, NodeKind::hold);
  EXPECT_EQ(flow.nodes[3].text.names(), std::vector<std::string>{"again"}) << "after '=' it is an expression";
  EXPECT_EQ(flow.nodes[4].kind, NodeKind::fail);
}

TEST(Compiler, DetachesWhatIsDoneAtEveryEnd) {
  const auto flow = graph(R"(
flow: t
steps:
  - a: pure.look
finally:
  - log: mail.send
    when: instance.outcome == 'completed' and a.good
  - count: stock.reserve
)");
  EXPECT_EQ(flow.finally, index(flow, "log"));
  EXPECT_EQ(node(flow, "a").next, no_node) << "the way of the flow does not lead there";
  EXPECT_TRUE(node(flow, "log").detach);
  EXPECT_EQ(node(flow, "log").next, index(flow, "count"));
  EXPECT_EQ(node(flow, "count").next, no_node);
}

TEST(Compiler, ReadsTheOrdersSchemaWithWhatItExtends) {
  const auto flow = graph(R"(
flow: t
order:
  extends: ../schema/order.yaml
  required: [msisdn]
  properties:
    msisdn: {type: string}
    customer: {required: [name]}
steps:
  - a: pure.look
    with: {c: order.channel, m: order.msisdn}
)");
  EXPECT_EQ(flow.order_schema.at("required"), Value::parse(R"(["channel","msisdn"])")) << "required is joined";
  EXPECT_EQ(flow.order_schema.at("properties").size(), 3U);
  EXPECT_EQ(flow.order_schema.at("/properties/customer/properties/name/type"_json_pointer), "string");
  EXPECT_EQ(flow.order_schema.at("/properties/customer/required"_json_pointer), Value::parse(R"(["name"])"));
  EXPECT_FALSE(flow.order_schema.contains("extends"));
}

TEST(Compiler, ReplacesSettingsByTheirValues) {
  const auto flow = graph(R"(
flow: t
durability: none
key: order.id
ingress: 提交业务请求
steps:
  - a: pure.look
    with: {limit: setting.stock.limits.day, list: [1, "'x'", order.y], none: null}
result: {a: a.b}
)");
  const Value input = node(flow, "a").with.evaluate(nothing);
  EXPECT_EQ(input, Value::parse(R"({"limit":7,"list":[1,"x",null]})"));
  EXPECT_FALSE(flow.durable);
  EXPECT_EQ(flow.key.source(), "order.id");
  EXPECT_EQ(flow.ingress, "提交业务请求");
  EXPECT_EQ(flow.result.names(), std::vector<std::string>{"a"});
}

TEST(Compiler, CompilesSoundFlowsBesideAWrongOne) {
  const auto compiled = compile({{"flows/good.yaml", "flow: good\nsteps: [{a: pure.look}]\n"},
                                 {"flows/bad.yaml", "flow: bad\nsteps: [{a: pure.lok}]\n"}});
  EXPECT_TRUE(compiled.refused());
  EXPECT_TRUE(compiled.graphs.contains("good"));
  EXPECT_FALSE(compiled.graphs.contains("bad"));
}

TEST(Compiler, KeepsTheShapeOfAnEvent) {
  const auto flow = graph("flow: t\nsteps:\n  - await: receipt\n    body: {type: object, required: [result]}\n");
  EXPECT_EQ(flow.nodes.at(0).body, Value::parse(R"({"type":"object","required":["result"]})"));
  const auto again = Graph::deserialise(flow.serialise());
  EXPECT_EQ(again.nodes.at(0).body, flow.nodes.at(0).body);
  const auto wrong = compile({{"flows/t.yaml", "flow: t\nsteps:\n  - await: receipt\n    body: {type: 7}\n"}});
  ASSERT_EQ(wrong.findings.size(), 1U);
  EXPECT_EQ(wrong.findings[0].code, "JF054");
}

TEST(Compiler, APartOfAnotherFlowIsNotStartedByItselfUnlessItSaysSo) {
  const std::string outer = "flow: outer\nsteps: [{sub-flow: part}, {sub-flow: both}]\n";
  const auto compiled = compile({{"flows/outer.yaml", outer},
                                 {"flows/part.yaml", "flow: part\nsteps: [{x: pure.look}]\n"},
                                 {"flows/both.yaml", "flow: both\nstartable: true\nsteps: [{x: pure.look}]\n"},
                                 {"flows/shut.yaml", "flow: shut\nstartable: false\nsteps: [{x: pure.look}]\n"}});
  EXPECT_TRUE(compiled.findings.empty());
  EXPECT_TRUE(compiled.graphs.at("outer").startable);
  EXPECT_TRUE(compiled.graphs.at("both").startable);
  EXPECT_FALSE(compiled.graphs.at("part").startable);
  EXPECT_FALSE(compiled.graphs.at("shut").startable);
  EXPECT_FALSE(Graph::deserialise(compiled.graphs.at("part").serialise()).startable);
}

TEST(Compiler, RefusesTheCallerOfAWrongSubFlowToo) {
  const auto compiled = compile({{"flows/a.yaml", "flow: a\nsteps: [{sub-flow: b}]\n"},
                                 {"flows/b.yaml", "flow: b\nsteps: [{x: pure.lok}]\n"}});
  EXPECT_TRUE(compiled.graphs.empty());
  EXPECT_EQ(compiled.findings.size(), 1U) << "said once, where it stands";
}

}  // namespace
}  // namespace jackfield::flow::testing
