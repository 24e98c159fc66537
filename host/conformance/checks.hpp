// The checks, in the order they are made. Each runs in a child of its own (Trial) and answers with one Verdict.
#pragma once

#include "conformance/trial.hpp"

#include <span>

namespace jackfield::conformance {

/// How far the library has come: a check that wants more than it has shown so far is not made.
enum class Stage { file, whole, loaded, described, alive };

struct Check {
  const char* name;
  const char* about;
  Stage needs;
  Stage opens;              // where it passes; `needs` again where it opens nothing
  Trial::Check run;
};

[[nodiscard]] std::span<const Check> all_checks();

// Of the file's bytes.
[[nodiscard]] Verdict check_library(const Subject& subject, Trial& trial);
[[nodiscard]] Verdict check_exports(const Subject& subject, Trial& trial);
[[nodiscard]] Verdict check_unique(const Subject& subject, Trial& trial);
[[nodiscard]] Verdict check_glibc(const Subject& subject, Trial& trial);
[[nodiscard]] Verdict check_symbols(const Subject& subject, Trial& trial);
// Of the loaded library.
[[nodiscard]] Verdict check_load(const Subject& subject, Trial& trial);
[[nodiscard]] Verdict check_descriptor(const Subject& subject, Trial& trial);
[[nodiscard]] Verdict check_identity(const Subject& subject, Trial& trial);
// Of what it makes of its settings.
[[nodiscard]] Verdict check_instance(const Subject& subject, Trial& trial);
[[nodiscard]] Verdict check_settings(const Subject& subject, Trial& trial);
// Of an instance at work.
[[nodiscard]] Verdict check_completion(const Subject& subject, Trial& trial);
[[nodiscard]] Verdict check_answers(const Subject& subject, Trial& trial);
[[nodiscard]] Verdict check_input(const Subject& subject, Trial& trial);
[[nodiscard]] Verdict check_borrow(const Subject& subject, Trial& trial);
[[nodiscard]] Verdict check_pure(const Subject& subject, Trial& trial);
[[nodiscard]] Verdict check_threads(const Subject& subject, Trial& trial);
[[nodiscard]] Verdict check_cancel(const Subject& subject, Trial& trial);
[[nodiscard]] Verdict check_deadline(const Subject& subject, Trial& trial);
[[nodiscard]] Verdict check_stop(const Subject& subject, Trial& trial);
[[nodiscard]] Verdict check_leaks(const Subject& subject, Trial& trial);
[[nodiscard]] Verdict check_unload(const Subject& subject, Trial& trial);

}  // namespace jackfield::conformance
