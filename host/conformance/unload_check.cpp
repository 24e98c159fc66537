// After its last instance a library can leave the process: no thread of it is left, and it is unmapped.
#include "conformance/calls.hpp"
#include "conformance/checks.hpp"
#include "conformance/footprint.hpp"
#include "conformance/instance.hpp"
#include "plugin/inspection.hpp"
#include "plugin/linkage.hpp"
#include "plugin/mapping.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

namespace jackfield::conformance {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds patience = 1s, pause = 5ms;  // a thread that was joined may be in the list a moment longer

bool is_mapped(const std::string& file) {
  std::error_code error;
  const std::string path = std::filesystem::canonical(file, error).string();
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.size() > path.size() && line.ends_with(" " + path)) return true;
  return false;
}

bool threads_back_to(std::int64_t count) {
  for (auto left = patience; left > 0s; left -= pause) {
    if (count_threads() <= count) return true;
    std::this_thread::sleep_for(pause);
  }
  return count_threads() <= count;
}

/// One life, on a thread that ends with it: what belongs to that thread is gone then, as in the host.
void live(const plugin::Mapping& library, const Subject& subject, Trial& trial) {
  std::string thrown;
  std::thread([&] {
    try {
      Instance instance(library.table(), subject, trial);
      instance.make();
      const auto calls = Calls(subject.descriptor, trial.random()).mixed(2);
      const auto tasks = instance.begin(calls);
      (void)instance.witness().wait(tasks, subject.limit);
      instance.stop();
      instance.destroy();
    } catch (const std::exception& error) {
      thrown = error.what();
    }
  }).join();
  if (!thrown.empty()) throw std::runtime_error(thrown);
}

std::string reason(const std::string& file) {
  const auto read = plugin::read_library(file);
  const auto* const bytes = std::get_if<std::vector<std::uint8_t>>(&read);
  if (bytes == nullptr) return "it cannot be read any more";
  const auto linkage = plugin::read_linkage(*bytes);
  if (linkage.never_unloaded) return "it is linked with -z nodelete";
  if (std::any_of(linkage.exports.begin(), linkage.exports.end(), [](const auto& one) { return one.unique; }))
    return "it has unique symbols: see unique";
  return "something holds it: a thread_local object with a destructor, or another library";
}

}  // namespace

Verdict check_unload(const Subject& subject, Trial& trial) {
  const auto threads = count_threads_before();
  plugin::Mapping library(subject.file);
  trial.doing("made, asked, stopped and destroyed");
  live(library, subject, trial);
  trial.doing("watched for threads after destroy()");
  if (!threads_back_to(threads))
    return Verdict::fail(std::to_string(count_threads() - threads) + " threads that still run after destroy()",
                         "none, as their code is about to leave", "join them in stop()");
  trial.doing("unmapped (dlclose)");
  library.close();
  if (is_mapped(subject.file))
    return Verdict::fail("a library that stays in the process after dlclose: " + reason(subject.file),
                         "that it leaves, so that a new version can take its place",
                         "build it with jackfield_add_plugin(); give thread_local objects no destructor");
  return Verdict::pass("no thread and no mapping of it is left");
}

}  // namespace jackfield::conformance
