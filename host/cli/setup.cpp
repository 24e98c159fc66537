#include "cli/setup.hpp"

#include "cli/refusal.hpp"
#include "config/code.hpp"

#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
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

/// Plugins and settings that are wrong themselves and have their findings: flows that use them are not wrong for that.
struct Excused {
  bool any_plugin = false;             // of those that are not there
  std::set<std::string> plugins;
  std::set<std::string> settings;      // "credit/url"

  Excused(const Setup& setup, const std::vector<plugin::Finding>& findings) : any_plugin(!setup.readable) {
    for (const auto& refusal : setup.refusals) {
      const fs::path file = refusal.file;
      if (file.extension() == ".so") plugins.insert(file.stem().string());
      else any_plugin = true;          // a folder
    }
    for (const auto& finding : findings) {
      const auto id = finding.path.find('/', 1);
      if (id == std::string::npos) continue;
      const auto key = finding.path.find('/', id + 1);
      if (key == std::string::npos) plugins.insert(finding.path.substr(id + 1));
      else settings.insert(finding.path.substr(id + 1, finding.path.find('/', key + 1) - id - 1));
    }
  }
  [[nodiscard]] bool plugin(const std::string& id) const { return any_plugin || plugins.contains(id); }
};

/// What the compiler asks of steps, answered from the loaded plugins and their blocks.
class Steps final : public flow::StepCatalog {
 public:
  Steps(const plugin::Registry& registry, const config::Host& host, const Excused& excused)
      : registry_(registry), host_(host), excused_(excused) {}

  std::optional<flow::StepFacts> find(const std::string& step) const override {
    const auto* found = registry_.step(step);
    const std::string id = step.substr(0, step.find('.'));
    if (found == nullptr && registry_.find(id) == nullptr && excused_.plugin(id)) {
      return flow::StepFacts{.pure = true};  // nothing is known of it
    }
    if (found == nullptr) return std::nullopt;
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
  const Excused& excused_;
};

bool is_secret(const nlohmann::json& schema, const std::string& key) {
  const auto properties = schema.find("properties");
  if (properties == schema.end() || !properties->contains(key)) return false;
  const auto& member = (*properties)[key];
  return member.value("x-secret", false) || member.value("x-sensitive", false) || member.value("writeOnly", false);
}

flow::SettingLookup settings_of(const plugin::Registry& registry, const Excused& excused) {
  return [&](const std::string& id, const std::string& key) -> std::optional<flow::Value> {
    const auto* plugin = registry.find(id);
    if (plugin == nullptr && excused.plugin(id)) return 0;
    if (plugin == nullptr || is_secret(plugin->descriptor.settings, key)) return std::nullopt;
    const auto settings = flow::Value::parse(plugin->settings_json, nullptr, false);
    if (settings.is_object() && settings.contains(key)) return settings[key];
    return excused.settings.contains(id + "/" + key) ? std::optional<flow::Value>(0) : std::nullopt;
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

plugin::Setup plugin_setup(const config::Host& host, bool look) {
  plugin::Setup setup;
  setup.plugin_path = host.plugin_path;
  for (const auto& [id, block] : host.plugins) setup.plugins[id] = block.settings;
  share_catalog(setup.plugins);
  for (const auto& [id, block] : host.adapters) setup.adapters[id] = block.settings;
  std::error_code error;
  setup.surroundings.data_dir = fs::absolute(host.data_dir, error).string();
  setup.surroundings.config_dir = fs::absolute(host.config_dir, error).string();
  setup.surroundings.zone = host.zone;
  setup.surroundings.store_url = look ? "sqlite3://" + setup.surroundings.data_dir + "/jackfield.db" : host.store.url;
  if (!look) setup.contained = blamed(host.data_dir);
  return setup;
}

/// What the settings of a plugin are found to be is said once, by whoever said it first.
void add_plugin_findings(Setup& setup, const std::vector<plugin::Finding>& findings) {
  if (!setup.readable) return;
  const auto said = setup.findings;
  for (const auto& found : findings) {
    const auto place = found.of_key ? setup.marks.key(found.path) : setup.marks.value(found.path);
    auto finding = setup.marks.finding(place, config::code::bad_setting, found.message);
    const bool known = std::any_of(said.begin(), said.end(), [&](const flow::Finding& other) {
      return other.file == finding.file && other.line == finding.line && other.column == finding.column;
    });
    if (!known) setup.findings.push_back(std::move(finding));
  }
}

/// A data_dir that is no folder, and never can be one.
void judge_data_dir(Setup& setup) {
  std::error_code error;
  const fs::path path = setup.host.data_dir;
  if (!fs::exists(path, error) || fs::is_directory(path, error)) return;
  setup.findings.push_back(setup.marks.finding("/data_dir", config::code::bad_folder,
                                               "data_dir: found a file at " + path.string() + ", expected a folder, or "
                                               "nothing yet"));
}

}  // namespace

Scratch::Scratch() {
  std::error_code error;
  path_ = (fs::temp_directory_path(error) / "jackfield-XXXXXX").string();
  if (::mkdtemp(path_.data()) == nullptr) {
    throw std::runtime_error("no temporary folder can be made as " + path_ + ": " + std::strerror(errno));
  }
}

Scratch::~Scratch() {
  std::error_code error;
  fs::remove_all(path_, error);
}

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
  setup.marks = std::move(loaded.marks);
  setup.readable = loaded.readable;
  judge_data_dir(setup);

  plugin::Loaded plugins;
  if (purpose == Purpose::run && setup.findings.empty()) {
    plugins = plugin::make_registry(plugin_setup(setup.host, false));
  } else {
    setup.scratch = std::make_unique<Scratch>();
    auto elsewhere = joined(sets);
    elsewhere.push_back("data_dir=" + setup.scratch->path());
    plugins = plugin::make_registry(plugin_setup(config::load(directory, elsewhere).host, true));
  }
  setup.refusals = std::move(plugins.refusals);
  add_plugin_findings(setup, plugins.findings);
  setup.registry = plugins.registry ? std::move(plugins.registry) : std::move(plugins.sound);

  const Excused excused(setup, plugins.findings);
  const auto sources = read_flows(directory);
  if (sources.flows.empty()) {
    setup.findings.push_back({config::code::no_flows, flow::Severity::warning, "flows", 0, 0,
                              "found no *.yaml in it, expected a file for each flow; this host takes no order", ""});
  }
  auto compiled = flow::compile_all(sources, Steps(*setup.registry, setup.host, excused),
                                    settings_of(*setup.registry, excused));
  setup.findings.insert(setup.findings.end(), compiled.findings.begin(), compiled.findings.end());
  setup.graphs = std::move(compiled.graphs);
  return setup;
}

std::variant<plugin::Plugin, std::string> set_up_plugin(const config::Host& host, const std::string& id,
                                                        const std::string& file) {
  plugin::Setup setup = plugin_setup(host, false);
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

void hear_plugins(Setup& setup) {
  if (!setup.readable || !setup.scratch) return;
  for (auto& finding : hear_plugins(*setup.registry, setup.marks)) setup.findings.push_back(std::move(finding));
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
