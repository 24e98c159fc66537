// A static object's constructor throws.
#include "table.h"

#include <stdexcept>

namespace {
struct Opens {
  Opens() { throw std::runtime_error("no numbers.csv here"); }
} opens;
}  // namespace
