#include "cli/commands.hpp"
#include "cli/setup.hpp"

#include <iostream>

namespace jackfield::cli {

int plugin_list(const std::string& directory, const Sets& sets, bool json) {
  const auto host = read_host(directory, sets);
  const auto shelf = plugin::list(host.plugin_path);
  bool good = true;
  flow::Value items = flow::Value::array();
  for (const auto& one : shelf) {
    good &= !one.refusal;
    flow::Value item = {{"id", one.id}, {"version", one.version}, {"abi", one.abi}, {"file", one.file}};
    if (one.refusal) item["refusal"] = one.refusal->text();
    items.push_back(std::move(item));
    if (json) continue;
    if (one.refusal) std::cerr << one.refusal->text() << "\n";
    else std::cout << one.id << "  " << one.version << "  abi " << one.abi << "  " << one.file << "\n";
  }
  if (json) std::cout << flow::Value{{"items", std::move(items)}, {"next", nullptr}}.dump(2) << "\n";
  if (shelf.empty() && !json) std::cerr << "jackfield: found no plugin in " << host.plugin_path << "\n";
  return good ? 0 : 1;
}

namespace {

/// "string", or "string|integer" where a setting takes several.
std::string type_of(const flow::Value& schema) {
  const auto type = schema.find("type");
  if (type == schema.end()) return "any";
  if (type->is_string()) return type->get<std::string>();
  std::string joined;
  for (const auto& one : *type) joined += (joined.empty() ? "" : "|") + one.get<std::string>();
  return joined;
}

}  // namespace

int plugin_describe(const std::string& file, bool json) {
  const auto described = plugin::describe(file);
  if (const auto* refusal = std::get_if<plugin::Refusal>(&described)) {
    std::cerr << refusal->text() << "\n";
    return 1;
  }
  const auto& descriptor = std::get<plugin::Descriptor>(described);
  if (json) {
    std::cout << descriptor.to_json().dump(2) << "\n";
    return 0;
  }
  std::cout << descriptor.kind << " " << descriptor.id << " " << descriptor.version << "\n";
  if (!descriptor.summary.empty()) std::cout << descriptor.summary << "\n";
  std::cout << "capabilities:" << (descriptor.reentrant ? " reentrant" : "") << (descriptor.blocking ? " blocking" : "")
            << (descriptor.batch ? " batch" : "") << "\nsettings:\n";
  const auto properties = descriptor.settings.value("properties", nlohmann::json::object());
  for (const auto& [name, schema] : properties.items()) {
    std::cout << "  " << name << "  " << type_of(schema);
    if (schema.contains("default")) std::cout << "  default " << schema["default"].dump();
    if (schema.contains("description")) std::cout << "  " << schema["description"].get<std::string>();
    std::cout << "\n";
  }
  std::cout << "steps:\n";
  for (const auto& step : descriptor.steps) {
    std::cout << "  " << step.id << (step.pure ? " [pure]" : "") << (step.idempotent ? " [idempotent]" : "")
              << (step.irreversible ? " [irreversible]" : "") << "  " << step.summary << "\n";
  }
  return 0;
}

}  // namespace jackfield::cli
