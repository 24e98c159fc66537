// A struct with JF_FIELDS as JSON text, and back: what an adapter says to the outside. Members keep their order.
//
// Errors: from_json throws std::invalid_argument with every finding, or where the text is no JSON. Unknown members are
// ignored, as in an input.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <jackfield/structure.hpp>

namespace jackfield {

/// JSON text (at most 64 deep) as msgpack bytes; throws std::invalid_argument naming the place where it is wrong.
[[nodiscard]] std::string json_to_msgpack(std::string_view json);

template <class T>
[[nodiscard]] std::string to_json(const T& value) {
  Buffer buffer;
  pack_value(buffer, value);
  return json_text(unpack(view(buffer)).get());
}

template <class T>
[[nodiscard]] T from_json(std::string_view json) {
  T value{};
  Findings findings;
  unpack_value(json_to_msgpack(json), value, findings);
  if (!findings.empty()) throw std::invalid_argument(findings.text());
  return value;
}

}  // namespace jackfield
