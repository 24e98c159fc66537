// What the threads of a pool share, and their work: one plugin, its instance, its desk.
//
// Held by every thread of the pool, so a thread that is left behind in a plugin never outlives what it stands on.
//
// Thread rule: work() is a pool thread's whole life; acquire() and the cancel queue may be used from any thread.
#pragma once

#include "lane/desk.hpp"
#include "lane/instance.hpp"
#include "plugin/registry.hpp"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace jackfield::lane {

class Crew : public std::enable_shared_from_this<Crew> {
 public:
  Crew(zmq::context_t& context, const plugin::Plugin& plugin, const plugin::Surroundings& surroundings,
       std::string address, const Fittings& fittings);

  /// From HELLO to GOODBYE, or to the loss of the place.
  void work(const std::shared_ptr<Place>& place);

  /// Makes an instance where there is none. Throws std::runtime_error where the plugin refuses.
  void make();
  [[nodiscard]] bool made();
  /// Gives the pool's hold on the instance up.
  [[nodiscard]] std::shared_ptr<Instance> release();
  /// The instance is not to be used by a thread that comes new.
  void renounce();

  /// Tells the plugin, on a thread of its own that is started when first needed: cancel() is a plugin's code and may
  /// block. The queue is bounded, and a hint that does not fit is dropped.
  void cancel(std::shared_ptr<Instance> instance, std::uint64_t token);
  void end_cancels();

  [[nodiscard]] const plugin::Plugin& plugin() const { return *plugin_; }
  [[nodiscard]] Desk& desk() { return *desk_; }
  [[nodiscard]] int stuck() const { return stuck_; }
  void count_stuck(int more) { stuck_ += more; }
  [[nodiscard]] std::unique_ptr<zmq::socket_t> connect();

 private:
  [[nodiscard]] bool run(Place& place, std::shared_ptr<Batch> batch, Frame frame);
  [[nodiscard]] std::shared_ptr<Instance> acquire(std::string& refusal, std::uint32_t& wait_ms);
  void judge(const std::shared_ptr<Instance>& instance);
  void serve_cancels();
  [[nodiscard]] std::uint64_t credit() const;

  zmq::context_t& context_;
  const std::shared_ptr<const plugin::Plugin> plugin_;
  const plugin::Surroundings surroundings_;
  const std::string address_;
  const std::shared_ptr<Desk> desk_;
  std::atomic<int> stuck_{0};

  // Instances are made by whichever thread needs one first: one at a time, and the others wait for it.
  std::mutex making_;
  std::shared_ptr<Instance> current_;
  int failures_ = 0;
  std::int64_t next_try_ms_ = 0;
  std::string refusal_;

  // The cancel queue is not a socket: its thread may hang in a plugin, and a socket it held would hold up the context.
  std::mutex cancel_guard_;
  std::condition_variable cancel_wake_;
  std::deque<std::pair<std::shared_ptr<Instance>, std::uint64_t>> cancels_;
  bool cancelling_ = false, cancels_ended_ = false;
};

}  // namespace jackfield::lane
