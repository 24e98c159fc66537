#include "cli/refusal.hpp"

#include "config/code.hpp"
#include "lane/rehearsal.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

namespace jackfield::cli {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct DataPlace {
  std::string file;
  int line = 0, column = 1;
  std::string rest;
};

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = read.ec == std::errc{} && read.ptr == text.data() + text.size() && value > 0;
  return whole ? std::optional(value) : std::nullopt;
}

/// "FILE:LINE: rest" or "FILE:LINE:COLUMN: rest".
std::optional<DataPlace> data_place(const std::string& text) {
  const auto end = text.find(": ");
  if (end == std::string::npos) return std::nullopt;
  DataPlace place;
  place.rest = text.substr(end + 2);
  std::string head = text.substr(0, end);
  std::vector<int> numbers;
  for (auto colon = head.rfind(':'); colon != std::string::npos && numbers.size() < 2; colon = head.rfind(':')) {
    const auto found = number(std::string_view(head).substr(colon + 1));
    if (!found) break;
    numbers.insert(numbers.begin(), *found);
    head.erase(colon);
  }
  if (numbers.empty() || head.empty()) return std::nullopt;
  place.file = head;
  place.line = numbers[0];
  if (numbers.size() > 1) place.column = numbers[1];
  return place;
}

json settings_of(const plugin::Plugin& plugin) {
  json settings = json::parse(plugin.settings_json, nullptr, false);
  return settings.is_object() ? settings : json::object();
}

/// The file itself: named whole, or by its name alone as one of the plugin's settings leads to it.
std::optional<fs::path> data_file(const std::string& named, const json& settings, const fs::path& config_dir) {
  std::error_code error;
  std::vector<fs::path> candidates;
  if (fs::path(named).is_absolute()) candidates.emplace_back(named);
  for (const auto& [key, value] : settings.items()) {
    if (value.is_string() && fs::path(value.get<std::string>()).filename() == fs::path(named).filename()) {
      candidates.push_back(config_dir / value.get<std::string>());
    }
  }
  for (const auto& path : candidates) {
    if (fs::is_regular_file(path, error)) return path.lexically_normal();
  }
  return std::nullopt;
}

std::string shown_name(const fs::path& file, const fs::path& config_dir) {
  const fs::path inside = file.lexically_relative(config_dir.lexically_normal());
  return inside.empty() || *inside.begin() == ".." ? file.string() : inside.string();
}

std::string line_of(const fs::path& file, int wanted) {
  if (file.extension() != ".yaml") return {};
  std::ifstream stream(file, std::ios::binary);
  std::string line;
  for (int number = 0; number < wanted; ++number) {
    if (!std::getline(stream, line)) return {};
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

bool names(const std::string& text, const std::string& value) {
  return !value.empty() && (text.find("'" + value + "'") != std::string::npos || text.find(value + ":") == 0 ||
                            text.find("/" + value + ":") != std::string::npos);
}

/// The key of the settings that the text speaks of; empty where it speaks of none.
std::string key_of(const std::string& text, const plugin::Plugin& plugin, const json& settings) {
  std::string word = text.substr(0, text.find(": "));
  if (word.starts_with("settings /")) word = word.substr(10, word.find('/', 10) - 10);
  const auto known = plugin.descriptor.settings.value("properties", json::object());
  if (known.contains(word)) return word;
  for (const auto& [key, value] : settings.items()) {
    if (value.is_string() && names(text, value.get<std::string>())) return key;
  }
  for (const auto& [key, value] : settings.items()) {  // "found mml …"
    if (text.find(" " + key + " ") != std::string::npos) return key;
  }
  return {};
}

}  // namespace

flow::Finding placed(const std::string& text, const plugin::Plugin& plugin, const std::string& config_dir,
                     const config::Marks& marks) {
  const json settings = settings_of(plugin);
  if (const auto place = data_place(text)) {
    if (const auto file = data_file(place->file, settings, config_dir)) {
      flow::Finding finding;
      finding.code = config::code::bad_data;
      finding.file = shown_name(*file, config_dir);
      finding.line = place->line;
      finding.column = place->column;
      finding.text = place->rest;
      finding.source = line_of(*file, place->line);
      return finding;
    }
  }
  const std::string block = (plugin.descriptor.kind == "adapter" ? "/adapters/" : "/plugins/") + plugin.descriptor.id;
  const std::string key = key_of(text, plugin, settings);
  return marks.finding(key.empty() ? block : config::child(block, key), config::code::bad_setting,
                       "plugin '" + plugin.descriptor.id + "' cannot be made: " + text);
}

std::vector<flow::Finding> hear_plugins(const plugin::Registry& registry, const config::Marks& marks) {
  std::vector<flow::Finding> findings;
  std::set<std::string> heard;
  for (const auto& plugin : registry.plugins()) {
    if (!plugin.whole) continue;  // its settings have their findings
    std::istringstream lines(lane::rehearse(plugin, registry.surroundings()));
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty() && heard.insert(line).second) {
        findings.push_back(placed(line, plugin, registry.surroundings().config_dir, marks));
      }
    }
  }
  return findings;
}

}  // namespace jackfield::cli
