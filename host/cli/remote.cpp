#include "cli/remote.hpp"

#include "cli/setup.hpp"

#include <jackfield/http_client.hpp>

#include <cstdlib>
#include <stdexcept>

namespace jackfield::cli {

namespace {

constexpr std::chrono::seconds answer_timeout{90};  // a reload takes as long as the plugin does to be made

std::pair<std::string, std::string> address(const Target& target) {
  if (!target.host.empty()) return {target.host, "--host"};
  if (const char* named = std::getenv("JACKFIELD_HOST"); named != nullptr && *named != '\0') {
    return {named, "JACKFIELD_HOST"};
  }
  return {"http://" + read_host(target.directory, {}).http.listen, "http.listen of " + target.directory};
}

}  // namespace

flow::Value ask(const Target& target, const std::string& method, const std::string& path, const std::string& body_sent) {
  const auto [url, source] = address(target);
  try {
    HttpClient client(url);
    const auto reply = client.send(method, path, "application/json", body_sent, answer_timeout);
    const auto body = flow::Value::parse(reply.body, nullptr, false);
    if (reply.status >= 300) {
      const std::string detail = body.is_object() ? body.value("detail", reply.body) : reply.body;
      throw std::runtime_error("the host answered " + std::to_string(reply.status) + ": " + detail);
    }
    return body.is_discarded() ? flow::Value(nullptr) : body;
  } catch (const HttpError& error) {
    throw std::runtime_error("no host answers at " + url + " (from " + source + "): " + error.what() +
                             "; start one with 'jackfield run', or name it with --host");
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error("'" + url + "' (from " + source + ") is no address of a host: " + error.what());
  }
}

}  // namespace jackfield::cli
