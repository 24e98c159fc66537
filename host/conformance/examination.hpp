// Makes the checks of a library, one after the other.
//
// The library's code runs in child processes only. A check that wants more than the library has shown so far (an
// instance, where none can be made) is "not applicable", with the check that stands in its way.
//
// Thread rule: on the only thread of its process, as it forks.
#pragma once

#include "conformance/subject.hpp"
#include "conformance/verdict.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace jackfield::conformance {

struct Item {
  std::string check;
  Verdict verdict;
  std::chrono::milliseconds took{0};
};

/// `told` is called with each as it is done. Throws std::runtime_error where there is no temporary folder to be had.
[[nodiscard]] std::vector<Item> examine(Subject subject, const std::function<void(const Item&)>& told = {});

/// The names, in their order.
[[nodiscard]] std::vector<std::string> check_names();

}  // namespace jackfield::conformance
