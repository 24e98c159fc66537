// An order of each service, with the power lost, the disk full or failing at every write and sync of the store.
#include "shipped.hpp"
#include "sqlite_disk.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace {

using namespace jackfield;
using namespace jackfield::power_loss;

struct Arguments {
  std::string config, service, folder;
  std::uint64_t every = 1, at = 0;
  int fault = 0;
  bool loud = false;
};

bool read(int count, char** words, Arguments& arguments) {
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const bool more = i + 1 < count;
    if (word == "--config" && more) arguments.config = words[++i];
    else if (word == "--service" && more) arguments.service = words[++i];
    else if (word == "--every" && more) arguments.every = std::stoull(words[++i]);
    else if (word == "--at" && more) arguments.at = std::stoull(words[++i]);
    else if (word == "--fault" && more) arguments.fault = std::stoi(words[++i]);
    else if (word == "--loud") arguments.loud = true;
    else return false;
  }
  return !arguments.config.empty() && arguments.every > 0;
}

/// One order from its start to its end, with the fault at the `at`-th operation; `at` 0: none.
simulation::Result play(const Arguments& arguments, const std::string& service, Fault fault, std::uint64_t at) {
  FaultyDisk::the().clear();
  SqliteDisk disk(arguments.folder);
  if (at > 0) FaultyDisk::the().plan(fault, at, at * 31 + static_cast<std::uint64_t>(fault));
  simulation::Settings settings;
  settings.disk = &disk;
  settings.shipped = service;
  settings.config = arguments.config;
  settings.acts = 0;
  settings.stop_after_writes = 9;
  settings.loud = arguments.loud;
  return simulation::History(7, settings).run();
}

std::string temporary_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "jackfield-power-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder can be made");
  return name;
}

struct Sums {
  std::uint64_t operations = 0, runs = 0, happened = 0, broken = 0;
};

void play_all(const Arguments& arguments, const std::string& service, const char* program, Sums& sums) {
  const simulation::Result whole = play(arguments, service, Fault::none, 0);
  const std::uint64_t operations = FaultyDisk::the().operations();
  sums.operations += operations;
  if (!whole.good) {
    ++sums.broken;
    std::cout << service << ": " << whole.promise << ": " << whole.text << "\n";
    return;
  }
  std::cout << service << ": " << operations << " writes and syncs\n" << std::flush;
  for (int kind = 1; kind < fault_kinds; ++kind) {
    // Each kind begins elsewhere: with --every 7 there is still one of them at every operation.
    for (std::uint64_t at = 1 + static_cast<std::uint64_t>(kind - 1) % arguments.every; at <= operations;
         at += arguments.every) {
      const simulation::Result result = play(arguments, service, static_cast<Fault>(kind), at);
      ++sums.runs;
      if (FaultyDisk::the().happened()) ++sums.happened;
      if (result.good) continue;
      std::cout << service << ", " << to_string(static_cast<Fault>(kind)) << " at operation " << at << ": promise '"
                << result.promise << "' is broken: " << result.text << "\n";
      if (++sums.broken == 1) {
        for (const auto& line : result.last) std::cout << "    " << line << "\n";
      }
      std::cout << "  replay: " << program << " --config " << arguments.config << " --service " << service
                << " --fault " << kind << " --at " << at << " --loud\n";
      if (sums.broken >= 5) return;
    }
  }
}

}  // namespace

int main(int count, char** words) {
  Arguments arguments;
  if (!read(count, words, arguments)) {
    std::cerr
        << "power_loss --config DIR [--every N] [--service S]        a fault of each kind at every N-th operation\n"
           "power_loss --config DIR --service S --fault K --at N [--loud]    one of them again\n";
    return 2;
  }
  spdlog::set_level(spdlog::level::off);
  arguments.folder = temporary_folder();
  const auto begin = std::chrono::steady_clock::now();
  Sums sums;
  if (arguments.at > 0) {
    const auto result = play(arguments, arguments.service, static_cast<Fault>(arguments.fault), arguments.at);
    std::cout << (result.good ? "good" : result.promise + ": " + result.text) << "\n";
    sums.broken = result.good ? 0 : 1;
  } else {
    for (const std::string service : {"open-account", "change-number", "replace-card"}) {
      if (!arguments.service.empty() && service != arguments.service) continue;
      play_all(arguments, service, words[0], sums);
    }
  }
  std::filesystem::remove_all(arguments.folder);
  const double took_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%llu operations, %llu runs with a fault, %llu met it, %llu broken, %.1f s\n",
              static_cast<unsigned long long>(sums.operations), static_cast<unsigned long long>(sums.runs),
              static_cast<unsigned long long>(sums.happened), static_cast<unsigned long long>(sums.broken), took_s);
  return sums.broken == 0 ? 0 : 1;
}
