#include "conformance/examination.hpp"

#include "conformance/checks.hpp"
#include "conformance/fence.hpp"
#include "plugin/probe.hpp"
#include "plugin/settings.hpp"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace jackfield::conformance {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::error_code error;
    path_ = (fs::temp_directory_path(error) / "jackfield-check-XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr)
      throw std::runtime_error("no folder for the checks as " + path_ + " (" + std::strerror(errno) +
                               "); make room there, or set TMPDIR");
  }
  ~Folder() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class Examination {
 public:
  explicit Examination(Subject subject) : subject_(std::move(subject)) {
    std::error_code error;
    subject_.file = fs::absolute(subject_.file, error).lexically_normal().string();
    const fs::path none = fs::path(folder_.path()) / "configuration";
    fs::create_directories(none, error);
    subject_.config_dir = subject_.config_dir.empty() ? none.string()
                                                      : fs::absolute(subject_.config_dir, error).lexically_normal().string();
  }

  [[nodiscard]] bool wanted(const Check& check) const { return subject_.only.empty() || subject_.only == check.name; }
  /// Made though it was not asked for, as others build on it.
  [[nodiscard]] bool needed(const Check& check) const { return check.opens != check.needs; }

  Verdict make(const Check& check) {
    if (stage_ < check.needs) return Verdict::skip("not tried: " + blocked_by_ + " comes first");
    Verdict verdict = check.opens == Stage::alive && !misfit_.empty()
                          ? unfit()
                          : Trial::run(check.run, check.name, subject_, folder_.path());
    if (check.opens == check.needs) return verdict;
    if (verdict.state == Verdict::ok) reach(check.opens);
    else blocked_by_ = check.name;
    return verdict;
  }

 private:
  void reach(Stage stage) {
    stage_ = stage;
    if (stage != Stage::described) return;
    const auto probed = plugin::probe(subject_.file, subject_.file, subject_.limit);
    subject_.descriptor = plugin::Descriptor::parse(std::get<std::string>(probed));
    const std::string where = (subject_.descriptor.kind == "adapter" ? "/adapters/" : "/plugins/") + subject_.descriptor.id;
    auto settings = plugin::check(subject_.descriptor, subject_.block, where);
    for (const auto& finding : settings.findings)
      misfit_ += (misfit_.empty() ? "" : "; ") + finding.path + ": " + finding.message;
    subject_.settings = std::move(settings.own);
    redirect(subject_.settings, dead_port_.number());
  }

  [[nodiscard]] Verdict unfit() const {
    return Verdict::fail("settings that do not fit its schema: " + misfit_, "settings an instance can be made of",
                         "give them with --settings FILE, the plugin's block of host.yaml");
  }

  Subject subject_;
  Folder folder_;
  DeadPort dead_port_;
  Stage stage_ = Stage::file;
  std::string blocked_by_ = "library", misfit_;
};

}  // namespace

std::vector<Item> examine(Subject subject, const std::function<void(const Item&)>& told) {
  Examination examination(std::move(subject));
  std::vector<Item> items;
  for (const Check& check : all_checks()) {
    if (!examination.wanted(check) && !examination.needed(check)) continue;
    const auto begun = std::chrono::steady_clock::now();
    Item item{check.name, examination.make(check), {}};
    item.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
    if (told) told(item);
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<std::string> check_names() {
  std::vector<std::string> names;
  for (const Check& check : all_checks()) names.emplace_back(check.name);
  return names;
}

}  // namespace jackfield::conformance
