#include <jackfield/json.hpp>

#include <nlohmann/json.hpp>

namespace jackfield {

namespace {

// Deeper than a message may be: refused before it is built, and before it can exhaust the stack.
bool is_shallow(std::string_view json) {
  std::size_t depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (in_text && json[i] == '\\')
      ++i;
    else if (json[i] == '"')
      in_text = !in_text;
    else if (!in_text && (json[i] == '{' || json[i] == '[') && ++depth > message_depth_most)
      return false;
    else if (!in_text && (json[i] == '}' || json[i] == ']') && depth > 0)
      --depth;
  }
  return true;
}

}  // namespace

std::string json_to_msgpack(std::string_view json) {
  if (!is_shallow(json)) {
    throw std::invalid_argument("found JSON deeper than " + std::to_string(message_depth_most) + " levels");
  }
  try {
    const auto value = nlohmann::ordered_json::parse(json);
    std::string packed;
    nlohmann::ordered_json::to_msgpack(value, packed);
    return packed;
  } catch (const nlohmann::json::exception& error) {
    throw std::invalid_argument(std::string("found text that is no JSON: ") + error.what());
  }
}

}  // namespace jackfield
