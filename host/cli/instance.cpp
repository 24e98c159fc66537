#include "cli/commands.hpp"
#include "cli/remote.hpp"

#include <cstdio>
#include <iostream>

namespace jackfield::cli {

namespace {

std::string text(const flow::Value& value, const char* name) {
  const auto at = value.find(name);
  if (at == value.end() || at->is_null()) return "-";
  return at->is_string() ? at->get<std::string>() : at->dump();
}

void print_line(const flow::Value& instance) {
  std::cout << text(instance, "id") << "  " << text(instance, "flow") << "  " << text(instance, "state") << "  "
            << text(instance, "key") << "  " << text(instance, "created_at") << "\n";
}

void print(const flow::Value& instance) {
  for (const char* name : {"id", "flow", "version", "key", "state", "phase", "step", "waiting_for", "created_at",
                           "updated_at", "result", "rejection", "failure", "held"}) {
    if (instance.contains(name) && !instance[name].is_null()) std::cout << name << ": " << text(instance, name) << "\n";
  }
  std::cout << "history:\n";
  for (const auto& line : instance.value("history", flow::Value::array())) {
    std::cout << "  " << text(line, "at") << "  " << text(line, "state") << "  " << text(line, "step") << "  "
              << text(line, "name");
    if (line.contains("code")) std::cout << "  " << text(line, "code");
    std::cout << "\n";
  }
}

}  // namespace

int instance_list(const Target& target, const std::string& query, bool json) {
  const auto list = ask(target, "GET", "/v1/instances?" + query);
  if (json) {
    std::cout << list.dump(2) << "\n";
    return 0;
  }
  for (const auto& instance : list.at("items")) print_line(instance);
  return 0;
}

int instance_show(const Target& target, const std::string& id, bool json) {
  const auto instance = ask(target, "GET", "/v1/instances/" + id);
  if (json) std::cout << instance.dump(2) << "\n";
  else print(instance);
  return 0;
}

int instance_tell(const Target& target, const std::string& id, const std::string& word, bool json) {
  const auto instance = ask(target, "POST", "/v1/instances/" + id + "/" + word);
  if (json) std::cout << instance.dump(2) << "\n";
  else print_line(instance);
  return 0;
}

}  // namespace jackfield::cli
