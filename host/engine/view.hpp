// What an ingress may look at without asking the engine's thread.
//
// The journal is what is stored; an instance as the API shows it is its fold. A Viewer folds one, and knows the flows.
//
// Thread rule: any thread, several at once; the Reader given belongs to the caller's thread.
#pragma once

#include "flow/value.hpp"

#include <memory>
#include <optional>
#include <string>

namespace jackfield::flow {
class OrderSchema;
}
namespace jackfield::store {
class Reader;
struct InstanceRow;
}  // namespace jackfield::store

namespace jackfield::engine {

class Viewer {
 public:
  virtual ~Viewer() = default;
  /// The instance in the API's shape. Throws store::StoreError.
  virtual flow::Value instance(store::Reader&, const store::InstanceRow&) = 0;
  /// Null where the flow is unknown or takes any order; the engine tells which.
  virtual std::shared_ptr<const flow::OrderSchema> schema(const std::string& flow) = 0;
  /// Empty where the flow is unknown. May take a while: it draws.
  virtual std::optional<std::string> graph_svg(const std::string& flow) = 0;
};

}  // namespace jackfield::engine
