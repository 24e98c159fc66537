// A child process: started with nothing of this one's but a line to read its orders' address from, and what it says
// on its standard output and error; watched through a pidfd, so its end is known at once and its number is never
// taken for another's.
//
// Thread rule: one thread. Ownership: kills and reaps the child in the destructor.
// Errors: the constructor throws std::runtime_error where the child cannot be started.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace jackfield::lane {

class Child {
 public:
  /// How it ended.
  struct End {
    int signal = 0, status = 0;        // status counts where signal is 0
    [[nodiscard]] std::string text() const;
  };

  /// `line` is what it finds at descriptor 3, and `shared` (kept by the caller) at descriptor 4.
  Child(const std::string& program, const std::vector<std::string>& arguments, const std::string& line, int shared);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Readable once it has ended.
  [[nodiscard]] int pidfd() const { return pidfd_; }
  /// Readable while there is something to read.
  [[nodiscard]] int output() const { return output_; }

  /// Whole lines it has written since last asked, at most a few hundred; never waits.
  [[nodiscard]] std::vector<std::string> lines();
  /// How it ended, once it has.
  [[nodiscard]] std::optional<End> ended();
  void kill();
  /// Resident memory in bytes; 0 where it cannot be told.
  [[nodiscard]] std::size_t resident() const;

 private:
  pid_t pid_ = -1;
  int pidfd_ = -1, line_ = -1, output_ = -1;
  std::optional<End> end_;
  std::string unfinished_;
};

}  // namespace jackfield::lane
