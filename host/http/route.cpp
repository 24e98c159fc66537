#include "http/route.hpp"

#include <utility>

namespace jackfield::http {
namespace {

struct Line {
  const char* method;
  const char* path;  // {} takes any one segment
  Call call;
  Content content;
};

constexpr Line lines[] = {
    {"GET", "", Call::console, Content::none},
    {"GET", "console.js", Call::console_script, Content::none},
    {"GET", "console.css", Call::console_style, Content::none},
    {"GET", "metrics", Call::metrics, Content::none},
    {"GET", "healthz", Call::healthz, Content::none},
    {"GET", "readyz", Call::readyz, Content::none},
    {"GET", "v1/flows", Call::flows, Content::none},
    {"GET", "v1/flows/{}", Call::flow, Content::none},
    {"GET", "v1/flows/{}/graph.svg", Call::graph, Content::none},
    {"POST", "v1/flows/{}/instances", Call::start, Content::required},
    {"GET", "v1/instances", Call::instances, Content::none},
    {"GET", "v1/instances/{}", Call::instance, Content::none},
    {"POST", "v1/instances/{}/cancel", Call::cancel, Content::optional},
    {"POST", "v1/instances/{}/retry", Call::retry, Content::optional},
    {"POST", "v1/instances/{}/events/{}", Call::event_to, Content::optional},
    {"POST", "v1/events/{}", Call::event, Content::required},
    {"GET", "v1/dead-letters", Call::dead_letters, Content::none},
    {"GET", "v1/dead-letters/{}", Call::dead_letter, Content::none},
    {"POST", "v1/dead-letters/{}/replay", Call::replay, Content::optional},
    {"GET", "v1/plugins", Call::plugins, Content::none},
    {"POST", "v1/plugins/{}/reload", Call::reload_plugin, Content::optional},
    {"POST", "v1/plugins/{}/release", Call::release_plugin, Content::optional},
};

bool fits(std::string_view path, const std::vector<std::string>& segments, std::vector<std::string>& names) {
  std::size_t at = 0;
  for (; !path.empty(); ++at) {
    const auto slash = path.find('/');
    const auto wanted = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    if (at == segments.size()) return false;
    if (wanted == "{}" && !segments[at].empty())
      names.push_back(segments[at]);
    else if (wanted != segments[at])
      return false;
  }
  return at == segments.size();
}

}  // namespace

Match match(std::string_view method, const std::vector<std::string>& segments) {
  Match result;
  for (const Line& line : lines) {
    std::vector<std::string> names;
    if (!fits(line.path, segments, names)) continue;
    const bool get = std::string_view(line.method) == "GET";
    if (method == line.method || (get && method == "HEAD")) {
      result.kind = Match::Kind::found;
      result.route = {line.call, line.content, std::move(names)};
      return result;
    }
    result.kind = Match::Kind::no_method;
    result.allow = get ? "GET, HEAD" : line.method;
  }
  return result;
}

}  // namespace jackfield::http
