// How a step says anything but "done": by throwing one of these. The SDK turns it into the ABI's status; nothing thrown
// ever crosses into the host. What the database or the system refuses (soci::soci_error, std::system_error) is a Retry
// with the code DATABASE or SYSTEM; anything else thrown is a Fail with the code EXCEPTION.
//
// Codes are words in capitals; texts say what was found, what was expected and what to do.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include <jackfield/abi.h>

namespace jackfield {

/// What they have in common; catch this to let through what a step means to say.
class Failure : public std::runtime_error {
 public:
  Failure(std::int32_t status_, std::string code_, const std::string& text, std::uint32_t retry_after_ms_ = 0)
      : std::runtime_error(text), status(status_), code(std::move(code_)), retry_after_ms(retry_after_ms_) {}
  std::int32_t status;  // a JF_ status other than JF_OK and JF_PENDING
  std::string code;
  std::uint32_t retry_after_ms;
};

/// A business no, told to the customer in `text`. Never tried again.
struct Reject : Failure {
  Reject(std::string code_, const std::string& text) : Failure(JF_REJECT, std::move(code_), text) {}
};
/// Nothing happened: try again, after `after_ms` at the least; 0 leaves it to the flow's backoff.
struct Retry : Failure {
  explicit Retry(const std::string& text, std::uint32_t after_ms = 0, std::string code_ = "RETRY")
      : Failure(JF_RETRY, std::move(code_), text, after_ms) {}
};
/// A permanent technical failure, of which a part may have happened: the step is undone. Never tried again.
struct Fail : Failure {
  Fail(std::string code_, const std::string& text) : Failure(JF_FAIL, std::move(code_), text) {}
};
/// A permanent technical failure, and nothing happened: there is nothing to undo. Never tried again.
struct NotDone : Failure {
  NotDone(std::string code_, const std::string& text) : Failure(JF_NOT_DONE, std::move(code_), text) {}
};
/// It may have happened: the flow's verify step decides; a step that may be repeated is tried again.
struct Unknown : Failure {
  Unknown(std::string code_, const std::string& text, std::uint32_t after_ms = 0)
      : Failure(JF_UNKNOWN, std::move(code_), text, after_ms) {}
};
/// This instance of the plugin is unusable: the host makes it anew, then tries again.
struct Broken : Failure {
  explicit Broken(const std::string& text) : Failure(JF_BROKEN, "BROKEN", text) {}
};

}  // namespace jackfield
