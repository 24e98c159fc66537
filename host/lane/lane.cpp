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

Edition::Edition(const plugin::Plugin& of)
    : plugin(std::make_shared<const plugin::Plugin>(of)),
      version(of.descriptor.version + (of.hash.empty() ? "" : "+" + of.hash.substr(0, 12))) {}

Edition* Lane::with_place(std::uint64_t place) {
  if (edition->carrier->has(place)) return edition.get();
  if (next && next->carrier->has(place)) return next.get();
  for (const auto& one : old)
    if (one->carrier->has(place)) return one.get();
  return nullptr;
}

// Two instances of a plugin that is not reentrant, the old and the new, never work at once.
bool Lane::held() const {
  if (alone) return true;
  if (old.empty() || descriptor().reentrant) return false;
  return std::any_of(peers.begin(), peers.end(),
                     [&](const auto& peer) { return peer->edition != edition.get() && peer->under_way > 0; });
}

std::size_t Lane::free_peers() const {
  return static_cast<std::size_t>(std::count_if(peers.begin(), peers.end(), [this](const auto& peer) {
    return peer->edition == edition.get() && peer->under_way < peer->credit;
  }));
}

std::shared_ptr<Peer> Lane::idlest() const {
  std::shared_ptr<Peer> best;
  for (const auto& peer : peers)
    if (peer->edition == edition.get() && peer->under_way < peer->credit && (!best || peer->under_way < best->under_way)) best = peer;
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
  const Carrier* const carrier = edition->carrier.get();
  status.plugin = descriptor().id;
  status.version = descriptor().version;
  status.hash = edition->plugin->hash;
  status.isolation = edition->plugin->isolation;
  status.draining = !old.empty();
  status.state = carrier->dead() || !carrier->made() ? "broken" : "running";
  carrier->describe(status);
  if (stopping) status.state = "stopped";
  if (status.reason.empty()) status.reason = edition->plugin->isolation_reason;
  status.calls = calls;
  status.failures = failures;
  status.late = late + carrier->late();
  status.waiting = wanted;
  status.in_flight = in_flight;
  status.threads = static_cast<int>(carrier->places());
  status.hung = carrier->hung();
  return status;
}

}  // namespace jackfield::lane
