#include <jackfield/async.hpp>

namespace jackfield::detail {

void Owed::add(std::uint64_t token, bool is_repeatable) {
  const std::lock_guard lock(mutex_);
  tokens_.emplace(token, is_repeatable);
}

bool Owed::has(std::uint64_t token) const {
  const std::lock_guard lock(mutex_);
  return tokens_.contains(token);
}

bool Owed::settle(std::uint64_t token, const Outcome& outcome) {
  const std::lock_guard lock(mutex_);
  if (tokens_.erase(token) == 0) return false;
  outcome.complete(*host_, token);
  if (tokens_.empty()) settled_.notify_all();
  return true;
}

void Owed::close(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  settled_.wait_for(lock, patience, [&] { return tokens_.empty(); });
  for (const auto& [token, is_repeatable] : tokens_) {
    const std::int32_t status = is_repeatable ? JF_RETRY : JF_UNKNOWN;
    Outcome{status, 0, {}, "STOPPED", "the plugin was stopped before the step had answered"}.complete(*host_, token);
  }
  tokens_.clear();
}

}  // namespace jackfield::detail
