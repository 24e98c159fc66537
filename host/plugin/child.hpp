// Runs a function in a child process of its own, so that nothing it does can harm this one.
//
// The child has its own process group, dies with its parent, leaves no core and has the default signal actions; what
// it writes to standard output and error is caught. It has a time limit, and when it is over, or the child has ended,
// all that is left of its group is killed.
//
// Thread rule: any one thread at a time; it forks, so call it before threads are started where that can be chosen.
// Errors: no outcome where no process or pipe can be had (errno says why).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield::plugin {

struct ChildOutcome {
  std::string said;   // what it told with say()
  std::string noise;  // the beginning of what it printed
  int status = 0;     // as waitpid() gives it
  bool hung = false;  // the time limit ended it

  /// "signal 11 (Segmentation fault): last words", "status 3"; empty where it ended with status 0.
  [[nodiscard]] std::string ending() const;
  /// What it printed, on one line, with ": " before it.
  [[nodiscard]] std::string last_words() const;
};

/// What a child may do with the number it is given: say() to its parent.
using ChildWork = std::function<void(int parent)>;

/// `said_most` bounds what is kept of its words, in bytes. The child ends with status 0 after `work`.
[[nodiscard]] std::optional<ChildOutcome> run_child(const ChildWork& work, std::chrono::milliseconds timeout,
                                                    std::size_t said_most);

/// In the child: tells the parent, who hears it also if the child dies right after.
void say(int parent, std::string_view text);

}  // namespace jackfield::plugin
