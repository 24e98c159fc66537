// One question and one answer of the API, free of any HTTP library.
//
// Thread rule: plain data, owned by whoever holds it.
#pragma once

#include "engine/gate.hpp"
#include "http/route.hpp"
#include "http/uri.hpp"

#include <functional>
#include <optional>
#include <string>

namespace jackfield::http {

/// A request's head, as far as the API reads it.
struct Head {
  std::string method, target;
  std::optional<std::string> content_type, content_encoding, idempotency_key;
  std::string prefer, fetch_site;
  bool has_body = false;
};

/// A request that may come in: its call is known, its head has nothing wrong with it.
struct Admitted {
  Route route;
  Target target;
  std::string idempotency_key;
  std::chrono::seconds wait{0};
};

struct Answer {
  engine::Reply reply;       // body is sent as JSON, or as problem+json from status 400 on
  std::string content_type;  // not empty: `text` is sent in place of the reply's body
  std::string text;
  std::string allow;  // 405
  bool page = false;  // the console: allowed to run its own script
};

using Done = std::function<void(Answer)>;

}  // namespace jackfield::http
