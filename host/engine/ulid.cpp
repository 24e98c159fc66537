#include "engine/ulid.hpp"

namespace jackfield::engine {

UlidMaker::UlidMaker() {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device(), device(), device()};
  random_.seed(seed);
}

UlidMaker::UlidMaker(std::uint64_t seed) : random_(seed) {}

std::string UlidMaker::next(std::chrono::sys_time<std::chrono::milliseconds> now) {
  std::int64_t now_ms = now.time_since_epoch().count();
  if (now_ms > last_ms_) {
    last_ms_ = now_ms;
    high_ = random_() & 0x7fff;  // the top bit stays free, so that counting up never wraps
    low_ = random_();
  } else if (++low_ == 0) {
    ++high_;
  }
  static constexpr char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::string text(26, '0');
  std::uint64_t time = static_cast<std::uint64_t>(last_ms_);
  for (std::size_t i = 10; i-- > 0; time >>= 5) text[i] = digits[time & 31];
  __extension__ typedef unsigned __int128 Wide;
  Wide rest = (static_cast<Wide>(high_) << 64) | low_;
  for (std::size_t i = 26; i-- > 10; rest >>= 5) text[i] = digits[static_cast<unsigned>(rest) & 31];
  return text;
}

bool is_ulid(std::string_view text) {
  return text.size() == 26 && text.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ") == std::string_view::npos;
}

}  // namespace jackfield::engine
