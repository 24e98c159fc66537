// The HTTP API between sockets and engine: what a request means, and what its answer is.
//
// It knows no HTTP library: a Head is judged before the body is read (so a body nobody wants is never waited for),
// then the whole question is served. Answers come as a callback, from the caller's, the reading or the engine's thread.
//
// Thread rule: admit() and serve() belong to one thread. `done` is called exactly once, also after this is gone.
#pragma once

#include "engine/intake.hpp"
#include "engine/metrics.hpp"
#include "engine/view.hpp"
#include "http/exchange.hpp"
#include "http/reading.hpp"

#include <memory>
#include <string>
#include <variant>

namespace jackfield::http {

class Api {
 public:
  /// All must outlive this.
  Api(engine::Gate& gate, engine::Viewer& viewer, engine::Metrics& metrics, OpenReader open_reader,
      std::size_t reads_most);

  /// What the head alone refuses: 400, 403, 404, 405, 415.
  [[nodiscard]] std::variant<Admitted, Answer> admit(const Head& head) const;
  void serve(const Admitted& admitted, const std::string& body, Done done);

 private:
  void order(const Admitted& admitted, const flow::Value& body, Done done);
  void event(const Admitted& admitted, flow::Value body, Done done);
  void read(const Admitted& admitted, Done done);
  void list(const Admitted& admitted, engine::Op op, const char* name, Done done);
  void ask(engine::Checked checked, Done done);

  engine::Gate* gate_;
  engine::Viewer* viewer_;
  engine::Metrics* metrics_;
  engine::Intake intake_;
  Reading reading_;
  std::unique_ptr<engine::Client> client_;  // made at the start: later there may be no file left for it
};

}  // namespace jackfield::http
