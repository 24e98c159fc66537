// One lane as the switchboard sees it: what waits, who is connected, and how many tasks are under way to whom.
//
// Thread rule: the switchboard's thread.
#pragma once

#include "lane/carrier.hpp"
#include "lane/runner.hpp"
#include "lane/switchboard.hpp"
#include "plugin/registry.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace jackfield::lane {

/// One version of a plugin, and who runs it.
struct Edition {
  Edition(const plugin::Plugin& of);

  const std::shared_ptr<const plugin::Plugin> plugin;
  const std::string version;         // what answers are marked with: "1.0.0+<first digits of its hash>"
  std::unique_ptr<Carrier> carrier;
  Runner* runner = nullptr;          // the same, where it is one
  std::chrono::steady_clock::time_point until{};  // to be ready; or, once it is replaced, to have finished
  bool closing = false;
};

/// Whoever said HELLO: a thread of a pool, or of a runner process.
struct Peer {
  std::string address;               // ZeroMQ's routing id
  Edition* edition = nullptr;
  bool leaving = false;              // was told to go
  bool outside = false;              // reached over the runners' socket
  std::uint64_t place = 0;
  std::size_t credit = 0, under_way = 0;
};

struct Lane {
  /// How many peers have credit left.
  [[nodiscard]] std::size_t free_peers() const;
  /// Of those, the one with the least under way; nullptr where there is none.
  [[nodiscard]] std::shared_ptr<Peer> idlest() const;
  /// Takes a peer off the lane; nullptr where it is not on it.
  std::shared_ptr<Peer> part_place(std::uint64_t place);
  std::shared_ptr<Peer> part_address(const std::string& address);
  [[nodiscard]] LaneStatus status(bool stopping) const;

  /// Whose thread of this process it is.
  [[nodiscard]] Edition* with_place(std::uint64_t place);
  /// No task is to be given now, though there are peers.
  [[nodiscard]] bool held() const;
  [[nodiscard]] const plugin::Descriptor& descriptor() const { return edition->plugin->descriptor; }

  std::unique_ptr<Edition> edition;  // new work goes to this one
  std::unique_ptr<Edition> next;     // a runner that is to take its place once it is ready
  std::vector<std::unique_ptr<Edition>> old;  // replaced, finishing what they have
  std::deque<Task> waiting;          // abandoned ones too, until they are passed over
  std::size_t wanted = 0;            // of those, not abandoned
  bool parking = false;              // has parked tasks since it last took one
  std::vector<std::shared_ptr<Peer>> peers;
  std::uint64_t calls = 0, failures = 0, late = 0;
  std::size_t in_flight = 0;
  // Tasks that were inside the plugin when it crashed, by their keys: they are given alone, so that the next crash
  // tells which of them it was.
  std::unordered_map<std::string, int> suspects;
  bool alone = false;                // a suspect is under way
};

/// Where a task is that was given and not yet answered.
struct Flight {
  Lane* lane = nullptr;              // none: the step is unknown
  std::shared_ptr<Peer> peer;        // none: it waits
  std::string key;                   // where its plugin runs in a process
  bool abandoned = false;
};

}  // namespace jackfield::lane
