// What one step says to the network element, with the rule that no command is sent twice blindly.
//
// In doubt (a later attempt, or a session that broke after a command left) the network element is asked first whether
// the change is there, and only what is missing is sent. What was sent before may be held up on its way and arrive after
// that question: a refusal in doubt is one only where the change is still not there. Within one attempt it goes on after
// a break as long as there is time, three calls a command at the most.
//
// Lives for one run of a step. Errors: Retry (busy or not reached, and nothing of this attempt happened), Unknown (the
// same, and something did or may have: the next attempt asks first), Fail ERR<code>, in perform() NotDone by that rule.
#pragma once

#include "mml_session.hpp"

#include <jackfield/context.hpp>
#include <jackfield/error.hpp>

#include <functional>
#include <vector>

namespace network_element {

class Conversation {
 public:
  static constexpr int calls_most = 3;

  Conversation(MmlSession& session, const jackfield::Context& ctx, std::chrono::milliseconds timeout);

  /// All that a step does: where it fails for good before anything happened, that is said, and nothing need be undone.
  template <class Work>
  void perform(Work&& work) {
    try {
      work();
    } catch (const jackfield::Fail& fail) {
      if (may_have_changed_) throw;
      throw jackfield::NotDone{fail.code, fail.what()};
    }
  }

  /// A question. RETCODE 0, or one of `nothing` (what LST says where there is nothing).
  MmlReply list(const MmlCommand& question, const std::vector<int>& nothing);

  /// A change. `is_done` asks whether it is there already; a RETCODE among `as_good` counts as done.
  void change(const MmlCommand& command, const std::function<bool()>& is_done, const std::vector<int>& as_good = {});

  /// From here on every change is asked about before it is made: an undo knows nothing of what was done.
  void doubt() { in_doubt_ = true; }

 private:
  [[noreturn]] void give_up(const std::string& code, const std::string& cause) const;
  [[noreturn]] void refuse(const MmlCommand& command, const MmlReply& reply) const;
  [[nodiscard]] MmlSession::Deadline deadline() const;

  MmlSession& session_;
  std::chrono::milliseconds timeout_;
  MmlSession::Deadline end_;
  bool in_doubt_;
  bool may_have_changed_ = false;  // something, by this attempt
};

}  // namespace network_element
