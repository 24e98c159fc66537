// The native ingress' messages, from the bytes on: msgpack to request, and the answer back.
//
// Input: one message. Promised: exactly one answer, a msgpack map with `ok` and an instance or a problem, in UTF-8; a
// request that passes is of known form, its body no deeper than the limit.
#include "harness.hpp"

#include "engine/body.hpp"
#include "engine/native_service.hpp"
#include "http/fake_engine.hpp"

namespace {

using jackfield::flow::Value;

int depth_of(const Value& value) {
  int deepest = 0;
  if (value.is_structured()) {
    for (const auto& member : value) deepest = std::max(deepest, depth_of(member));
  }
  return deepest + (value.is_structured() ? 1 : 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield;
  http::testing::FakeGate gate;
  http::testing::FakeViewer viewer;
  gate.respond = [](const engine::Request& request) {
    return http::testing::reply(200, {{"id", request.id}, {"flow", request.flow}, {"key", request.key}});
  };
  engine::NativeService service(gate, viewer);
  int answers = 0;
  service.serve(fuzz::text_of(data, size), [&answers](const std::string& text) {
    ++answers;
    const Value answer = Value::from_msgpack(text);
    fuzz::require(answer.is_object() && answer.contains("ok"), "an answer is a map with ok");
    fuzz::require(answer.contains(answer["ok"] == true ? "instance" : "problem"), "it says what became of it");
    fuzz::require(fuzz::is_utf8(answer.dump()), "it is UTF-8");
  });
  fuzz::require(answers == 1, "one answer a message");
  for (const auto& request : gate.asked()) {
    fuzz::require(depth_of(request.body) <= static_cast<int>(engine::depth_most),
                  "no request is deeper than the limit");
    (void)request.body.dump();  // throws where a text is not UTF-8, and the engine would with it
    fuzz::require(request.wait >= std::chrono::milliseconds(0) && request.wait <= engine::wait_most,
                  "a wait is bounded");
  }
  return 0;
}
