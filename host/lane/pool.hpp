// The threads of this process that run one plugin.
//
// Each thread is a peer of the switchboard: it says HELLO with its credit, is sent tasks, and sends answers. The
// plugin's instance is made in the constructor, so a plugin that refuses its settings is known before any work is
// taken; after that an instance that broke is made anew by the thread that needs it, with a growing wait between the
// tries, in which tasks are answered JF_RETRY.
//
// A thread that is still inside the plugin past deadline and grace loses its place: what it held is answered, what it
// had not read is given back, a new thread takes the place, and where the plugin is not reentrant that one makes an
// instance of its own. A place is filled anew as long as no more than `threads` threads hang at once; after that the
// pool has fewer places, or none, until one comes back.
//
// Thread rule: the switchboard's thread. Errors: the constructor throws std::runtime_error where create() refuses.
#pragma once

#include "lane/carrier.hpp"
#include "lane/fittings.hpp"

#include <zmq.hpp>

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace jackfield::plugin {
struct Plugin;
struct Surroundings;
}

namespace jackfield::lane {

class Crew;
struct Place;

class Pool final : public Carrier {
 public:
  Pool(zmq::context_t& context, const plugin::Plugin& plugin, const plugin::Surroundings& surroundings,
       const std::string& address, const Fittings& fittings);
  ~Pool() override;                                  // leaves behind what has not stopped
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Starts the threads.
  void open() override;
  /// Takes places from threads that hang, and fills them anew.
  [[nodiscard]] std::vector<Lost> check() override;
  void cancel(std::uint64_t token) override;
  void uncancel(std::uint64_t token) override;
  [[nodiscard]] bool write_off(std::uint64_t token) override;

  /// No place is left and none can be filled.
  [[nodiscard]] bool dead() const override;
  [[nodiscard]] std::size_t places() const override;
  [[nodiscard]] int hung() const override;
  [[nodiscard]] std::uint64_t late() const override;
  [[nodiscard]] bool made() const override;

  [[nodiscard]] bool ended() override;
  [[nodiscard]] bool has(std::uint64_t place) const override;

  /// The thread of `place` has said GOODBYE.
  void left(std::uint64_t place) override;
  void retire() override { retired_ = true; }
  /// After the goodbyes: leaves threads that are still inside the plugin behind, and begins to end the instance.
  void close() override;
  /// Waits for that end; false where it still goes on, and is left behind.
  bool closed(std::chrono::steady_clock::time_point until) override;

 private:
  struct Hand {
    std::shared_ptr<Place> place;
    std::thread thread;
  };
  void hire();
  [[nodiscard]] bool take_place(Hand& hand, bool anyhow, Lost& lost);

  std::shared_ptr<Crew> crew_;
  std::vector<Hand> hands_;
  int hung_ = 0;
  std::future<void> end_;
  bool retired_ = false, left_behind_ = false;
};

}  // namespace jackfield::lane
