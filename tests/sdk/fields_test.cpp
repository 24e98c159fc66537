// JF_FIELDS: schema, reading with findings, defaults, writing.
#include <jackfield/json.hpp>
#include <jackfield/plugin.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace fields_test {

using namespace jackfield;
using nlohmann::json;
using namespace std::chrono_literals;

struct Agent {
  std::string name;
  Sensitive id_number;
  JF_FIELDS(name, (id_number, "of the agent", required))
};
struct Customer {
  std::string name;
  std::optional<Agent> agent;
  JF_FIELDS((name, "as on the document", required), agent)
};
struct Order {
  bool is_urgent = true;
  std::int64_t fee_fen = 0;
  std::uint8_t copies = 1;
  double ratio = 0.5;
  std::string channel = "hall";
  std::optional<std::string> note;
  std::vector<std::string> tags = {"new"};
  std::map<std::string, int> counts;
  Customer customer;
  std::vector<Customer> others;
  Any body;
  Duration hold = 30min;
  Backoff backoff;
  JF_FIELDS((is_urgent, "before others"), fee_fen, copies, ratio, (channel, "where it came from", required), note, tags,
            counts, (customer, "who", required), others, body, hold, backoff)
};

struct Renamed {
  int network_template = 1;
  std::string operator_;
  JF_FIELDS((network_template, "a word of C++", named("template")), (operator_, "who", named("operator", required)))
};

struct Forty {
  int a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0, a6 = 0, a7 = 0, a8 = 0, a9 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0,
      b4 = 0, b5 = 0, b6 = 0, b7 = 0, b8 = 0, b9 = 0, c0 = 0, c1 = 0, c2 = 0, c3 = 0, c4 = 0, c5 = 0, c6 = 0, c7 = 0,
      c8 = 0, c9 = 0, d0 = 0, d1 = 0, d2 = 0, d3 = 0, d4 = 0, d5 = 0, d6 = 0, d7 = 0, d8 = 0, d9 = 0;
  JF_FIELDS(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, c0, c1, c2, c3, c4, c5, c6,
            c7, c8, c9, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9)
};

const std::string least = R"({"channel":"web","customer":{"name":"李雷"}})";

template <class T>
std::vector<std::string> findings_of(const std::string& text, Findings::Unknown unknown = Findings::Unknown::ignored) {
  T value{};
  Findings findings(unknown);
  unpack_value(json_to_msgpack(text), value, findings);
  return findings.all();
}
using Lines = std::vector<std::string>;

TEST(Fields, SchemaSaysTypesDefaultsAndDescriptions) {
  const auto schema = json::parse(schema_text<Order>(Use::input));
  const auto& properties = schema["properties"];
  EXPECT_EQ(schema["required"], (json{"channel", "customer"}));
  EXPECT_FALSE(schema.contains("additionalProperties"));
  EXPECT_EQ(properties["is_urgent"], json::parse(R"({"type":"boolean","default":true,"description":"before others"})"));
  EXPECT_EQ(properties["copies"], json::parse(R"({"type":"integer","minimum":0,"maximum":255,"default":1})"));
  EXPECT_EQ(properties["fee_fen"], json::parse(R"({"type":"integer","default":0})"));
  EXPECT_EQ(properties["channel"], json::parse(R"({"type":"string","description":"where it came from"})"));
  EXPECT_EQ(properties["note"], json::parse(R"({"type":"string"})"));
  EXPECT_EQ(properties["tags"], json::parse(R"({"type":"array","items":{"type":"string"},"default":["new"]})"));
  EXPECT_EQ(properties["body"], json::object());
  EXPECT_EQ(properties["hold"]["default"], "30m");
  EXPECT_EQ(properties["backoff"]["default"], "100ms..30s");
  EXPECT_EQ(properties["customer"]["properties"]["agent"]["properties"]["id_number"]["x-sensitive"], true);
  EXPECT_EQ(properties["others"]["items"]["required"], json{"name"});
}

TEST(Fields, SettingsTakeNoUnknownMember) {
  const auto schema = json::parse(schema_text<Order>(Use::settings));
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_EQ(schema["properties"]["customer"]["additionalProperties"], false);
}

TEST(Fields, AnOutputHasAllMembersButTheOptional) {
  const auto schema = json::parse(schema_text<Customer>(Use::output));
  EXPECT_EQ(schema["required"], json{"name"});
}

TEST(Fields, WhatIsLeftOutOrNullKeepsItsInitialiser) {
  const auto order = from_json<Order>(R"({"channel":"web","customer":{"name":"李雷"},"hold":null,"tags":null})");
  EXPECT_EQ(order.channel, "web");
  EXPECT_EQ(order.customer.name, "李雷");
  EXPECT_FALSE(order.customer.agent);
  EXPECT_EQ(order.hold, 30min);
  EXPECT_EQ(order.tags, Lines{"new"});
  EXPECT_TRUE(order.body.is_nil());
}

TEST(Fields, EveryFindingNamesItsMember) {
  EXPECT_EQ(
      findings_of<Order>(R"({"is_urgent":1,"fee_fen":1.5,"copies":256,"ratio":"x","note":3,"tags":["a",7],
      "counts":{"a/b":"c"},"customer":{"name":5,"agent":{}},"others":[{"name":"a"},{}],"hold":"5 s","backoff":"5s..1s"})"),
      (Lines{"/is_urgent: expected boolean, found integer 1", "/fee_fen: expected integer, found number 1.5",
             "/copies: expected integer from 0 to 255, found integer 256", "/ratio: expected number, found string",
             "/channel: required, but missing", "/note: expected string, found integer 3",
             "/tags/1: expected string, found integer 7",
             "/counts/a~1b: expected integer from -2147483648 to 2147483647, found string",
             "/customer/name: expected string, found integer 5", "/customer/agent/id_number: required, but missing",
             "/others/1/name: required, but missing",
             "/hold: expected duration such as \"500ms\", \"5s\", \"30m\", \"24h\" or \"90d\", found '5 s'",
             "/backoff: expected backoff such as \"100ms..30s\", its first wait no longer than its longest, found "
             "'5s..1s'"}));
}

TEST(Fields, AFindingNeverTellsWhatIsSensitive) {
  EXPECT_EQ(findings_of<Agent>(R"({"id_number":110101})"), Lines{"/id_number: expected string, found integer"});
}

TEST(Fields, AMessageThatIsNoObjectIsAFinding) {
  EXPECT_EQ(findings_of<Order>("[1]"), Lines{"/: expected object, found array"});
}

TEST(Fields, FindingsAreBounded) {
  std::string text = "[0";
  for (int i = 1; i < 100; ++i) text += ",0";
  std::vector<std::string> value;
  Findings findings;
  unpack_value(json_to_msgpack(text + "]"), value, findings);
  EXPECT_EQ(findings.all().size(), 32u);
  EXPECT_TRUE(findings.text().ends_with("; and 68 more"));
}

TEST(Fields, UnknownSettingsAreRefusedWithTheNearestName) {
  const auto found = findings_of<Order>(R"({"chanel":"web","channel":"web","customer":{"name":"a","zzzzzz":1}})",
                                        Findings::Unknown::refused);
  EXPECT_EQ(found, (Lines{"/customer: unknown key 'zzzzzz'", "/: unknown key 'chanel' (did you mean 'channel'?)"}));
}

TEST(Fields, UnknownMembersOfAnInputAreIgnored) {
  EXPECT_EQ(findings_of<Customer>(R"({"name":"a","more":{"deep":[1]}})"), Lines{});
}

TEST(Fields, WholeNumbersMayBeWrittenWithAPoint) {
  EXPECT_EQ(from_json<Order>(R"({"channel":"w","customer":{"name":"a"},"fee_fen":-5.0,"ratio":2})").fee_fen, -5);
  EXPECT_EQ(findings_of<Order>(R"({"channel":"w","customer":{"name":"a"},"fee_fen":1e300})").size(), 1u);
  EXPECT_EQ(findings_of<Order>(R"({"channel":"w","customer":{"name":"a"},"fee_fen":18446744073709551615})").size(), 1u);
}

TEST(Fields, WhatIsWrittenIsReadAgain) {
  const auto text = R"({"is_urgent":false,"fee_fen":-9007199254740993,"copies":3,"ratio":0.1,"channel":"web",)"
                    R"("note":"a\"b\\\n","tags":[],"counts":{"x":1},"customer":{"name":"李雷","agent":)"
                    R"({"name":"韩梅梅","id_number":"1101"}},"others":[{"name":"z"}],"body":{"any":[1,-2,2.5,true,)"
                    R"("t",null]},"hold":"1500ms","backoff":"1s..2m"})";
  EXPECT_EQ(to_json(from_json<Order>(text)), text);
}

TEST(Fields, AnAbsentOptionalIsNotWritten) { EXPECT_EQ(to_json(Customer{"a", {}}), R"({"name":"a"})"); }

TEST(Fields, TakeFortyMembers) {
  Forty forty;
  forty.d9 = 9;
  EXPECT_EQ(from_json<Forty>(to_json(forty)).d9, 9);
  EXPECT_EQ(json::parse(schema_text<Forty>(Use::input))["properties"].size(), 40u);
}

TEST(Fields, AMemberMayHaveAnotherNameOnTheWire) {
  EXPECT_EQ(to_json(from_json<Renamed>(R"({"template":2,"operator":"o7"})")), R"({"template":2,"operator":"o7"})");
  EXPECT_EQ(findings_of<Renamed>(R"({"operator_":"o7"})"), Lines{"/operator: required, but missing"});
  EXPECT_EQ(json::parse(schema_text<Renamed>(Use::input))["required"], json{"operator"});
}

TEST(Fields, NothingIsAnEmptyObject) {
  EXPECT_EQ(to_json(Nothing{}), "{}");
  EXPECT_EQ(findings_of<Nothing>(R"({"a":1})"), Lines{});
}

// The schema and the reader must agree: what one refuses the other refuses.
TEST(Fields, SchemaAndReaderAgree) {
  const auto schema = json::parse(schema_text<Order>(Use::settings));
  valijson::Schema compiled;
  valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(schema), compiled);
  const std::string members[] = {
      R"("copies":255)",      R"("copies":-1)",        R"("copies":256)",
      R"("is_urgent":"yes")", R"("ratio":7)",          R"("tags":"a")",
      R"("tags":[])",         R"("counts":{"a":1})",   R"("counts":{"a":"b"})",
      R"("hold":"9d")",       R"("hold":5000)",        R"("hold":-5)",
      R"("hold":"9 d")",      R"("hold":"")",          R"("hold":true)",
      R"("backoff":"1s..")",  R"("backoff":"1s..5s")", R"("nobody":1)",
      R"("others":[{}])",     R"("body":[{}])",        R"("others":[{"name":"a","agent":{"id_number":"1"}}])",
      R"("fee_fen":0.5)",     R"("fee_fen":"1")"};
  for (const auto& member : members) {
    const std::string text = R"({"channel":"web","customer":{"name":"a"},)" + member + "}";
    const json value = json::parse(text);
    const bool fits = valijson::Validator().validate(compiled, valijson::adapters::NlohmannJsonAdapter(value), nullptr);
    EXPECT_EQ(fits, findings_of<Order>(text, Findings::Unknown::refused).empty()) << member;
  }
}

}  // namespace fields_test
