// An instance as it stood when somebody was to be shown it.
//
// The engine's thread takes it; whoever shows it makes the bytes (instance_view.cpp, where the API's shape is).
//
// Thread rule: const; any thread, the last of its holders frees it.
#pragma once

#include "engine/catalog.hpp"
#include "flow/state.hpp"

#include <memory>
#include <string>
#include <utility>

namespace jackfield::engine {

class Picture {
 public:
  Picture(std::shared_ptr<const Definition> definition, std::shared_ptr<const flow::State> state)
      : definition_(std::move(definition)), state_(std::move(state)) {}

  /// The API's shape. Text that is not UTF-8 is mended in JSON.
  [[nodiscard]] flow::Value tree() const;
  [[nodiscard]] std::string json() const;
  [[nodiscard]] std::string msgpack() const;

 private:
  std::shared_ptr<const Definition> definition_;
  std::shared_ptr<const flow::State> state_;
};

}  // namespace jackfield::engine
