// What the steps of a plugin are asked, made up from their input schemas.
#pragma once

#include "conformance/specimen.hpp"
#include "conformance/witness.hpp"
#include "plugin/descriptor.hpp"

#include <random>
#include <string>
#include <vector>

namespace jackfield::conformance {

class Calls {
 public:
  Calls(const plugin::Descriptor& descriptor, std::mt19937_64& random)
      : descriptor_(descriptor), random_(random), specimen_(random) {}

  /// An input that fits, under a key of its own.
  [[nodiscard]] Call fitting(const plugin::StepDescriptor& step);
  /// So many of every step, mixed.
  [[nodiscard]] std::vector<Call> mixed(std::size_t each);

 private:
  const plugin::Descriptor& descriptor_;
  std::mt19937_64& random_;
  Specimen specimen_;
  std::uint64_t count_ = 0;
};

[[nodiscard]] std::string packed(const nlohmann::json& value);
/// The first bytes in hexadecimal, for a person to see.
[[nodiscard]] std::string shown(const std::string& bytes);

}  // namespace jackfield::conformance
