// `jackfield plugin reload` and `release`: the plugins of a running host.
#include "cli/commands.hpp"
#include "cli/remote.hpp"

#include <iostream>

namespace jackfield::cli {

namespace {

int tell(const flow::Value& answer, const std::string& done, bool json) {
  if (json) std::cout << answer.dump(2) << "\n";
  else std::cout << answer.value("id", "") << " " << answer.value("version", "") << " " << done << ", "
                 << answer.value("state", "") << ", " << answer.value("hash", "").substr(0, 12) << "\n";
  return 0;
}

}  // namespace

int plugin_reload(const Target& target, const std::string& id, bool rollback, bool json) {
  const auto answer = ask(target, "POST", "/v1/plugins/" + id + "/reload", rollback ? R"({"rollback":true})" : "{}");
  return tell(answer, rollback ? "is back" : "is loaded", json);
}

int plugin_release(const Target& target, const std::string& id, bool json) {
  return tell(ask(target, "POST", "/v1/plugins/" + id + "/release"), "is let go from quarantine", json);
}

}  // namespace jackfield::cli
