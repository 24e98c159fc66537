// One check in a child process of its own: what it may use there, and how it is told when the child does not come back.
//
// The child has no network where the system allows that, a folder of its own, random numbers that begin with the
// subject's seed, and time limits, one of which ends it with SIGALRM. Whatever the library does, crash, exit, hang, comes back as the check's failure,
// with what was being done at that moment.
//
// Thread rule: run() on one thread that is the only one of its process; doing() on any thread of the child.
#pragma once

#include "conformance/subject.hpp"
#include "conformance/verdict.hpp"

#include <random>
#include <string>

namespace jackfield::conformance {

class Trial {
 public:
  using Check = Verdict (*)(const Subject&, Trial&);

  /// In the parent. `folder` is there; the check works in a new one below it.
  [[nodiscard]] static Verdict run(Check check, const std::string& name, const Subject& subject,
                                   const std::string& folder);

  /// The same numbers for the same seed and check.
  [[nodiscard]] std::mt19937_64& random() { return random_; }
  /// An existing folder for the plugin's files.
  [[nodiscard]] const std::string& folder() const { return folder_; }
  /// What would be to blame if the library did not come back from it. Cheap enough for every call. Each thing that is
  /// being done has a time of its own, after which the child is ended: five times what an answer may take.
  void doing(const std::string& what);
  /// The same still, and it gets on.
  void go_on() const;

 private:
  Trial(const std::string& name, const Subject& subject, std::string folder, char* crumb);

  std::mt19937_64 random_;
  std::string folder_;
  std::chrono::milliseconds patience_;
  char* crumb_;
};

}  // namespace jackfield::conformance
