// Steps that were refused before anything of them happened.
//
// Why: the undo of a step that failed is not told how far it came, and would otherwise remove what is another's (a Ki
// that was there before), or place a work order only to cancel it. A memory of the newest ones: where it is lost, the
// undo asks and mends as ever. Thread rule: any thread; the mutex guards the small list, never a call to the outside.
#pragma once

#include <deque>
#include <mutex>
#include <string>

namespace network_element {

class Untouched {
 public:
  static constexpr std::size_t most = 4096;

  void add(std::string effect);
  /// It is being tried again.
  void forget(const std::string& effect);
  /// Whether it was there; it is forgotten only when newer ones push it out, for an undo may be tried again.
  [[nodiscard]] bool holds(const std::string& effect) const;

 private:
  mutable std::mutex mutex_;
  std::deque<std::string> effects_;
};

}  // namespace network_element
