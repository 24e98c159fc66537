// The operator's own flows (config/flows), with plugins and systems that are scripts: every step says yes with all that
// any flow asks for, unless the world lets something go wrong.
#pragma once

#include "world.hpp"

#include "flow/graph.hpp"

#include <map>
#include <string>

namespace jackfield::simulation {

/// Compiled once, from the folder `config`; every step may be repeated under its key. Throws std::logic_error where the
/// flows are refused.
[[nodiscard]] const std::map<std::string, flow::Graph>& shipped_flows(const std::string& config);

/// An order of the flow that leaves nothing to choose.
[[nodiscard]] flow::Value shipped_order(const std::string& flow, const std::string& mark);

class ShippedBusiness final : public Business {
 public:
  explicit ShippedBusiness(const std::map<std::string, flow::Graph>& flows);
  [[nodiscard]] About about(const lane::Task& task) const override;
  [[nodiscard]] flow::Value output(const lane::Task& task) const override;
  [[nodiscard]] bool undoable(const lane::Task& task) const override;

 private:
  std::map<std::string, std::string> undone_by_;   // undo step → run step
  std::map<std::string, std::string> asked_by_;    // verify step → run step
};

}  // namespace jackfield::simulation
