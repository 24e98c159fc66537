#include "untouched.hpp"

#include <algorithm>

namespace network_element {

void Untouched::add(std::string effect) {
  const std::lock_guard<std::mutex> guard(mutex_);
  if (effects_.size() == most) effects_.pop_front();
  effects_.push_back(std::move(effect));
}

void Untouched::forget(const std::string& effect) {
  const std::lock_guard<std::mutex> guard(mutex_);
  std::erase(effects_, effect);
}

bool Untouched::holds(const std::string& effect) const {
  const std::lock_guard<std::mutex> guard(mutex_);
  return std::find(effects_.begin(), effects_.end(), effect) != effects_.end();
}

}  // namespace network_element
