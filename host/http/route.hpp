// Which call of the API a method and a path name.
//
// The table in route.cpp is the API: one line a call. A path that is there under another method is 405.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jackfield::http {

enum class Call {
  console,
  console_script,
  console_style,
  metrics,
  healthz,
  readyz,
  flows,
  flow,
  graph,
  start,
  instances,
  instance,
  cancel,
  retry,
  event_to,
  event,
  dead_letters,
  dead_letter,
  replay,
  plugins,
  reload_plugin,
  release_plugin,
};

enum class Content { none, optional, required };  // may a body come with it

struct Route {
  Call call = Call::console;
  Content content = Content::none;
  std::vector<std::string> names;  // what stood at the {…} of the path, in order
};

struct Match {
  enum class Kind { found, no_path, no_method } kind = Kind::no_path;
  Route route;
  std::string allow;  // no_method: for the header Allow
};

/// HEAD finds what GET does.
[[nodiscard]] Match match(std::string_view method, const std::vector<std::string>& segments);

}  // namespace jackfield::http
