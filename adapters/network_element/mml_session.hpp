// The one MML session with the network element: kept open, logged in, logged in again after a break.
//
// Any thread may ask; commands go one at a time, which is what the network element wants, and who waits for its turn
// waits no longer than its own deadline. A session whose answer did not come in time is dropped: a late answer can never
// be taken for another command's. What is said between replies and is none (blank lines, a prompt) is skipped.
//
// Errors: MmlError says whether the command may have been carried out; jackfield::Fail LOGIN_REFUSED where the network
// element knows us not. No text ever holds a command's parameters.
#pragma once

#include "mml_command.hpp"
#include "mml_reply.hpp"
#include "turn.hpp"

#include <jackfield/secret.hpp>

#include <chrono>
#include <stdexcept>
#include <string>

namespace network_element {

class MmlError : public std::runtime_error {
 public:
  enum Kind {
    not_sent,  // nothing happened in the network
    no_answer  // sent, at least in part: ask with LST, then decide
  };
  MmlError(Kind kind_, const std::string& text) : std::runtime_error(text), kind(kind_) {}
  Kind kind;
};

class MmlSession {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  /// Throws std::invalid_argument for an address that is not tcp://host:port. Does not connect.
  MmlSession(const std::string& address, std::string operator_name, jackfield::Secret password);
  ~MmlSession();
  MmlSession(const MmlSession&) = delete;
  MmlSession& operator=(const MmlSession&) = delete;

  /// The reply, whatever its RETCODE but 4001: then it logs in again and asks once more.
  MmlReply ask(const MmlCommand& command, Deadline deadline);

 private:
  void open(Deadline deadline);
  void log_in(Deadline deadline);
  void drop();
  bool is_stale();
  MmlReply exchange(const MmlCommand& command, Deadline deadline);
  void send(const std::string& bytes, Deadline deadline);
  std::string receive(Deadline deadline);
  void wait(short events, Deadline deadline) const;

  std::string host_, port_, operator_;
  jackfield::Secret password_;
  Turn one_at_a_time_;
  int socket_ = -1;
};

}  // namespace network_element
