// Made-up values fit the schema they were made from, as valijson, which is another reader of it, finds.
#include "conformance/schema_fit.hpp"
#include "conformance/specimen.hpp"

#include <gtest/gtest.h>

namespace jackfield::conformance {
namespace {

using nlohmann::json;

class Specimens : public testing::TestWithParam<const char*> {};

TEST_P(Specimens, FitTheirSchema) {
  const json schema = json::parse(GetParam());
  std::mt19937_64 random(7114);
  Specimen specimen(random);
  ASSERT_EQ(schema_error(schema), "");
  for (int i = 0; i < 300; ++i) {
    const json value = specimen.of(schema);
    ASSERT_EQ(misfit_of(value, schema), "") << value.dump() << " for " << GetParam();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Each, Specimens,
    testing::Values(
        R"({"type":"object","required":["id"],"properties":{"id":{"type":"string"},"n":{"type":"integer","minimum":0}}})",
        R"({"type":["string","integer"],"pattern":"^[0-9]+(ms|s|m|h|d)$","minimum":0})",
        R"({"type":"array","items":{"enum":["A","B"]},"minItems":1,"maxItems":3})",
        R"({"type":"integer","minimum":3,"maximum":3})", R"({"type":"integer","exclusiveMinimum":3,"maximum":5})",
        R"({"type":"number","minimum":-1,"maximum":1})", R"({"type":"string","minLength":3,"maxLength":5})",
        R"({"anyOf":[{"type":"boolean"},{"const":"both"}]})",
        R"({"allOf":[{"type":"object","properties":{"a":{"type":"integer"}}},{"required":["a"]}]})",
        R"({"type":"object","additionalProperties":{"type":"boolean"}})",
        R"({"definitions":{"n":{"type":"boolean"}},"type":"object","properties":{"n":{"$ref":"#/definitions/n"}}})",
        R"({"type":"integer","minimum":1,"multipleOf":5})", R"({})"));

TEST(Specimen, TheSameNumbersMakeTheSameValues) {
  const json schema = {{"type", "object"}, {"properties", {{"a", json::object()}, {"b", {{"type", "string"}}}}}};
  std::mt19937_64 first(5), second(5), third(6);
  Specimen one(first), same(second), other(third);
  bool differ = false;
  for (int i = 0; i < 50; ++i) {
    const json value = one.of(schema);
    EXPECT_EQ(value, same.of(schema));
    differ = differ || value != other.of(schema);
  }
  EXPECT_TRUE(differ);
}

TEST(Specimen, WrongIsWrong) {
  std::mt19937_64 random(1);
  Specimen specimen(random);
  for (const char* text : {R"({"type":"string"})", R"({"type":"integer"})", R"({"type":"object"})", R"({"type":["string","object"]})"}) {
    const json schema = json::parse(text);
    EXPECT_NE(misfit_of(specimen.wrong(schema), schema), "") << text;
  }
  EXPECT_TRUE(specimen.wrong(json::object()).is_null());
}

}  // namespace
}  // namespace jackfield::conformance
