// A plugin that does as it should, beside one that does not.
#include <jackfield/plugin.hpp>

struct Nothing {
  bool ok = true;
  JF_FIELDS(ok)
};

struct Go : jackfield::Step<jackfield::NoSettings, Nothing, Nothing> {
  static constexpr auto info = jackfield::step("calm.go", "Does nothing, well").pure();
  Nothing run(const Nothing&, jackfield::Context&) { return {}; }
};

JACKFIELD_PLUGIN("calm", "1.0.0", Go)
