#include "lane/switchboard_impl.hpp"

#include <spdlog/spdlog.h>

#include <sys/epoll.h>

#include <algorithm>
#include <stdexcept>

namespace jackfield::lane {
namespace {

constexpr int poison_at = 2;                       // crashes with the same task inside
constexpr std::size_t most_suspects = 4096;
constexpr std::chrono::seconds ready_limit{30};    // for another version to come up

}  // namespace

void Switchboard::Impl::check(std::int64_t now_ms) {
  epoll_event event{};
  const bool called = watch_ >= 0 && ::epoll_wait(watch_, &event, 1, 0) > 0;
  if (!called && now_ms - checked_ms_ < check_every_ms && now_ms >= checked_ms_) return;
  checked_ms_ = now_ms;
  for (auto& [id, lane] : lanes_) look_after(lane);
  write_off(now_ms);
}

void Switchboard::Impl::look_after(Lane& lane) {
  look_after(lane, *lane.edition);
  if (lane.next) {
    look_after(lane, *lane.next);
    judge_next(lane);
  }
  if (!lane.old.empty()) retire(lane);
}

void Switchboard::Impl::look_after(Lane& lane, Edition& edition) {
  for (auto& lost : edition.carrier->check()) take_back(lane, std::move(lost));
  if (const auto death = edition.carrier->died()) mourn(lane, edition, *death);
}

// Answers what the dead carrier still had, and remembers what it died of.
void Switchboard::Impl::mourn(Lane& lane, Edition& edition, const Death& death) {
  const std::string& id = lane.descriptor().id;
  for (auto at = flights_.begin(); at != flights_.end();) {
    Flight& flight = at->second;
    if (flight.lane != &lane || !flight.peer || flight.peer->edition != &edition) {
      ++at;
      continue;
    }
    const std::uint64_t token = at->first;
    const bool poison = death.own && suspect(lane, flight.key, token, death);
    --lane.in_flight;
    if (flight.abandoned) {
      at = flights_.erase(at);
      continue;
    }
    flight.lane = nullptr;
    flight.peer.reset();
    if (poison)
      answer_here(refusal(token, poisoned, "PLUGIN_CRASHED",
                          "it was inside plugin '" + id + "' at " + std::to_string(poison_at) +
                              " crashes of it, the last: " + death.why));
    else
      answer_here(refusal(token, JF_UNKNOWN, "PLUGIN_DIED",
                          "the process of plugin '" + id + "' died while it had the task: " + death.why));
    ++at;
  }
  std::erase_if(lane.peers, [&](const auto& peer) { return peer->edition == &edition; });
  lane.alone = false;
}

// A pool is ready as it stands; a runner first has to start.
void Switchboard::Impl::replace(Lane& lane, std::unique_ptr<Edition> next) {
  if (lane.next) throw std::runtime_error("another version of it is being made ready");
  const bool ready = next->runner == nullptr;
  if (ready) next->carrier->open();
  next->until = std::chrono::steady_clock::now() + ready_limit;
  lane.next = std::move(next);
  if (ready) judge_next(lane);
}

void Switchboard::Impl::judge_next(Lane& lane) {
  const auto now = std::chrono::steady_clock::now();
  const Runner* const runner = lane.next->runner;
  const std::string& id = lane.descriptor().id;
  if (runner != nullptr && !runner->made()) {
    if (!runner->settled() && now < lane.next->until) return;
    std::string why = runner->refusal();
    if (why.empty()) why = "its process did not come up; see the log";
    lane.next.reset();
    replaced_.push_back({id, why});
    return;
  }
  lane.edition->carrier->retire();
  lane.edition->until = now + fittings_.drain;
  lane.old.push_back(std::move(lane.edition));
  lane.edition = std::move(lane.next);
  lane.suspects.clear();
  replaced_.push_back({id, ""});
  spdlog::info("plugin '{}' is now {}; {} of its tasks are still with the version before", id, lane.edition->version,
               lane.in_flight);
}

// An old version gets no more work, finishes what it has, says goodbye, and is ended; or is left when its time is over.
void Switchboard::Impl::retire(Lane& lane) {
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(lane.old, [&](const std::unique_ptr<Edition>& edition) {
    look_after(lane, *edition);
    for (const auto& peer : lane.peers) {
      if (peer->edition != edition.get() || peer->leaving || (peer->under_way > 0 && now < edition->until)) continue;
      peer->leaving = true;
      send(*peer, encode(Goodbye{}));
    }
    if (!edition->closing && (edition->carrier->places() == 0 || now > edition->until)) {
      edition->closing = true;
      edition->carrier->close();
    }
    if (!edition->closing || (!edition->carrier->ended() && now < edition->until + fittings_.drain)) return false;
    mourn(lane, *edition, {"it was replaced, and did not finish in time", false, {}, {}});
    return true;
  });
}

bool Switchboard::Impl::suspect(Lane& lane, const std::string& key, std::uint64_t token, const Death& death) {
  if (std::find(death.inside.begin(), death.inside.end(), token) == death.inside.end()) return false;
  if (lane.suspects.size() >= most_suspects) lane.suspects.erase(lane.suspects.begin());
  if (++lane.suspects[key] < poison_at) return false;
  lane.suspects.erase(key);
  return true;
}

void Switchboard::Impl::take_back(Lane& lane, Lost lost) {
  (void)lane.part_place(lost.place);
  for (auto task = lost.unread.rbegin(); task != lost.unread.rend(); ++task) {
    const auto flight = flights_.find(task->token);
    if (flight == flights_.end()) continue;
    --lane.in_flight;
    if (flight->second.abandoned) {
      flight->second.peer->edition->carrier->uncancel(task->token);
      flights_.erase(flight);
      continue;
    }
    flight->second.peer.reset();
    ++lane.wanted;
    lane.waiting.push_front(std::move(*task));
  }
  if (lost.answers) say_here(std::move(*lost.answers));
}

// A plugin that took a task, returned, and never answers must not keep the credit for ever.
void Switchboard::Impl::write_off(std::int64_t now_ms) {
  for (std::size_t n = late_.size(); n > 0 && now_ms > late_.front().since_ms + fittings_.grace_ms; --n) {
    const Late late = late_.front();
    late_.pop_front();
    const auto found = flights_.find(late.token);
    if (found == flights_.end() || !found->second.peer) continue;
    Flight& flight = found->second;
    if (!flight.peer->edition->carrier->write_off(late.token)) {
      late_.push_back({late.token, now_ms});
      continue;
    }
    --flight.lane->in_flight;
    --flight.peer->under_way;
    flights_.erase(found);
  }
}

}  // namespace jackfield::lane
