// A short look before a thread goes to sleep.
//
// To be woken costs a thread tens of microseconds where a processor has nothing else to do, more than most steps take.
// So it looks for a while first. Where the look was in vain it looks the less often, down to once in a thousand sleeps.
// It does not yield meanwhile: whoever else wants the processor, of the lowest priority even, would have it for
// milliseconds.
//
// Thread rule: its thread's.
#pragma once

#include <algorithm>
#include <chrono>

namespace jackfield::lane {

class Glance {
 public:
  /// True as soon as `look()` is; false where it was not for some fifty microseconds, or is not worth a look now.
  template <class Look>
  bool operator()(Look look) {
    if (passed_over_ > 0) {
      --passed_over_;
      return false;
    }
    const auto until = std::chrono::steady_clock::now() + longest;
    do {
      if (!look()) continue;
      in_vain_ = 0;
      return true;
    } while (std::chrono::steady_clock::now() < until);
    in_vain_ = std::min(in_vain_ + 1, 10);
    passed_over_ = (1 << in_vain_) - 1;
    return false;
  }

 private:
  static constexpr std::chrono::microseconds longest{50};

  int in_vain_ = 0, passed_over_ = 0;
};

}  // namespace jackfield::lane
