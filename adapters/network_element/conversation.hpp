// What one step says to the network element, with the rule that no command is sent twice blindly.
//
// In doubt (a later attempt, or a session that broke after a command left) the network element is asked first whether
// the change is there, and only what is missing is sent. Within one attempt it goes on after a break as long as there
// is time, three calls a command at the most.
//
// Lives for one run of a step. Errors: Retry (busy, or no certain answer: the next attempt asks first), Fail ERR<code>.
#pragma once

#include "mml_session.hpp"

#include <jackfield/context.hpp>

#include <functional>
#include <vector>

namespace network_element {

class Conversation {
 public:
  static constexpr int calls_most = 3;

  Conversation(MmlSession& session, const jackfield::Context& ctx, std::chrono::milliseconds timeout);

  /// A question. RETCODE 0, or one of `nothing` (what LST says where there is nothing).
  MmlReply list(const MmlCommand& question, const std::vector<int>& nothing);

  /// A change. `is_done` asks whether it is there already; a RETCODE among `as_good` counts as done.
  void change(const MmlCommand& command, const std::function<bool()>& is_done, const std::vector<int>& as_good = {});

  /// From here on every change is asked about before it is made: an undo knows nothing of what was done.
  void doubt() { in_doubt_ = true; }

  /// Nothing of this step can have happened in the network, by this attempt or an earlier one.
  [[nodiscard]] bool is_untouched() const { return !in_doubt_ && !has_changed_; }

 private:
  [[nodiscard]] MmlSession::Deadline deadline() const;

  MmlSession& session_;
  std::chrono::milliseconds timeout_;
  MmlSession::Deadline end_;
  bool in_doubt_;
  bool has_changed_ = false;
};

}  // namespace network_element
