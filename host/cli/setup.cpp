#include "cli/setup.hpp"

#include "config/code.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace jackfield::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t file_most_bytes = 1024 * 1024;

std::vector<std::string> joined(const Sets& sets) {
  std::vector<std::string> texts;
  for (const auto& [key, value] : sets) texts.push_back(key + "=" + value);
  return texts;
}

std::optional<std::string> read_file(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error) || fs::file_size(path, error) > file_most_bytes) return std::nullopt;
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return stream ? std::optional(text.str()) : std::nullopt;
}

flow::Sources read_flows(const fs::path& directory) {
  flow::Sources sources;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory / "flows", error)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".yaml") || name.ends_with(".test.yaml")) continue;
    if (auto text = read_file(entry.path())) sources.flows["flows/" + name] = std::move(*text);
  }
  sources.read = [directory](const std::string& file) { return read_file(directory / file); };
  return sources;
}

/// What the compiler asks of steps, answered from the loaded plugins and their blocks.
class Steps final : public flow::StepCatalog {
 public:
  Steps(const plugin::Registry& registry, const config::Host& host) : registry_(registry), host_(host) {}

  std::optional<flow::StepFacts> find(const std::string& step) const override {
    const auto* found = registry_.step(step);
    if (found == nullptr) return std::nullopt;
    const std::string id = step.substr(0, step.find('.'));
    const config::Adapter& block = host_.adapter(id);
    const auto* plugin = registry_.find(id);
    flow::StepFacts facts;
    facts.pure = found->pure;
    facts.idempotent = found->idempotent;
    facts.irreversible = found->irreversible;
    facts.input = found->input;
    facts.output = found->output;
    facts.retry = {block.retries + 1, block.backoff_first, block.backoff_most};
    facts.give_up = block.give_up;
    // An adapter keeps its own time limit a call; a step may make several. The host's is the last resort.
    facts.timeout = host_.engine.step_timeout;
    if (plugin != nullptr && plugin->descriptor.kind == "adapter") {
      facts.timeout = std::max<flow::Millis>(facts.timeout, 6 * block.timeout);
    }
    return facts;
  }

  std::vector<std::string> steps() const override {
    std::vector<std::string> names;
    for (const auto& plugin : registry_.plugins()) {
      for (const auto& step : plugin.descriptor.steps) names.push_back(step.id);
    }
    return names;
  }

 private:
  const plugin::Registry& registry_;
  const config::Host& host_;
};

bool is_secret(const nlohmann::json& schema, const std::string& key) {
  const auto properties = schema.find("properties");
  if (properties == schema.end() || !properties->contains(key)) return false;
  const auto& member = (*properties)[key];
  return member.value("x-secret", false) || member.value("x-sensitive", false) || member.value("writeOnly", false);
}

flow::SettingLookup settings_of(const plugin::Registry& registry) {
  return [&registry](const std::string& id, const std::string& key) -> std::optional<flow::Value> {
    const auto* plugin = registry.find(id);
    if (plugin == nullptr || is_secret(plugin->descriptor.settings, key)) return std::nullopt;
    const auto settings = flow::Value::parse(plugin->settings_json, nullptr, false);
    if (!settings.is_object() || !settings.contains(key)) return std::nullopt;
    return settings[key];
  };
}

/// What is sold and what it costs is one file: prices are read where the products are, unless it is said otherwise.
void share_catalog(std::map<std::string, flow::Value>& plugins) {
  const auto product = plugins.find("product");
  if (product == plugins.end() || !product->second.is_object() || !product->second.contains("catalog")) return;
  flow::Value& tariff = plugins["tariff"];
  if (tariff.is_null()) tariff = flow::Value::object();
  if (tariff.is_object() && !tariff.contains("catalog")) tariff["catalog"] = product->second["catalog"];
}

plugin::Setup plugin_setup(const config::Host& host, Purpose purpose) {
  plugin::Setup setup;
  setup.plugin_path = host.plugin_path;
  for (const auto& [id, block] : host.plugins) setup.plugins[id] = block.settings;
  share_catalog(setup.plugins);
  for (const auto& [id, block] : host.adapters) setup.adapters[id] = block.settings;
  std::error_code error;
  // Without it libraries are mapped from a temporary folder.
  if (purpose == Purpose::run) setup.surroundings.data_dir = fs::absolute(host.data_dir, error).string();
  setup.surroundings.config_dir = fs::absolute(host.config_dir, error).string();
  setup.surroundings.zone = host.zone;
  setup.surroundings.store_url = host.store.url;
  if (purpose == Purpose::run) setup.contained = blamed(host.data_dir);
  return setup;
}

}  // namespace

bool Setup::good() const {
  return refusals.empty() && registry != nullptr && std::none_of(findings.begin(), findings.end(), [](const auto& one) {
           return one.severity == flow::Severity::error;
         });
}

Setup set_up(const std::string& directory, const Sets& sets, Purpose purpose) {
  Setup setup;
  auto loaded = config::load(directory, joined(sets));
  setup.findings = std::move(loaded.findings);
  setup.host = std::move(loaded.host);
  if (setup.host.config_dir.empty()) setup.host.config_dir = directory;

  auto plugins = plugin::make_registry(plugin_setup(setup.host, purpose));
  setup.refusals = std::move(plugins.refusals);
  for (const auto& found : plugins.findings) {
    setup.findings.push_back(loaded.marks.finding(found.path, config::code::bad_setting, found.message));
  }
  setup.registry = std::move(plugins.registry);
  if (!setup.registry) return setup;  // flows cannot be judged without the steps they name

  auto compiled = flow::compile_all(read_flows(directory), Steps(*setup.registry, setup.host), settings_of(*setup.registry));
  setup.findings.insert(setup.findings.end(), compiled.findings.begin(), compiled.findings.end());
  setup.graphs = std::move(compiled.graphs);
  return setup;
}

std::variant<plugin::Plugin, std::string> set_up_plugin(const config::Host& host, const std::string& id,
                                                        const std::string& file) {
  plugin::Setup setup = plugin_setup(host, Purpose::run);
  for (auto* blocks : {&setup.plugins, &setup.adapters}) {
    std::erase_if(*blocks, [&](const auto& block) { return block.first != id; });
  }
  setup.needed = std::set<std::string>{id};
  setup.file = file;
  auto loaded = plugin::make_registry(setup);
  std::string why;
  for (const auto& refusal : loaded.refusals) why += (why.empty() ? "" : "; ") + refusal.text();
  for (const auto& finding : loaded.findings) why += (why.empty() ? "" : "; ") + finding.path + ": " + finding.message;
  const auto* found = loaded.registry ? loaded.registry->find(id) : nullptr;
  if (found != nullptr) return *found;
  return why.empty() ? "no library is plugin '" + id + "'" : why;
}

std::string report(const Setup& setup) {
  std::string text;
  for (const auto& finding : setup.findings) text += flow::format(finding) + "\n";
  for (const auto& refusal : setup.refusals) text += refusal.text() + "\n";
  return text;
}

flow::Value report_json(const Setup& setup) {
  flow::Value items = config::to_json(setup.findings);
  for (const auto& refusal : setup.refusals) {
    items.push_back({{"file", refusal.file}, {"line", nullptr}, {"column", nullptr}, {"severity", "error"},
                     {"code", config::code::bad_plugin}, {"text", refusal.text()}, {"source", ""}});
  }
  return {{"items", std::move(items)}, {"next", nullptr}};
}

config::Host read_host(const std::string& directory, const Sets& sets) {
  auto loaded = config::load(directory, joined(sets));
  if (!loaded.good()) {
    std::string text;
    for (const auto& finding : loaded.findings) text += "\n" + flow::format(finding);
    throw std::runtime_error("the configuration cannot be read:" + text);
  }
  return std::move(loaded.host);
}

}  // namespace jackfield::cli
