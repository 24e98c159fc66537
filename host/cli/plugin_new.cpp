// `jackfield plugin new`: a folder for a plugin of one's own, made of the templates installed beside this program.
//
// A template is a plugin that builds as it stands, under the name "sample"; here the name is put in its place, in files
// and in their names.
#include "cli/commands.hpp"
#include "plugin/settings.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace jackfield::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t name_most = 40;

/// Names CMake or CTest give a meaning of their own as targets.
const std::vector<std::string> taken{"all", "clean", "edit_cache", "help", "install", "package", "package_source",
                                     "rebuild_cache", "test"};

bool is_name(const std::string& name) {
  const auto fits = [](unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= name_most && name.front() >= 'a' && name.front() <= 'z' &&
         std::all_of(name.begin(), name.end(), fits);
}

/// The nearest that would do: "Order-Check" is "order_check"; empty where nothing is left of it.
std::string made_fit(const std::string& name) {
  std::string fit;
  for (const char c : name) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isupper(letter) != 0 && !fit.empty() && fit.back() != '_' && std::isupper(static_cast<unsigned char>(fit.back())) == 0)
      fit += '_';
    if (letter < 128 && std::isalnum(letter) != 0) fit += static_cast<char>(std::tolower(letter));
    else if (!fit.empty() && fit.back() != '_') fit += '_';
  }
  fit.erase(0, std::min(fit.find_first_of("abcdefghijklmnopqrstuvwxyz"), fit.size()));
  fit = fit.substr(0, name_most);
  while (!fit.empty() && fit.back() == '_') fit.pop_back();
  return is_name(fit) ? fit : "";
}

void expect_good_words(const std::string& kind, const std::string& name) {
  if (kind != "step" && kind != "adapter") {
    const auto near = plugin::nearest(kind, {"step", "adapter"});
    throw UsageError("found '" + kind + "', expected step or adapter" +
                     (near.empty() ? "" : " (did you mean '" + near + "'?)"));
  }
  if (std::find(taken.begin(), taken.end(), name) != taken.end())
    throw UsageError("found the name '" + name + "', which has a meaning of its own in a build; expected another");
  if (is_name(name)) return;
  const auto fit = made_fit(name);
  throw UsageError("found the name '" + name + "', expected a-z, 0-9 and _ with a letter first, at most " +
                   std::to_string(name_most) + " of them" + (fit.empty() ? "" : " (did you mean '" + fit + "'?)"));
}

/// Where this program is installed, or built: DIR of DIR/bin/jackfield.
fs::path prefix() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path().parent_path();
}

/// order_check → OrderCheck
std::string pascal(const std::string& name) {
  std::string made;
  bool first = true;
  for (const char c : name) {
    if (c != '_') made += first ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    first = c == '_';
  }
  return made;
}

std::string named(std::string text, const std::string& name) {
  for (const auto& [word, with] : {std::pair<std::string, std::string>{"sample", name}, {"Sample", pascal(name)}})
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += with.size())
      text.replace(at, word.size(), with);
  return text;
}

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw std::runtime_error("cannot read " + file.string() + "; this user must be able to");
  return text.str();
}

std::vector<std::string> fill(const fs::path& folder, const fs::path& from, const std::string& name) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(from)) {
    const auto file = folder / named(entry.path().filename().string(), name);
    std::ofstream(file, std::ios::binary) << named(read(entry.path()), name);
    if (!fs::is_regular_file(file)) throw std::runtime_error("cannot write " + file.string() + "; is there room?");
    files.push_back(file.filename().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int plugin_new(const std::string& kind, const std::string& name, const std::string& parent) {
  expect_good_words(kind, name);
  const fs::path from = prefix() / "share" / "jackfield" / "template" / kind, folder = fs::path(parent) / name;
  std::error_code error;
  if (!fs::is_directory(from, error))
    throw std::runtime_error("found no template at " + from.string() + "; it is installed with the SDK (component sdk)");
  if (fs::exists(folder, error))
    throw std::runtime_error(folder.string() + " is there already, and is left as it is; take another name, or --directory");
  if (!fs::create_directories(folder, error) || error)
    throw std::runtime_error("cannot make " + folder.string() + " (" + error.message() + "); is its parent writable?");
  std::vector<std::string> files;
  try {
    files = fill(folder, from, name);
  } catch (const std::exception&) {
    fs::remove_all(folder, error);  // it was made just now, and is not whole
    throw;
  }
  std::cout << folder.string() << " is made:";
  for (const auto& file : files) std::cout << " " << file;
  std::cout << "\nbuild it, test it, check it:\n  cd " << folder.string() << "\n  cmake -S . -B build -DCMAKE_PREFIX_PATH="
            << prefix().string() << " && cmake --build build && ctest --test-dir build\n  jackfield plugin check build/"
            << name << ".so --settings settings.yaml\n";
  return 0;
}

}  // namespace jackfield::cli
