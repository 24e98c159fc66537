#include "cli/blame.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace jackfield::cli {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t most_remembered = 256;

std::string crumbs_file(const std::string& data_dir) { return (fs::path(run_dir(data_dir)) / "breadcrumbs").string(); }

fs::path memory_file(const std::string& data_dir) { return fs::path(run_dir(data_dir)) / "blamed.json"; }

json remembered(const fs::path& file) {
  std::ifstream stream(file);
  json all = stream ? json::parse(stream, nullptr, false) : json::object();
  return all.is_object() ? all : json::object();
}

void remember(const fs::path& file, const json& all) {
  const fs::path beside = file.string() + ".new";
  std::ofstream stream(beside, std::ios::trunc);
  stream << all.dump(2) << "\n";
  stream.close();
  std::error_code error;
  if (stream) fs::rename(beside, file, error);
  if (!stream || error) throw std::runtime_error("cannot write " + file.string() + "; expected a data_dir with room");
}

std::string why(const lane::Breadcrumbs::Crumb& crumb, const std::string& plugin) {
  return "plugin '" + plugin + "' runs in a process of its own from now on: the host died inside it, of signal " +
         std::to_string(crumb.signal) + " (" + ::strsignal(crumb.signal) + "), in step " + crumb.step +
         " of instance " + crumb.instance + "; replace the library, or set isolation: process";
}

}  // namespace

std::string run_dir(const std::string& data_dir) {
  std::error_code error;
  const fs::path dir = fs::absolute(data_dir, error) / "run";
  fs::create_directories(dir, error);
  fs::permissions(dir, fs::perms::owner_all, error);
  return dir.string();
}

std::unique_ptr<lane::Breadcrumbs> fresh_crumbs(const std::string& data_dir) {
  try {
    return std::make_unique<lane::Breadcrumbs>(crumbs_file(data_dir));
  } catch (const std::runtime_error& error) {
    spdlog::warn("{}; the host runs without: should it die inside a plugin, it cannot tell which", error.what());
    return nullptr;
  }
}

std::map<std::string, std::string> blamed(const std::string& data_dir) {
  const fs::path file = memory_file(data_dir);
  json all = remembered(file);
  bool more = false;
  for (const auto& crumb : lane::Breadcrumbs::read(crumbs_file(data_dir))) {
    const auto at = crumb.plugin.find('@');
    if (crumb.signal == 0 || at == std::string::npos) continue;
    const std::string hash = crumb.plugin.substr(at + 1);
    if (all.contains(hash) || all.size() >= most_remembered) continue;
    all[hash] = why(crumb, crumb.plugin.substr(0, at));
    more = true;
  }
  if (more) remember(file, all);
  std::map<std::string, std::string> found;
  for (const auto& [hash, text] : all.items()) {
    if (text.is_string()) found[hash] = text.get<std::string>();
  }
  return found;
}

}  // namespace jackfield::cli
