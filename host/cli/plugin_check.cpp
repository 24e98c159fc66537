// `jackfield plugin check`: the conformance check of one library, a line each.
#include "cli/commands.hpp"
#include "config/reading.hpp"
#include "conformance/examination.hpp"
#include "flow/finding.hpp"
#include "plugin/inspection.hpp"

#include <filesystem>
#include <iomanip>
#include <iostream>
#include <random>

namespace jackfield::cli {

namespace {

namespace fs = std::filesystem;
using conformance::Item;
using conformance::Verdict;

/// "credit 1.0.0", read without running the library; empty where it does not say.
std::string identity(const std::string& file, bool id_only) {
  const auto read = plugin::read_library(file);
  const auto* const bytes = std::get_if<std::vector<std::uint8_t>>(&read);
  if (bytes == nullptr || plugin::check_whole(file, *bytes)) return {};
  const auto identified = plugin::identify(file, *bytes);
  const auto* const found = std::get_if<plugin::Inspection>(&identified);
  if (found == nullptr) return {};
  return id_only ? found->id : found->id + " " + found->version;
}

/// The block for this plugin: the file as a whole, or plugins.<id> or adapters.<id> of a host.yaml. Secrets resolved;
/// "{data_dir}" stays, for each check has a folder of its own.
flow::Value block_of(const fs::path& file, const std::string& id, const fs::path& config_dir) {
  std::vector<flow::Finding> findings;
  auto document = config::read_document(file, file.string(), findings);
  const auto is_map = [&](const char* key) { return document.root.contains(key) && document.root[key].is_object(); };
  std::string path = "plugins." + id;
  if (findings.empty() && document.root.is_object()) {
    if (!is_map("plugins") && !is_map("adapters")) {
      document.root = {{"plugins", {{id, document.root}}}};
    } else if (!is_map("plugins") || !document.root["plugins"].contains(id)) {
      path = "adapters." + id;
    }
  }
  flow::Value block;
  if (findings.empty()) block = config::Reading(document, config_dir, findings).block(path, "{data_dir}");
  if (findings.empty()) return block;
  std::string text = "the settings cannot be read:";
  for (const auto& finding : findings) text += "\n" + flow::format(finding);
  throw UsageError(text);
}

conformance::Subject subject_of(const CheckWords& words) {
  conformance::Subject subject;
  subject.file = words.file;
  subject.seed = words.seed ? *words.seed : std::random_device{}();
  subject.limit = words.limit;
  subject.only = words.only;
  subject.config_dir = !words.directory.empty()  ? words.directory
                       : !words.settings.empty() ? fs::absolute(words.settings).parent_path().string()
                                                 : std::string();
  const std::string id = identity(words.file, true);
  std::error_code error;
  if (!words.settings.empty()) {
    subject.block = block_of(words.settings, id, subject.config_dir);
  } else if (const fs::path own = fs::path(words.directory) / "host.yaml";
             !words.directory.empty() && fs::is_regular_file(own, error)) {
    subject.block = block_of(own, id, subject.config_dir);
  }
  return subject;
}

void print(const Item& item) {
  std::cout << std::left << std::setw(15) << conformance::to_string(item.verdict.state) << std::setw(11) << item.check
            << " " << item.verdict.text() << "\n"
            << std::flush;
}

flow::Value to_json(const std::vector<Item>& items, const conformance::Subject& subject) {
  flow::Value list = flow::Value::array();
  for (const auto& item : items) {
    flow::Value one = item.verdict.to_json();
    one["check"] = item.check;
    one["file"] = subject.file;
    one["seed"] = subject.seed;
    one["took_ms"] = item.took.count();
    list.push_back(std::move(one));
  }
  return {{"items", std::move(list)}, {"next", nullptr}};
}

std::string again(const CheckWords& words, std::uint64_t seed) {
  std::string line = "jackfield plugin check " + words.file;
  if (!words.settings.empty()) line += " --settings " + words.settings;
  if (!words.directory.empty()) line += " -c " + words.directory;
  return line + " --seed " + std::to_string(seed);
}

}  // namespace

int plugin_check(const CheckWords& words) {
  const auto subject = subject_of(words);
  if (!words.json) {
    const std::string who = identity(words.file, false);
    std::cout << words.file << (who.empty() ? "" : ": " + who) << ", seed " << subject.seed << "\n" << std::flush;
  }
  const auto items = conformance::examine(subject, [&](const Item& item) {
    if (!words.json) print(item);
  });
  std::size_t counts[3] = {0, 0, 0};
  for (const auto& item : items) ++counts[item.verdict.state];
  if (words.json) {
    std::cout << to_json(items, subject).dump(2, ' ', false, flow::Value::error_handler_t::replace) << "\n";
  } else {
    std::cout << counts[Verdict::ok] << " ok, " << counts[Verdict::failed] << " failed, "
              << counts[Verdict::not_applicable] << " not applicable\n";
    if (counts[Verdict::failed] > 0) std::cout << "to see the same again: " << again(words, subject.seed) << "\n";
  }
  return counts[Verdict::failed] == 0 ? 0 : 1;
}

}  // namespace jackfield::cli
