#include "conformance/checks.hpp"

namespace jackfield::conformance {

std::span<const Check> all_checks() {
  using enum Stage;
  static constexpr Check all[] = {
      {"library", "a whole shared object of this machine", file, whole, check_library},
      {"exports", "jackfield_plugin_v1, and nothing else", whole, whole, check_exports},
      {"unique", "no unique symbols, which keep a library in the process", whole, whole, check_unique},
      {"glibc", "needs no newer C and C++ library than Debian 12 has", whole, whole, check_glibc},
      {"symbols", "every symbol and library it needs is there", whole, whole, check_symbols},
      {"load", "loading it does nothing; its table fits", whole, loaded, check_load},
      {"descriptor", "says of itself what abi.h asks for", loaded, described, check_descriptor},
      {"identity", "its section says who it is, as its descriptor does", whole, whole, check_identity},
      {"instance", "makes an instance of good settings, and another", described, alive, check_instance},
      {"settings", "refuses missing, wrong and random settings in words", alive, alive, check_settings},
      {"completion", "answers each task exactly once, and no other", alive, alive, check_completion},
      {"answers", "its answers are what its schemas and abi.h say", alive, alive, check_answers},
      {"input", "answers cut off, random and wrong input", alive, alive, check_input},
      {"borrow", "reads nothing it was lent after it gave it back", alive, alive, check_borrow},
      {"pure", "steps that say they are pure answer the same twice", alive, alive, check_pure},
      {"threads", "works from as many threads as it says", alive, alive, check_threads},
      {"cancel", "a cancelled task is answered in time", alive, alive, check_cancel},
      {"deadline", "a task past its deadline is answered in time", alive, alive, check_deadline},
      {"stop", "all that is owed is answered before stop() returns", alive, alive, check_stop},
      {"leaks", "thousands of calls leave no memory, files or threads behind", alive, alive, check_leaks},
      {"unload", "leaves the process without a trace", alive, alive, check_unload},
  };
  return all;
}

}  // namespace jackfield::conformance
