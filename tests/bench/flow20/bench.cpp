// The trivial plugin of flow20: one step that may have an effect, for all the host knows.
#include <jackfield/plugin.hpp>

struct Asked {
  std::int64_t n = 0;
  JF_FIELDS((n, "a number"))
};
struct Answered {
  std::int64_t n = 0;
  JF_FIELDS((n, "the next one"))
};

struct Touch : jackfield::Step<jackfield::NoSettings, Asked, Answered> {
  static constexpr auto info = jackfield::step("bench.touch", "Gives the next number").idempotent();
  Answered run(const Asked& asked, jackfield::Context&) { return {asked.n + 1}; }
};

JACKFIELD_PLUGIN("bench", "1.0.0", Touch)
