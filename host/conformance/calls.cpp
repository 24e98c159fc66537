#include "conformance/calls.hpp"

#include <algorithm>

namespace jackfield::conformance {

Call Calls::fitting(const plugin::StepDescriptor& step) {
  Call call;
  call.step = step.id;
  call.input = packed(specimen_.of(step.input));
  call.key = "check-" + std::to_string(++count_) + "/" + step.id;
  return call;
}

std::vector<Call> Calls::mixed(std::size_t each) {
  std::vector<Call> all;
  for (const auto& step : descriptor_.steps)
    for (std::size_t i = 0; i < each; ++i) all.push_back(fitting(step));
  std::shuffle(all.begin(), all.end(), random_);
  return all;
}

std::string packed(const nlohmann::json& value) {
  const auto bytes = nlohmann::json::to_msgpack(value);
  return {bytes.begin(), bytes.end()};
}

std::string shown(const std::string& bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text = std::to_string(bytes.size()) + " bytes";
  if (!bytes.empty()) text += " ";
  for (const char c : bytes.substr(0, 48)) {
    text += digits[static_cast<unsigned char>(c) >> 4];
    text += digits[static_cast<unsigned char>(c) & 15];
  }
  return bytes.size() > 48 ? text + "…" : text;
}

}  // namespace jackfield::conformance
