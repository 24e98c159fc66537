// An expression of a flow: compiled, evaluated, stored and evaluated again.
//
// Input: the expression's text; behind a line "#order" an order as JSON, else one of this file's own. Promised: bounded
// in time and memory whatever it says; no way out of the sandbox; the same value again, also of its stored form.
#include "harness.hpp"

#include "flow/expression.hpp"

#include <stdexcept>

namespace jackfield::fuzz {
namespace {

using flow::Value;

/// What it gave, or why it did not.
std::pair<Value, std::string> evaluated(const flow::Expression& expression, const flow::Lookup& lookup) {
  try {
    return {expression.evaluate(lookup), ""};
  } catch (const std::runtime_error& error) {
    return {nullptr, error.what()};
  }
}

}  // namespace
}  // namespace jackfield::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield;
  if (size > 8192) return 0;
  static const flow::Value usual = flow::Value::parse(
      R"({"msisdn":"13800138000","card":{"type":"SIM","iccid":null},"items":[1,2.5,"x",true],"fee_fen":5000,"":{}})");
  const auto parts = fuzz::parts_of(fuzz::text_of(data, size), "#order", 2);
  flow::Value order = usual;
  if (parts.size() > 1) order = flow::Value::parse(parts[1].text, nullptr, false);
  if (order.is_discarded()) order = usual;
  const flow::Lookup lookup = [&order](std::string_view name) -> const flow::Value* {
    return name == "order" || name == "input" ? &order : nullptr;
  };
  flow::Expression expression;
  try {
    expression = flow::Expression(parts[0].text);
  } catch (const std::invalid_argument&) {
    return 0;
  }
  const auto given = fuzz::evaluated(expression, lookup);
  fuzz::require(fuzz::evaluated(expression, lookup) == given, "an expression gives the same again", given.second);
  const auto stored = flow::Expression::deserialise(expression.serialise());
  fuzz::require(fuzz::evaluated(stored, lookup) == given, "a stored expression gives the same", given.second);
  (void)expression.names();
  (void)expression.path();
  try {
    (void)expression.holds(lookup);
  } catch (const std::runtime_error&) {  // said already
  }
  return 0;
}
