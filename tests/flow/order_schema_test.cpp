#include "flow/order_schema.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace jackfield::flow {
namespace {

Value schema() {
  return Value::parse(R"({"type":"object","additionalProperties":false,"required":["channel","customer"],"properties":{
    "channel":{"type":"string","minLength":1,"maxLength":8},
    "msisdn":{"type":"string","pattern":"^(\\+?86)?1[0-9]{10}$"},
    "iccid":{"type":"string","minLength":20,"maxLength":20},
    "count":{"type":"integer","minimum":1,"maximum":5},
    "split":{"type":"array","maxItems":2,"items":{"type":"object","required":["item"],"properties":{"item":{"type":"string"}}}},
    "customer":{"type":"object","additionalProperties":false,"required":["id_type","id_number"],"properties":{
      "id_type":{"type":"string","enum":["resident-id","passport"]},
      "id_number":{"type":"string","x-sensitive":true,"maxLength":18},
      "name":{"type":"string"}}}}})");
}

std::vector<std::string> problems(const std::string& order, const Value& by = schema()) {
  std::vector<std::string> all;
  for (const auto& problem : OrderSchema(by).check(Value::parse(order))) all.push_back(problem.path + " " + problem.message);
  return all;
}

using List = std::vector<std::string>;
const std::string sound = R"("channel":"hall","customer":{"id_type":"passport","id_number":"E1"})";

TEST(OrderSchema, TakesAValidOrder) {
  EXPECT_EQ(problems("{" + sound + R"(,"msisdn":"+8613800138000","count":5,"split":[{"item":"a"}]})"), List{});
}

TEST(OrderSchema, SaysEveryProblemAtOnceAndNamesTheMemberItself) {
  EXPECT_EQ(problems(R"({"channel":5,"msisdn":"123","iccid":"89","count":9,"custmer":1,
                         "split":[{"item":"a"},{"item":2}],"customer":{"id_type":"visa","nam":"x"}})"),
            (List{"/channel expected string, found integer 5",
                  "/count expected at most 5, found integer 9",
                  "/custmer unknown member (did you mean 'customer'?)",
                  "/customer/id_number is missing; expected string",
                  "/customer/id_type expected one of resident-id, passport, found string \"visa\"",
                  "/customer/nam unknown member (did you mean 'name'?)",
                  "/iccid expected 20 characters, found 2",
                  "/msisdn expected text that fits ^(\\+?86)?1[0-9]{10}$, found string \"123\"",
                  "/split/1/item expected string, found integer 2"}));
}

TEST(OrderSchema, NamesWhatIsMissing) {
  EXPECT_EQ(problems("{}"), (List{"/channel is missing; expected string", "/customer is missing; expected object",
                                  "/customer/id_type is missing; expected one of resident-id, passport",
                                  "/customer/id_number is missing; expected string"}))
      << "a member that is missing whole is named with what it would have to hold";
  EXPECT_EQ(problems(R"({"channel":"hall","customer":{"id_number":"1"}})"),
            List{"/customer/id_type is missing; expected one of resident-id, passport"});
  EXPECT_EQ(problems("[]"), List{" expected object, found array"});
}

TEST(OrderSchema, WhatOneMemberSaysMayAskForAnother) {
  const Value by = Value::parse(R"({"type":"object","properties":{"account":{"type":"object","required":["mode"],
    "properties":{"mode":{"type":"string"},"join":{"type":"string"},"split":{"type":"array","minItems":1}},
    "allOf":[{"if":{"properties":{"mode":{"const":"join"}}},"then":{"required":["join"]}},
             {"if":{"properties":{"mode":{"const":"split"}}},"then":{"required":["split"]},
              "else":{"properties":{"split":{"maxItems":1}}}}]}}})");
  EXPECT_EQ(problems(R"({"account":{"mode":"split"}})", by), List{"/account/split is missing; expected a value"});
  EXPECT_EQ(problems(R"({"account":{"mode":"join","split":[1,2]}})", by),
            (List{"/account/join is missing; expected a value", "/account/split expected at most 1 items, found 2"}));
  EXPECT_EQ(problems(R"({"account":{"mode":"split","split":[]}})", by),
            List{"/account/split expected at least 1 items, found 0"});
  EXPECT_EQ(problems(R"({"account":{"mode":"new"}})", by), List{});
  EXPECT_EQ(problems(R"({"account":{"mode":"split","split":[1,2]}})", by), List{});
  EXPECT_THROW(OrderSchema(Value::parse(R"({"allOf":{}})")), std::invalid_argument);
  EXPECT_THROW(OrderSchema(Value::parse(R"({"if":{"type":"sting"}})")), std::invalid_argument);
}

TEST(OrderSchema, CountsNullAsLeftOut) {
  EXPECT_EQ(problems("{" + sound + R"(,"msisdn":null,"custmer":null})"), List{});
  EXPECT_EQ(problems(R"({"channel":null,"customer":{"id_type":"passport","id_number":null}})"),
            (List{"/channel is missing; expected string", "/customer/id_number is missing; expected string"}));
  EXPECT_EQ(without_nulls(Value::parse(R"({"a":null,"b":{"c":null,"d":[null,{"e":null}]}})")),
            Value::parse(R"({"b":{"d":[null,{}]}})"));
}

TEST(OrderSchema, CountsCharactersNotBytes) {
  EXPECT_EQ(problems(R"({"channel":"营业厅营业厅营业","customer":{"id_type":"passport","id_number":"1"}})"), List{}) << "eight characters";
  EXPECT_EQ(problems(R"({"channel":"营业厅营业厅营业厅","customer":{"id_type":"passport","id_number":"1"}})"),
            List{"/channel expected at most 8 characters, found 9"});
}

TEST(OrderSchema, NeverRepeatsWhatIsSensitiveNorWhatIsLong) {
  EXPECT_EQ(problems(R"({"channel":"hall","customer":{"id_type":"passport","id_number":110105194912310021}})"),
            List{"/customer/id_number expected string, found integer"});
  const auto said = problems("{" + sound + R"(,"msisdn":")" + std::string(200, '9') + "\"}");
  ASSERT_EQ(said.size(), 1U);
  EXPECT_LT(said[0].size(), 150U);
}

TEST(OrderSchema, BoundsWhatAnAttackerCanMakeItDo) {
  EXPECT_EQ(problems("{" + sound + R"(,"msisdn":")" + std::string(60'000, '1') + "\"}"),
            List{"/msisdn expected at most 1024 bytes, found 60000"}) << "std::regex recurses: long texts stay away from it";
  std::string many = "{" + sound;
  for (int i = 0; i < 500; ++i) many += ",\"x" + std::to_string(i) + "\":1";
  EXPECT_EQ(problems(many + "}").size(), 100U);
}

TEST(OrderSchema, LeavesTheOtherWordsOfTheStandardToTheLibrary) {
  const auto either = Value::parse(R"({"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"integer"}]}},
                                       "not":{"required":["b"]}})");
  EXPECT_EQ(problems(R"({"a":"x"})", either), List{});
  EXPECT_FALSE(problems(R"({"a":true})", either).empty());
  EXPECT_EQ(problems(R"({"a":true})", either).at(0).substr(0, 3), "/a ");
  EXPECT_FALSE(problems(R"({"a":1,"b":1})", either).empty());
}

TEST(OrderSchema, TakesAnyObjectWhereThereIsNoSchema) {
  EXPECT_EQ(problems(R"({"anything":[1]})", nullptr), List{});
  EXPECT_EQ(problems("3", nullptr), List{" expected object, found integer 3"});
}

TEST(OrderSchema, RefusesWhatIsNoSchema) {
  for (const char* text : {R"({"type":"objct"})", R"({"properties":{"a":{"pattern":"["}}})", R"({"required":"a"})", "[]",
                           R"({"properties":{"a":{"minLength":"x"}}})", R"({"enum":3})"}) {
    EXPECT_THROW(OrderSchema(Value::parse(text)), std::invalid_argument) << text;
  }
}

TEST(OrderSchema, IsSharedByThreads) {
  const OrderSchema shared(schema());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 200; ++n) EXPECT_EQ(shared.check(Value::parse(R"({"channel":"hall","msisdn":"1"})")).size(), 4U);
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace jackfield::flow
