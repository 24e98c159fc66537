#include "lane/lane.hpp"

#include <algorithm>

namespace jackfield::lane {
namespace {

template <class Match>
std::shared_ptr<Peer> part(std::vector<std::shared_ptr<Peer>>& peers, Match match) {
  const auto found = std::find_if(peers.begin(), peers.end(), match);
  if (found == peers.end()) return nullptr;
  auto peer = std::move(*found);
  peers.erase(found);
  return peer;
}

}  // namespace

std::size_t Lane::free_peers() const {
  return static_cast<std::size_t>(
      std::count_if(peers.begin(), peers.end(), [](const auto& peer) { return peer->under_way < peer->credit; }));
}

std::shared_ptr<Peer> Lane::idlest() const {
  std::shared_ptr<Peer> best;
  for (const auto& peer : peers)
    if (peer->under_way < peer->credit && (!best || peer->under_way < best->under_way)) best = peer;
  return best;
}

std::shared_ptr<Peer> Lane::part_place(std::uint64_t place) {
  return part(peers, [&](const auto& peer) { return peer->place == place; });
}

std::shared_ptr<Peer> Lane::part_address(const std::string& address) {
  return part(peers, [&](const auto& peer) { return peer->address == address; });
}

LaneStatus Lane::status(bool stopping) const {
  LaneStatus status;
  status.plugin = plugin->descriptor.id;
  status.state = stopping ? "stopped" : pool->dead() || !pool->made() ? "broken" : "running";
  status.calls = calls;
  status.failures = failures;
  status.late = late + pool->late();
  status.waiting = wanted;
  status.in_flight = in_flight;
  status.threads = static_cast<int>(pool->places());
  status.hung = pool->hung();
  return status;
}

}  // namespace jackfield::lane
