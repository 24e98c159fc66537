#include "flow/expression.hpp"

#include "flow/lua_sandbox.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace jackfield::flow {
namespace {

const std::map<std::string, Value> world{
    {"order", Value::parse(R"({"msisdn":"13800138000","card":{"type":"SIM"},"count":3,"items":["a","b"],"none":[],
                               "ratio":0.5,"yes":true,"no":false,"name":"张三","b":1,"a":2,"c":3})")},
    {"select", Value::parse(R"({"product":"p1"})")},
    {"big", Value(18'000'000'000'000'000'000ULL)}};

const Value* look(std::string_view name) {
  const auto found = world.find(std::string(name));
  return found == world.end() ? nullptr : &found->second;
}

Value eval(const std::string& source) { return Expression(source).evaluate(look); }

std::string error_of(const std::string& source) {
  try {
    return "gave " + eval(source).dump();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(Expression, FollowsADottedPath) {
  EXPECT_EQ(eval("order.card.type"), "SIM");
  EXPECT_EQ(eval("order.count"), 3);
  EXPECT_EQ(eval(" order.name "), "张三");
}

TEST(Expression, GivesNilForWhatDoesNotExistYet) {
  EXPECT_TRUE(eval("choose").is_null());
  EXPECT_TRUE(eval("choose.msisdn.digits").is_null());
  EXPECT_TRUE(eval("order.msisdn.digits").is_null()) << "a text has no members";
  EXPECT_EQ(eval("choose.msisdn or order.msisdn"), "13800138000") << "in Lua too, without a guard";
  EXPECT_EQ(eval("order.count.x.y == nil"), true);
  EXPECT_EQ(eval("order.yes.x == nil"), true);
}

TEST(Expression, KeepsTheTypesOfLiterals) {
  EXPECT_TRUE(eval("12").is_number_integer());
  EXPECT_TRUE(eval("-7").is_number_integer());
  EXPECT_TRUE(eval("1.5").is_number_float());
  EXPECT_EQ(eval("'text'"), "text");
  EXPECT_EQ(eval("true"), true);
  EXPECT_TRUE(eval("nil").is_null());
}

TEST(Expression, KeepsIntegersIntegersThroughLua) {
  EXPECT_TRUE(eval("order.count + 1").is_number_integer());
  EXPECT_TRUE(eval("order.count // 2").is_number_integer());
  EXPECT_TRUE(eval("order.count / 2").is_number_float());
  EXPECT_EQ(eval("9007199254740993 + 0"), 9007199254740993) << "beyond what a double can hold";
  EXPECT_TRUE(eval("big + 0").is_number_float()) << "more than 63 bits is a real number in Lua";
}

TEST(Expression, HoldsAsLuaDoes) {
  EXPECT_TRUE(Expression().holds(look)) << "no condition is no obstacle";
  EXPECT_TRUE(Expression("0").holds(look));
  EXPECT_TRUE(Expression("''").holds(look));
  EXPECT_FALSE(Expression("nil").holds(look));
  EXPECT_FALSE(Expression("order.no").holds(look));
  EXPECT_FALSE(Expression("missing").holds(look));
  EXPECT_TRUE(Expression("not (order.msisdn2 or choose.msisdn)").holds(look));
}

TEST(Expression, PassesTablesThroughLua) {
  EXPECT_EQ(eval("order.items or {}"), Value::parse(R"(["a","b"])"));
  EXPECT_EQ(eval("order.none or 1"), Value::array()) << "an empty list stays a list";
  EXPECT_EQ(eval("{}"), Value::object());
  EXPECT_EQ(eval("{x = order.count, y = {1, 2}}"), Value::parse(R"({"x":3,"y":[1,2]})"));
  EXPECT_EQ(eval("#order.items"), 2);
}

TEST(Expression, TakesStatementsThatReturn) {
  EXPECT_EQ(eval("local n = 0 for _, item in ipairs(order.items) do n = n + 1 end return n"), 2);
}

TEST(Expression, VisitsKeysInOrderSoThatTheAnswerIsAlwaysTheSame) {
  const std::string keys = "local t = {} for k in pairs(order) do t[#t + 1] = k end return table.concat(t, ',')";
  EXPECT_EQ(eval(keys), "a,b,c,card,count,items,msisdn,name,no,none,ratio,yes");
  EXPECT_EQ(eval("next({z = 1, y = 2})"), "y");
  EXPECT_EQ(eval("next({}) == nil"), true);
  EXPECT_EQ(eval("local s = '' for k, v in pairs({10, 20, x = 1}) do s = s .. k .. '=' .. v .. ' ' end return s"),
            "1=10 2=20 x=1 ");
}

TEST(Expression, LetsANameOfTheFlowHideOneOfLuas) {
  EXPECT_EQ(eval("select.product .. '!'"), "p1!") << "a node may be called select";
}

TEST(Expression, SaysWhatCannotBeCompiled) {
  const auto refusal = [](const std::string& source) -> std::string {
    try {
      Expression expression(source);
      return "compiled";
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
  };
  EXPECT_EQ(refusal("order. == 1"), "line 1: <name> expected near '=='");
  EXPECT_EQ(refusal("1 +"), "line 1: unexpected symbol near <eof>");
  EXPECT_EQ(refusal("  "), "is empty; expected a name, a value or a Lua expression");
  EXPECT_EQ(refusal(std::string(5000, 'x') + "+1"), "is longer than 4096 bytes");
  EXPECT_NE(refusal(std::string(2000, '(') + "1"), "compiled") << "nesting is bounded";
}

TEST(Expression, NamesWhatItReads) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(Expression("order.card.type").names(), Names{"order"});
  EXPECT_EQ(Expression("not (order.msisdn or choose.msisdn)").names(), (Names{"order", "choose"}));
  EXPECT_EQ(Expression("'order ' .. \"reserve\" .. [[x]]").names(), Names{});
  EXPECT_EQ(Expression("{card = order.card, [key] = 1}").names(), (Names{"order", "key"}));
  EXPECT_EQ(Expression("local x = a.b return x + math.max(1, c)").names(), (Names{"a", "c"}));
  EXPECT_EQ(Expression("(function(p) return p + q end)(1) -- and comment").names(), Names{"q"});
  EXPECT_EQ(Expression("a..b").names(), (Names{"a", "b"})) << "'..' joins, it does not index";
  EXPECT_EQ(Expression("order.name:upper() == x").names(), (Names{"order", "x"}));
  EXPECT_EQ(Expression("12").names(), Names{});
}

TEST(Expression, SurvivesItsSerialisedForm) {
  for (const char* source : {"order.count", "order.count + 1", "12", "'x'"}) {
    const auto again = Expression::deserialise(Expression(source).serialise());
    EXPECT_EQ(again.source(), source);
    EXPECT_EQ(again.evaluate(look), eval(source));
  }
  const auto text = Expression::literal("order.count");
  EXPECT_EQ(text.serialise(), Value::parse(R"({"literal":"order.count"})"));
  EXPECT_EQ(Expression::deserialise(text.serialise()).evaluate(look), "order.count") << "a literal is no expression";
  EXPECT_TRUE(Expression::deserialise(nullptr).empty());
  EXPECT_THROW((void)Expression::deserialise(5), std::runtime_error);
}

TEST(Sandbox, OffersNothingThatReachesOutside) {
  for (const char* name : {"io", "os", "require", "load", "loadstring", "loadfile", "dofile", "debug", "package", "_G", "_ENV2",
                           "collectgarbage", "setmetatable", "getmetatable", "rawset", "rawget", "rawequal", "pcall", "xpcall",
                           "error", "coroutine", "print", "string.dump", "string.pack", "math.random", "math.randomseed",
                           "table.move", "('').dump", "('x').pack"}) {
    EXPECT_EQ(eval(std::string(name) + " == nil"), true) << name;
  }
}

TEST(Sandbox, CannotChangeWhatTheNextEvaluationSees) {
  EXPECT_NE(error_of("string.upper = nil return 1").find("cannot be changed"), std::string::npos);
  EXPECT_NE(error_of("table.insert(math, 1) return 1").find("cannot be changed"), std::string::npos);
  EXPECT_EQ(eval("leak = 1 order.count = 99 return leak"), 1);
  EXPECT_EQ(eval("leak == nil and order.count == 3"), true);
  EXPECT_EQ(look("order")->at("count"), 3) << "what Lua was given is a copy";
}

TEST(Sandbox, ShowsNoAddresses) {
  EXPECT_NE(error_of("tostring({})").find("has no text"), std::string::npos);
  EXPECT_NE(error_of("string.format('%s', {})").find("give texts and numbers"), std::string::npos);
  EXPECT_NE(error_of("string.format('%10p', 'x')").find("not offered"), std::string::npos);
  EXPECT_EQ(eval("string.format('%5.1f%%', 2.25)"), "  2.2%");
}

TEST(Sandbox, StopsWhatTakesTooLong) {
  EXPECT_EQ(error_of("while true do end return 1"),
            "expression `while true do end return 1`: takes more than 100000 instructions");
  EXPECT_EQ(eval("1 + 1"), 2) << "the next evaluation has a budget of its own";
  EXPECT_NE(error_of("local function f() return f() end return f()").find("instructions"), std::string::npos);
  EXPECT_NE(error_of("local s = ('a'):rep(255) return s:find(('a*'):rep(20) .. 'b')").find("simpler pattern"), std::string::npos);
  EXPECT_EQ(eval("('13800138000'):match('^1(%d%d)%d*$')"), "38");
  EXPECT_EQ(eval("('a-b-c'):gsub('-', '')"), "abc");
}

TEST(Sandbox, StopsWhatTakesTooMuchMemory) {
  EXPECT_NE(error_of("('x'):rep(100000000)").find("more memory than 4 MiB"), std::string::npos);
  EXPECT_NE(error_of("local t = {} for i = 1, 30000 do t[i] = ('x'):rep(1000) .. i end return 1").find("memory"), std::string::npos);
  EXPECT_NE(error_of("local s = 'x' while true do s = s .. s end return 1").find("memory"), std::string::npos);
  EXPECT_NE(error_of("local function f(n) return 1 + f(n + 1) end return f(1)"), "gave 1");
  EXPECT_EQ(eval("order.count"), 3);
  EXPECT_EQ(eval("order.count + 0"), 3);
}

TEST(Sandbox, RefusesWhatNoValueCanBe) {
  EXPECT_NE(error_of("pairs or 1").find("gives a function"), std::string::npos);
  EXPECT_NE(error_of("local t = {} t.t = t return t").find("nested too deeply"), std::string::npos);
  EXPECT_NE(error_of("1 / 0").find("infinite"), std::string::npos);
  EXPECT_NE(error_of("order.count + order.card").find("attempt to perform arithmetic"), std::string::npos);
}

TEST(Sandbox, CarriesTheLookupsOwnException) {
  struct Lost {};
  EXPECT_THROW((void)Expression("a + b").evaluate([](std::string_view) -> const Value* { throw Lost{}; }), Lost);
  EXPECT_EQ(eval("1 + 1"), 2);
}

TEST(Sandbox, KeepsWorkingWithMoreChunksThanItRemembers) {
  for (int i = 0; i < 3000; ++i) EXPECT_EQ(eval("order.count + " + std::to_string(i)), 3 + i);
}

TEST(Expression, IsSharedByThreads) {
  const Expression expression("order.count * 2 + #order.items");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 500; ++n) EXPECT_EQ(expression.evaluate(look), 8);
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(Mapping, LeavesOutWhatIsNil) {
  const auto mapping = Mapping::map({{"msisdn", Mapping::of(Expression("choose.msisdn"))},
                                     {"card", Mapping::of(Expression("order.card.type"))},
                                     {"list", Mapping::list({Mapping::of(Expression("1")), Mapping::of(Expression("x"))})}});
  EXPECT_EQ(mapping.evaluate(look), Value::parse(R"({"card":"SIM","list":[1,null]})"));
  EXPECT_EQ(mapping.names(), (std::vector<std::string>{"order", "x", "choose"})) << "members are kept in the order of their names";
  EXPECT_EQ(Mapping::deserialise(mapping.serialise()).serialise(), mapping.serialise());
  EXPECT_EQ(Mapping::deserialise(mapping.serialise()).evaluate(look), mapping.evaluate(look));
}

TEST(Mapping, KnowsEmptyFromAnEmptyMap) {
  EXPECT_TRUE(Mapping().empty());
  EXPECT_FALSE(Mapping::map({}).empty());
  EXPECT_FALSE(Mapping::list({}).empty());
  EXPECT_EQ(Mapping::map({}).evaluate(look), Value::object());
  EXPECT_EQ(Mapping::list({}).evaluate(look), Value::array());
  EXPECT_TRUE(Mapping::deserialise(Mapping().serialise()).empty());
  EXPECT_FALSE(Mapping::deserialise(Mapping::list({}).serialise()).empty());
}

}  // namespace
}  // namespace jackfield::flow
