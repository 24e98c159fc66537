// Makes values that fit a JSON Schema: what a step may be given, made up.
//
// It follows type, enum, const, properties, required, items, the limits of numbers, texts and lists, pattern, format
// of dates, anyOf, oneOf, allOf and $ref within the schema. Where a schema says more, a value may miss it: a step
// answers that too.
//
// Thread rule: one thread. The same random numbers give the same values.
#pragma once

#include <nlohmann/json.hpp>

#include <random>
#include <string>

namespace jackfield::conformance {

class Specimen {
 public:
  explicit Specimen(std::mt19937_64& random) : random_(random) {}

  [[nodiscard]] nlohmann::json of(const nlohmann::json& schema);
  /// Of another type than the schema says; null where it takes any.
  [[nodiscard]] nlohmann::json wrong(const nlohmann::json& schema);
  /// Anything at all.
  [[nodiscard]] nlohmann::json anything(int depth = 0);
  [[nodiscard]] std::string text(std::size_t least, std::size_t most);

 private:
  using Json = nlohmann::json;
  std::size_t any(std::size_t below) { return static_cast<std::size_t>(random_() % below); }
  Json value(const Json& schema, int depth);
  Json object(const Json& schema, int depth);
  Json list(const Json& schema, int depth);
  Json number(const Json& schema, bool whole);
  Json text_for(const Json& schema);
  const Json& resolved(const Json& schema) const;

  std::mt19937_64& random_;
  const Json* root_ = nullptr;
};

}  // namespace jackfield::conformance
