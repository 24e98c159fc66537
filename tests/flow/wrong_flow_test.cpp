// Wrong flows, and exactly what is said of each: line, column, code and text.
#include "compiling.hpp"

namespace jackfield::flow::testing {
namespace {

struct Wrong {
  const char* name;
  const char* text;
  std::vector<std::string> findings;
};

void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

// Beside each of them stands the sound flow `inner`.
const Wrong wrong_flows[] = {
    {"NotYaml", R"(flow: t
steps: [a
)",
     {R"--(3:1 JF030 not YAML: end of sequence flow not found)--"}},
    {"SecondDocument", R"(flow: t
steps: [{a: pure.look}]
---
flow: u
)",
     {R"--(3:1 JF030 a second document; one file holds one flow)--"}},
    {"BeginsWithAComma", ",flow: t\n",  // yaml-cpp finds empty documents there for ever
     {R"--(1:1 JF030 not YAML: nothing can begin here)--"}},
    {"NoFlow", R"(name: x
)",
     {R"--(1:1 JF032 key 'flow' is missing: the id of the flow)--"}},
    {"NotAMap", R"(- a
)",
     {R"--(1:1 JF033 a flow: expected a map, found a list)--"}},
    {"Empty", R"()",
     {R"--(0:0 JF033 a flow: expected a map, found nothing)--"}},
    {"FlowId", R"(flow: Open Account
steps: [{a: pure.look}]
)",
     {R"--(1:7 JF035 'Open Account' is no flow id; expected a-z, 0-9 and -, like 'open-account')--"}},
    {"UnknownKey", R"(flow: t
steps:
  - a: pure.look
    retires: 3
)",
     {R"--(4:5 JF031 unknown key 'retires' (did you mean 'retries'?))--"}},
    {"UnknownTopKey", R"(flow: t
step: []
steps: [{a: pure.look}]
)",
     {R"--(2:1 JF031 unknown key 'step' (did you mean 'steps'?))--"}},
    {"UnknownStep", R"(flow: t
steps:
  - a: stock.reserv
)",
     {R"--(3:8 JF039 no plugin or adapter has the step 'stock.reserv' (did you mean 'stock.reserve'?))--"}},
    {"KindTypo", R"(flow: t
steps:
  - swich: [{when: a}]
)",
     {R"--(3:5 JF033 'swich': expected a step like 'credit.check', found a list (did you mean 'switch'?))--"}},
    {"NoSteps", R"(flow: t
)",
     {R"--(1:1 JF032 nothing to do: expected steps, or acceptance, construction, completion)--"}},
    {"EmptySteps", R"(flow: t
steps: []
)",
     {R"--(1:1 JF033 nothing to do: the flow has no step)--"}},
    {"PhasesAndSteps", R"(flow: t
acceptance: [{a: pure.look}]
steps: [{b: pure.look}]
)",
     {R"--(3:8 JF052 a flow has phases (acceptance, construction, completion) or steps, not both)--"}},
    {"PhaseOrder", R"(flow: t
completion: [{a: pure.look}]
acceptance: [{b: pure.look}]
)",
     {R"--(2:13 JF052 phase 'completion' comes too late; the order is acceptance, construction, completion)--"}},
    {"CancelUntil", R"(flow: t
cancel_until: constructon
acceptance: [{b: pure.look}]
)",
     {R"--(2:15 JF052 cancel_until: this flow has no phase 'constructon' (did you mean 'construction'?))--"}},
    {"DuplicateId", R"(flow: t
steps:
  - a: pure.look
  - a: pure.look
)",
     {R"--(4:5 JF036 id 'a' is taken by the node in line 3)--"}},
    {"DuplicateKey", R"(flow: t
steps:
  - a: pure.look
    when: order.x
    when: order.y
)",
     {R"--(5:5 JF034 key 'when' is there twice in a node)--"}},
    {"NodeId", R"(flow: t
steps:
  - Look-at: pure.look
  - end: pure.look
  - input: pure.look
)",
     {R"--(3:5 JF035 'Look-at' is no node id; expected a-z, 0-9 and _, like 'reserve', and none of order, input, instance, error, output, setting)--",
      R"--(4:5 JF035 'end' is no node id; expected a-z, 0-9 and _, like 'reserve', and none of order, input, instance, error, output, setting)--",
      R"--(5:5 JF035 'input' is no node id; expected a-z, 0-9 and _, like 'reserve', and none of order, input, instance, error, output, setting)--"}},
    {"OptionFirst", R"(flow: t
steps:
  - when: order.x
    a: pure.look
)",
     {R"--(3:5 JF032 the first key of a step is its id, found 'when'; expected 'id: plugin.step')--"}},
    {"BadExpression", R"(flow: t
steps:
  - a: pure.look
    name: 看看
    when: order.x ==
)",
     {R"--(5:11 JF037 when: expression `order.x ==`: line 1: unexpected symbol near <eof>)--"}},
    {"ChineseText", R"(flow: t
steps:
  - a: pure.look
    with: {text: 您好}
)",
     {R"--(4:18 JF037 a value: expression `您好`: line 1: unexpected symbol near '<\230>'; a text is written in quotes within quotes: "'您好'")--"}},
    {"UnknownName", R"(flow: t
steps:
  - reserve: stock.reserve
    when: orde.x
  - b: pure.look
    with: {id: reserv.id, type: SIM, deep: {x: [1, nothing.at.all]}}
)",
     {R"--(4:11 JF038 nothing here is named 'orde' (did you mean 'order'?))--",
      R"--(6:16 JF038 nothing here is named 'reserv' (did you mean 'reserve'?))--",
      R"--(6:33 JF038 nothing here is named 'SIM'; a text is written in quotes within quotes: "'SIM'")--",
      R"--(6:52 JF038 nothing here is named 'nothing')--"}},
    {"NameInLua", R"(flow: t
steps:
  - a: pure.look
    when: "a.x and math.max(foo, 1) > 2 -- bar"
)",
     {R"--(4:11 JF038 nothing here is named 'foo')--"}},
    {"OtherScopesName", R"(flow: t
steps:
  - sub-flow: inner
  - a: pure.look
    when: x.y
)",
     {R"--(5:11 JF038 nothing here is named 'x')--"}},
    {"MemberOfOutput", R"(flow: t
steps:
  - a: typed.step
    with: {id: order.id}
  - b: pure.look
    with: {n: a.msisdnn, i: instance.idd}
)",
     {R"--(6:15 JF057 (warning) 'a' has no member 'msisdnn' (did you mean 'msisdn'?))--",
      R"--(6:29 JF057 (warning) 'instance' has no member 'idd' (did you mean 'id'?))--"}},
    {"MemberOfOrder", R"(flow: t
order: {extends: ../schema/order.yaml}
steps:
  - b: pure.look
    with: {n: order.chanel}
)",
     {R"--(5:15 JF057 (warning) 'order' has no member 'chanel' (did you mean 'channel'?))--"}},
    {"UnknownTarget", R"(flow: t
steps:
  - offer: pure.look
    on: {NO: ofer}
  - await: choose
    within: 5m
    on_timeout: canceled
  - goto: nowhere
    when: order.x
)",
     {R"--(4:14 JF040 no node has the id 'ofer' here (did you mean 'offer'?))--",
      R"--(7:17 JF040 no node has the id 'canceled' here (did you mean 'cancelled'?))--",
      R"--(8:11 JF040 no node has the id 'nowhere' here)--"}},
    {"TargetElsewhere", R"(flow: t
steps:
  - parallel:
      - [{a: pure.look}]
      - [{b: pure.look, on: {NO: after}}, {c: pure.look, on: {NO: a}}]
  - after: pure.look
)",
     {R"--(5:34 JF041 node 'after' is in another branch; a jump stays in its own)--",
      R"--(5:67 JF041 node 'a' is in another branch; a jump stays in its own)--"}},
    {"Unreachable", R"(flow: t
steps:
  - reject: NO
  - a: pure.look
  - b: pure.look
)",
     {R"--(4:5 JF042 this node is never reached: what stands before it leads elsewhere)--"}},
    {"UnreachableAfterSwitch", R"(flow: t
steps:
  - switch:
      - when: order.x
        do: [{reject: A}]
      - else: [{fail: B}]
  - a: pure.look
)",
     {R"--(7:5 JF042 this node is never reached: what stands before it leads elsewhere)--"}},
    {"SideEffect", R"(flow: t
steps:
  - charge: pay.charge
)",
     {R"--(3:13 JF043 step 'pay.charge' changes something outside; say how it is taken back (undo), or that it may be repeated (idempotent: true) or cannot be taken back (irreversible: true))--"}},
    {"DetachedUndo", R"(flow: t
steps:
  - a: mail.send
    detach: true
    undo: stock.release
    on: {X: b}
  - b: pure.look
    give_up: 5s
)",
     {R"--(5:11 JF044 undo of a detached step: it is never taken back; remove undo or detach)--",
      R"--(6:9 JF044 'on' of a detached step: the flow has gone on; remove on or detach)--",
      R"--(8:14 JF044 give_up is for detached steps; this one ends with its retries)--"}},
    {"UndoStep", R"(flow: t
steps:
  - a: pay.charge
    undo: pay.refnd
  - b: pay.charge
    undo: {with: {x: 1}}
  - c: pay.charge
    undo: {step: pay.refund, wiht: {}}
)",
     {R"--(4:11 JF039 no plugin or adapter has the step 'pay.refnd' (did you mean 'pay.refund'?))--",
      R"--(5:8 JF043 step 'pay.charge' changes something outside; say how it is taken back (undo), or that it may be repeated (idempotent: true) or cannot be taken back (irreversible: true))--",
      R"--(6:11 JF032 key 'step' is missing: the step that takes this one back)--",
      R"--(8:30 JF031 unknown key 'wiht' (did you mean 'with'?))--"}},
    {"Inputs", R"(flow: t
steps:
  - a: typed.step
    with: {cuont: 1, where: {town: order.x}}
  - b: typed.step
    with: {id: 5, count: "'x'", mode: "'quick'", where: {city: order.city}}
  - c: typed.step
    with: order.everything
)",
     {R"--(4:11 JF045 step 'typed.step' needs the input 'id')--",
      R"--(4:12 JF046 step 'typed.step' has no input 'cuont' (did you mean 'count'?))--",
      R"--(4:29 JF045 'where' needs the input 'city')--",
      R"--(4:30 JF046 'where' has no input 'town'; it takes city)--",
      R"--(6:16 JF047 'id': expected string, found 5)--",
      R"--(6:26 JF047 'count': expected integer, found "x")--",
      R"--(6:39 JF047 'mode': expected one of ["fast","slow"], found "quick")--"}},
    {"InputsOfOrder", R"(flow: t
order: {extends: ../schema/order.yaml}
steps:
  - a: typed.step
)",
     {R"--(4:8 JF045 step 'typed.step' needs 'id', which the order has not; give it in 'with')--"}},
    {"UnknownSubFlow", R"(flow: t
steps:
  - sub-flow: iner
)",
     {R"--(3:15 JF048 no flow has the id 'iner' (did you mean 'inner'?))--"}},
    {"Recursion", R"(flow: t
steps:
  - sub-flow: t
)",
     {R"--(3:15 JF049 sub-flow 't' contains itself: t → t)--"}},
    {"Durations", R"(flow: t
steps:
  - a: pure.look
    timeout: 5 sec
    retry: {attempts: 0, first: abc, limit: 3}
  - b: pure.look
    retry: many
  - await: x
    within: 30 m
  - await: y
    within: setting.stock.limit
)",
     {R"--(4:14 JF050 timeout: expected a duration like 500ms, 5s, 30m, 24h or 90d, found '5 sec')--",
      R"--(5:23 JF033 attempts: expected a whole number from 1 to 100, found '0')--",
      R"--(5:33 JF050 first: expected a duration like 500ms, 5s, 30m, 24h or 90d, found 'abc')--",
      R"--(5:38 JF031 unknown key 'limit' in retry)--",
      R"--(7:12 JF033 retry: expected a whole number from 1 to 100, found 'many')--",
      R"--(9:13 JF050 within: expected a duration like 30m or an expression, found '30 m')--",
      R"--(11:13 JF053 plugin or adapter 'stock' has no setting 'limit')--"}},
    {"Codes", R"(flow: t
steps:
  - a: pure.look
    on: {no_stock: a}
  - reject: nope
)",
     {R"--(4:10 JF051 'no_stock' is no code; expected A-Z, 0-9 and _, like NO_STOCK, or '*' for any)--",
      R"--(5:13 JF051 'nope' is no code; expected A-Z, 0-9 and _, like NO_STOCK)--"}},
    {"Settings", R"(flow: t
steps:
  - a: pure.look
    with: {x: setting.stock.hodl, y: setting.stock, z: setting.stock.hold .. 'x'}
)",
     {R"--(4:15 JF053 plugin or adapter 'stock' has no setting 'hodl')--",
      R"--(4:38 JF053 expected setting.<plugin>.<key>, like setting.resource.hold)--",
      R"--(4:56 JF053 a setting is named alone, as setting.<plugin>.<key>, not within an expression)--"}},
    {"Schema", R"(flow: t
order: {type: objct}
steps: [{a: pure.look}]
)",
     {R"--(2:8 JF054 order: not a JSON Schema: /: type "objct", expected one of null, boolean, integer, number, string, array, object (did you mean 'object'?))--"}},
    {"SchemaPattern", R"(flow: t
order: {properties: {x: {type: string, pattern: '['}}}
steps: [{a: pure.look}]
)",
     {R"--(2:8 JF054 order: not a JSON Schema: pattern "[": Unexpected character within '[...]' in regular expression)--"}},
    {"SchemaFile", R"(flow: t
order: {extends: ../schema/nothing.yaml}
steps: [{a: pure.look}]
)",
     {R"--(2:18 JF055 cannot read 'schema/nothing.yaml')--"}},
    {"Types", R"(flow: t
durability: half
steps:
  - a: pure.look
    detach: yes
    name: [x]
    when: {x: 1}
  - each: order.x
  - each: order.x
    as: my-item
    do: [{b: pure.look}]
  - parallel: [[]]
  - await: Big Event
    on_timeout: held
  - switch: {when: a}
  - switch: [{else: []}, {when: order.x, do: []}, {do: []}]
  - 5
  - {}
)",
     {R"--(2:13 JF033 durability: expected full or none, found 'half')--",
      R"--(5:13 JF033 detach: expected true or false, found 'yes')--",
      R"--(6:11 JF033 name: expected text, found a list)--",
      R"--(7:11 JF033 when: expected an expression, found a map)--",
      R"--(8:5 JF032 key 'do' is missing: the steps for each item)--",
      R"--(10:9 JF035 as: 'my-item' is no name; expected a-z, 0-9 and _, like 'item')--",
      R"--(12:16 JF033 a branch of parallel has no step)--",
      R"--(13:12 JF035 'Big Event' is no event name; expected a-z, 0-9 and -)--",
      R"--(14:17 JF032 on_timeout without 'within': there is no time limit)--",
      R"--(15:13 JF033 switch: expected a list, found a map)--",
      R"--(16:14 JF033 else: it must be the last case)--",
      R"--(16:51 JF032 a case of a switch needs 'when' and 'do', or 'else')--",
      R"--(17:5 JF033 a node: expected a map, found '5')--",
      R"--(18:5 JF032 an empty node; expected 'id: plugin.step')--"}},
    {"Finally", R"(flow: t
steps: [{a: pure.look}]
finally:
  - await: x
  - b: pay.charge
    undo: pay.refund
)",
     {R"--(4:5 JF052 finally: expected steps only, found 'await')--",
      R"--(6:11 JF044 undo of a detached step: it is never taken back; remove undo or detach)--"}},
};

class WrongFlow : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongFlow, IsSaidExactly) {
  const auto compiled = compile({{"flows/t.yaml", GetParam().text},
                                 {"flows/inner.yaml", "flow: inner\nsteps: [{x: pure.look}]\nresult: {y: x.y}\n"}});
  EXPECT_EQ(short_findings(compiled), GetParam().findings);
  EXPECT_TRUE(compiled.graphs.contains("inner")) << "a wrong flow harms no other";
}

INSTANTIATE_TEST_SUITE_P(Table, WrongFlow, ::testing::ValuesIn(wrong_flows),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace jackfield::flow::testing
