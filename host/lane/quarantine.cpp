#include "lane/quarantine.hpp"

#include <algorithm>

namespace jackfield::lane {
namespace {

constexpr std::chrono::milliseconds first_wait{100}, most_wait{30'000};
constexpr std::chrono::hours most_probe{1};

}  // namespace

void Quarantine::crashed(Time now) {
  recent_.push_back(now);
  while (now - recent_.front() > rule_.within || recent_.size() > 1000) recent_.pop_front();
  ++in_a_row_;
  const bool enough = recent_.size() >= static_cast<std::size_t>(std::max(rule_.crashes, 1));
  if (state_ == State::probing || enough) {
    const bool again = state_ == State::probing;
    wait_ = again ? std::min<Millis>(wait_ * 2, most_probe) : rule_.probe;
    state_ = State::quarantined;
    next_start_ = now + wait_;
    return;
  }
  next_start_ = in_a_row_ <= 1 ? now : now + std::min(most_wait, first_wait * (1 << std::min(in_a_row_ - 2, 16)));
}

void Quarantine::answered() {
  in_a_row_ = 0;
  if (state_ != State::probing) return;
  state_ = State::free;
  recent_.clear();
}

bool Quarantine::release() {
  if (state_ == State::free) return false;
  state_ = State::free;
  recent_.clear();
  in_a_row_ = 0;
  next_start_ = {};
  return true;
}

bool Quarantine::may_start(Time now) {
  if (now < next_start_) return false;
  if (state_ == State::quarantined) state_ = State::probing;
  return true;
}

}  // namespace jackfield::lane
