// Carries tasks to plugins and answers back: the engine's end of all lanes.
//
// A lane is one plugin's connection: a pool of threads in this process (inproc), later a runner process (ipc) or a
// remote machine (tcp), all speaking the same frames (see frames.hpp). Every peer announces a credit window; no more
// tasks are under way to it than that, and what waits here is bounded by `queue_limit`, so nothing grows without bound.
//
// Thread rule: the switchboard belongs to the engine's thread; it talks to peers over ZeroMQ only.
#pragma once

#include "lane/fittings.hpp"
#include "lane/lanes.hpp"

#include <zmq.hpp>

#include <memory>

namespace jackfield::plugin {
class Registry;
}

namespace jackfield::lane {

class Switchboard final : public Lanes {
 public:
  /// Makes every plugin's instance, then starts one pool each. The registry must outlive it. Throws
  /// std::runtime_error with the words of every plugin that refuses its settings; then nothing was started.
  Switchboard(zmq::context_t& context, plugin::Registry& registry, std::size_t queue_limit, Fittings fittings = {});
  ~Switchboard() override;       // stops pools: each plugin's stop(), bounded by its drain limit

  [[nodiscard]] bool give(Task& task) override;
  void flush() override;
  /// Poll this for POLLIN, then collect(). Never blocks.
  [[nodiscard]] zmq::socket_ref socket();
  /// The same, for what comes from runner processes; and a descriptor that is readable when one of them wants to be
  /// looked after, -1 where there are none.
  [[nodiscard]] zmq::socket_ref runners();
  [[nodiscard]] int watch() const;
  std::size_t collect(std::vector<Answer>& answers) override;
  /// A pool thread that is still in the call a grace time after its deadline has lost its place: it is counted as hung
  /// and replaced (at most `threads` times).
  void abandon(std::uint64_t token) override;

  [[nodiscard]] std::unique_ptr<Carrier> prepare(const plugin::Plugin& plugin) const override;
  void replace(const plugin::Plugin& plugin, std::unique_ptr<Carrier> prepared) override;
  [[nodiscard]] std::vector<Replaced> replaced() override;
  [[nodiscard]] bool release(const std::string& plugin) override;
  [[nodiscard]] std::vector<std::string> freed() override;
  [[nodiscard]] std::vector<LaneStatus> status() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jackfield::lane
