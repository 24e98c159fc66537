#include "conversation.hpp"

#include <algorithm>

namespace network_element {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// When the step must have answered: a little before the task's own deadline, so that the answer is still wanted.
Clock::time_point end_of(const jackfield::Context& ctx, std::chrono::milliseconds timeout) {
  const auto left = ctx.remaining();
  if (left == std::chrono::milliseconds::max()) return Clock::now() + timeout * 2 * Conversation::calls_most;
  return Clock::now() + left - std::min<std::chrono::milliseconds>(left / 10, 200ms);
}

bool holds(const std::vector<int>& codes, int code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

Conversation::Conversation(MmlSession& session, const jackfield::Context& ctx, std::chrono::milliseconds timeout)
    : session_(session), timeout_(timeout), end_(end_of(ctx, timeout)), in_doubt_(ctx.attempt() > 1) {}

void Conversation::give_up(const std::string& code, const std::string& cause) const {
  if (may_have_changed_) throw jackfield::Unknown{code, cause + "; the next attempt asks what is there first"};
  throw jackfield::Retry{cause, 0, code};
}

void Conversation::refuse(const MmlCommand& command, const MmlReply& reply) const {
  const std::string code = "ERR" + std::to_string(reply.retcode);
  if (reply.is_busy()) give_up(code, command.name() + ": the network element is busy: " + reply.text);
  throw jackfield::Fail{code, command.name() + " was refused: " + reply.text};
}

/// Of one call: the setting, and never past the step's own end.
MmlSession::Deadline Conversation::deadline() const {
  const auto now = Clock::now();
  if (now >= end_) give_up("TIMEOUT", "the time for this attempt is over");
  return std::min(now + timeout_, end_);
}

MmlReply Conversation::list(const MmlCommand& question, const std::vector<int>& nothing) {
  std::string cause;
  for (int call = 0; call < calls_most; ++call) {
    const auto until = deadline();
    try {
      MmlReply reply = session_.ask(question, until);
      if (!reply.is_done() && !holds(nothing, reply.retcode)) refuse(question, reply);
      return reply;
    } catch (const MmlError& error) {
      cause = error.what();
      if (error.kind == MmlError::not_sent) break;
    }
  }
  give_up("UNREACHABLE", cause);
}

void Conversation::change(const MmlCommand& command, const std::function<bool()>& is_done,
                          const std::vector<int>& as_good) {
  std::string cause;
  for (int call = 0; call < calls_most; ++call) {
    if (in_doubt_ && is_done()) return;
    const auto until = deadline();
    try {
      const MmlReply reply = session_.ask(command, until);
      if (reply.is_done())
        may_have_changed_ = true;
      else if (!holds(as_good, reply.retcode) && !(in_doubt_ && !reply.is_busy() && is_done()))
        refuse(command, reply);
      return;
    } catch (const MmlError& error) {
      cause = error.what();
      if (error.kind == MmlError::not_sent) break;
      in_doubt_ = true;
      may_have_changed_ = true;
    }
  }
  give_up(may_have_changed_ ? "NO_ANSWER" : "UNREACHABLE", cause);
}

}  // namespace network_element
