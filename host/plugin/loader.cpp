#include "plugin/loader.hpp"

#include "plugin/library.hpp"

#include <algorithm>
#include <filesystem>

namespace jackfield::plugin {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int adapter_threads = 8;
constexpr int reentrant_threads = 2;

class Shelves final : public Registry {
 public:
  Shelves(std::vector<Plugin> plugins, Surroundings surroundings)
      : plugins_(std::move(plugins)), surroundings_(std::move(surroundings)) {
    index();
  }
  const std::vector<Plugin>& plugins() const override { return plugins_; }
  const Plugin* find(const std::string& id) const override {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
  }
  const StepDescriptor* step(const std::string& id) const override {
    const auto found = steps_.find(id);
    return found == steps_.end() ? nullptr : found->second;
  }
  const Surroundings& surroundings() const override { return surroundings_; }
  void put(const Plugin& plugin) override {
    for (auto& present : plugins_)
      if (present.descriptor.id == plugin.descriptor.id) present = plugin;
    index();
  }

 private:
  void index() {
    by_id_.clear();
    steps_.clear();
    for (const auto& plugin : plugins_) {
      by_id_.emplace(plugin.descriptor.id, &plugin);
      for (const auto& step : plugin.descriptor.steps) steps_.emplace(step.id, &step);
    }
  }

  std::vector<Plugin> plugins_;
  Surroundings surroundings_;
  std::map<std::string, const Plugin*> by_id_;
  std::map<std::string, const StepDescriptor*> steps_;
};

std::vector<std::string> folders(const std::string& plugin_path) {
  std::vector<std::string> all;
  for (std::size_t begin = 0; begin <= plugin_path.size();) {
    const auto end = std::min(plugin_path.find(':', begin), plugin_path.size());
    if (end > begin) all.push_back(plugin_path.substr(begin, end - begin));
    begin = end + 1;
  }
  return all;
}

// Sorted, each file once even where a folder is named twice.
std::vector<std::string> files(const std::string& plugin_path, std::vector<Refusal>& refusals) {
  std::set<std::string> all;
  for (const auto& folder : folders(plugin_path)) {
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    if (error) {
      refusals.push_back({folder, "no readable folder (" + error.message() + ")", "a folder of plugins",
                          "correct plugin_path in host.yaml"});
      continue;
    }
    for (const auto& entry : entries)
      if (entry.path().extension() == ".so" && entry.is_regular_file(error))
        all.insert(fs::weakly_canonical(entry.path(), error).string());
  }
  return {all.begin(), all.end()};
}

Shelved shelve(const std::string& file) {
  Shelved shelved;
  shelved.file = file;
  const auto read = read_library(file);
  if (const auto* refusal = std::get_if<Refusal>(&read)) {
    shelved.refusal = *refusal;
    return shelved;
  }
  const auto inspected = inspect(file, std::get<std::vector<std::uint8_t>>(read));
  if (const auto* refusal = std::get_if<Refusal>(&inspected)) {
    shelved.refusal = *refusal;
    return shelved;
  }
  const auto& found = std::get<Inspection>(inspected);
  shelved.id = found.id;
  shelved.version = found.version;
  shelved.abi = std::to_string(found.abi_major) + "." + std::to_string(found.abi_minor);
  return shelved;
}

// Makes a registry in one go; a class only to hold what all its parts need.
class Loading {
 public:
  explicit Loading(const Setup& setup) : setup_(setup) {
    if (!setup.file.empty()) sort_in(shelve(setup.file));
    else
      for (const auto& file : files(setup.plugin_path, loaded_.refusals)) sort_in(shelve(file));
    surroundings_ = setup.surroundings;
    std::error_code error;
    for (std::string* dir : {&surroundings_.data_dir, &surroundings_.config_dir})
      if (!dir->empty()) *dir = fs::absolute(*dir, error).lexically_normal().string();
  }

  Loaded run() {
    for (const auto& id : wanted()) load(id);
    const bool good = loaded_.refusals.empty() && loaded_.findings.empty();
    (good ? loaded_.registry : loaded_.sound) = std::make_unique<Shelves>(std::move(plugins_), std::move(surroundings_));
    return std::move(loaded_);
  }

 private:
  void sort_in(Shelved shelved) {
    if (shelved.refusal) {
      refused_.push_back(std::move(shelved));
      return;
    }
    const auto [other, fresh] = by_id_.try_emplace(shelved.id, shelved);
    if (!fresh)
      loaded_.refusals.push_back({shelved.file, "plugin '" + shelved.id + "', which " + other->second.file + " is too",
                                  "one library for each plugin id", "take one of the two files away"});
  }

  std::set<std::string> wanted() const {
    std::set<std::string> ids;
    if (setup_.needed) ids = *setup_.needed;
    else
      for (const auto& [id, shelved] : by_id_) ids.insert(id);
    for (const auto& [id, block] : setup_.plugins) ids.insert(id);
    for (const auto& [id, block] : setup_.adapters) ids.insert(id);
    return ids;
  }

  void load(const std::string& id) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return miss(id);
    Plugin plugin;
    plugin.file = found->second.file;
    if (auto refusal = surroundings_.data_dir.empty() ? take(plugin) : choose(plugin)) {
      loaded_.refusals.push_back(std::move(*refusal));
      return;
    }
    plugins_.push_back(std::move(plugin));
  }

  // To look at: the copy does not stay, so it is mapped while it is there.
  std::optional<Refusal> take(Plugin& plugin) {
    auto taken = take_in(plugin.file, "");
    if (auto* refusal = std::get_if<Refusal>(&taken)) return std::move(*refusal);
    adopt(plugin, std::get<std::shared_ptr<const Library>>(taken));
    settle(plugin);
    return std::nullopt;
  }

  // To run: one that is to run in a process of its own never comes into this one.
  std::optional<Refusal> choose(Plugin& plugin) {
    auto tried = try_out(plugin.file, surroundings_.data_dir);
    if (auto* refusal = std::get_if<Refusal>(&tried)) return std::move(*refusal);
    const auto& found = std::get<Tried>(tried);
    plugin.descriptor = found.descriptor;
    plugin.hash = found.hash;
    plugin.path = found.path;
    settle(plugin);
    if (const auto why = setup_.contained.find(found.hash);
        why != setup_.contained.end() && plugin.isolation != "process") {
      plugin.isolation = "process";
      plugin.isolation_reason = why->second;
    }
    if (plugin.isolation == "process") return std::nullopt;
    auto mapped = map_in(found);
    if (auto* refusal = std::get_if<Refusal>(&mapped)) return std::move(*refusal);
    adopt(plugin, std::get<std::shared_ptr<const Library>>(mapped));
    return std::nullopt;
  }

  static void adopt(Plugin& plugin, const std::shared_ptr<const Library>& library) {
    plugin.descriptor = library->descriptor();
    plugin.hash = library->hash();
    plugin.library = library;
    plugin.table = library->table();
  }

  // The file that was refused and seems to be it, or else the id itself; nothing where it may be in a folder that
  // cannot be read.
  void miss(const std::string& id) {
    bool named = std::any_of(loaded_.refusals.begin(), loaded_.refusals.end(),
                             [](const Refusal& refusal) { return !refusal.file.ends_with(".so"); });
    for (const auto& shelved : refused_) {
      if (fs::path(shelved.file).stem() != id) continue;
      loaded_.refusals.push_back(*shelved.refusal);
      named = true;
    }
    if (named) return;
    std::vector<std::string> known;
    for (const auto& [other, shelved] : by_id_) known.push_back(other);
    const std::string near = nearest(id, known);
    const bool plugin_block = setup_.plugins.count(id) > 0, adapter_block = setup_.adapters.count(id) > 0;
    if (plugin_block || adapter_block)
      loaded_.findings.push_back({(adapter_block ? "/adapters/" : "/plugins/") + id,
                                  "no library is plugin '" + id + "'" +
                                      (near.empty() ? "" : " (did you mean '" + near + "'?)") +
                                      "; looked in " + setup_.plugin_path, true});
    else
      loaded_.refusals.push_back({setup_.plugin_path, "no library that is plugin '" + id + "'", id + ".so",
                                  "build or install it there, or correct the step's name in the flow"});
  }

  void settle(Plugin& plugin) {
    const bool adapter = plugin.descriptor.kind == "adapter";
    const auto& id = plugin.descriptor.id;
    const auto& blocks = adapter ? setup_.adapters : setup_.plugins;
    const auto& others = adapter ? setup_.plugins : setup_.adapters;
    const std::string section = adapter ? "/adapters/" : "/plugins/";
    if (others.count(id) > 0)
      loaded_.findings.push_back({(adapter ? "/plugins/" : "/adapters/") + id,
                                  "'" + id + "' is " + (adapter ? "an adapter" : "a plugin") +
                                      ": its settings belong under " + section.substr(1, section.size() - 2), true});
    const auto block = blocks.find(id);
    auto settings = check(plugin.descriptor, block == blocks.end() ? json() : block->second, section + id);
    loaded_.findings.insert(loaded_.findings.end(), settings.findings.begin(), settings.findings.end());
    place(settings.own);
    plugin.settings_json = settings.own.dump(-1, ' ', false, json::error_handler_t::replace);
    plugin.isolation = settings.isolation;
    plugin.limits = settings.limits;
    plugin.whole = settings.whole;
    plugin.threads = settings.threads > 0             ? settings.threads
                     : !plugin.descriptor.reentrant   ? 1
                     : adapter || plugin.descriptor.blocking ? adapter_threads
                                                      : reentrant_threads;
  }

  // "{data_dir}/finance": a default comes from the plugin, so it is here that the folder's name is known.
  void place(json& value) const {
    if (value.is_structured())
      for (auto& inner : value) place(inner);
    if (!value.is_string()) return;
    auto& text = value.get_ref<std::string&>();
    for (const auto& [mark, dir] : {std::pair<std::string, const std::string&>{"{data_dir}", surroundings_.data_dir},
                                    {"{config_dir}", surroundings_.config_dir}})
      if (text.starts_with(mark)) text = dir + text.substr(mark.size());
  }

  const Setup& setup_;
  Surroundings surroundings_;
  Loaded loaded_;
  std::map<std::string, Shelved> by_id_;
  std::vector<Shelved> refused_;
  std::vector<Plugin> plugins_;
};

}  // namespace

std::string Refusal::text() const {
  return file + ": found " + found + "; expected " + expected + "; to mend it, " + mend;
}

Loaded make_registry(const Setup& setup) { return Loading(setup).run(); }

std::vector<Shelved> list(const std::string& plugin_path) {
  std::vector<Shelved> all;
  std::vector<Refusal> refusals;
  for (const auto& file : files(plugin_path, refusals)) all.push_back(shelve(file));
  for (auto& refusal : refusals) all.push_back({refusal.file, "", "", "", refusal});
  return all;
}

std::variant<Descriptor, Refusal> describe(const std::string& file) {
  auto taken = take_in(file, "");
  if (auto* refusal = std::get_if<Refusal>(&taken)) return std::move(*refusal);
  return std::get<std::shared_ptr<const Library>>(taken)->descriptor();
}

}  // namespace jackfield::plugin
