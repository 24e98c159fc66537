// Keeps a check from the outside: a plugin that is given made-up messages must not send them to a system somebody uses.
//
// Two fences. The process is put into a network of its own, in which nobody listens, where the system lets it; and,
// as not every system does, addresses in the settings are changed to one where nobody can listen.
//
// Thread rule: fence_off() before the process has a second thread.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>

namespace jackfield::conformance {

/// False where the system does not allow it.
bool fence_off();

/// A TCP port of 127.0.0.1 that is taken, so that nobody else has it, and refuses every connection.
class DeadPort {
 public:
  DeadPort();
  ~DeadPort();
  DeadPort(const DeadPort&) = delete;
  DeadPort& operator=(const DeadPort&) = delete;
  [[nodiscard]] std::uint16_t number() const { return number_; }

 private:
  int socket_ = -1;
  std::uint16_t number_ = 9;  // "discard", should there be no socket to be had
};

/// Every "scheme://host:port…" among the texts, made to lead to that port of this machine; paths stay.
void redirect(nlohmann::json& settings, std::uint16_t port);

}  // namespace jackfield::conformance
