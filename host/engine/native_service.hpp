// The native ingress' language: one msgpack map asked, one msgpack map answered. No transport.
//
// Asked: {"v":1,"op":"start","flow","key"?,"body","wait_ms"?} · {"v":1,"op":"get"|"cancel"|"retry","id","wait_ms"?} ·
// {"v":1,"op":"event","id" or "correlation","name","event_id"?,"body"?,"wait_ms"?}. A member "ref" (text or number)
// comes back as it is, for clients with several questions under way: answers come as they are ready.
// Answered: {"ok":true,"instance":{…}} or {"ok":false,"problem":{…}}, shapes as over HTTP. Members may be added to
// both; a change of meaning is a new "v".
//
// Thread rule: serve() belongs to one thread; `answer` may be called on another one.
#pragma once

#include "engine/gate.hpp"
#include "engine/intake.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace jackfield::engine {

class NativeService {
 public:
  /// Both must outlive this.
  NativeService(Gate& gate, Viewer& viewer) : gate_(&gate), intake_(viewer), client_(gate.client()) {}

  /// Calls `answer` exactly once, now or later.
  void serve(std::string_view message, std::function<void(std::string)> answer);

 private:
  Gate* gate_;
  Intake intake_;
  std::unique_ptr<Client> client_;  // made at the start: later there may be no file left for it
};

/// {"ok":false,"problem":{…}} as msgpack.
[[nodiscard]] std::string native_problem(int status, std::string code, std::string detail);

}  // namespace jackfield::engine
