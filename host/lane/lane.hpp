// One lane as the switchboard sees it: what waits, who is connected, and how many tasks are under way to whom.
//
// Thread rule: the switchboard's thread.
#pragma once

#include "lane/pool.hpp"
#include "lane/switchboard.hpp"
#include "plugin/registry.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace jackfield::lane {

/// Whoever said HELLO: here a pool's thread.
struct Peer {
  std::string address;               // ZeroMQ's routing id
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

  const plugin::Plugin* plugin = nullptr;
  std::unique_ptr<Pool> pool;
  std::deque<Task> waiting;          // abandoned ones too, until they are passed over
  std::size_t wanted = 0;            // of those, not abandoned
  std::vector<std::shared_ptr<Peer>> peers;
  std::uint64_t calls = 0, failures = 0, late = 0;
  std::size_t in_flight = 0;
};

/// Where a task is that was given and not yet answered.
struct Flight {
  Lane* lane = nullptr;              // none: the step is unknown
  std::shared_ptr<Peer> peer;        // none: it waits
  bool abandoned = false;
};

}  // namespace jackfield::lane
