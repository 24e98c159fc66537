// Runs histories: one by its seed, or many.
#include "history.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>

namespace {

using namespace jackfield::simulation;

struct Arguments {
  std::uint64_t from = 1, seeds = 1000;
  bool one = false, loud = false, twice = false, flow = false;
  int broken_most = 5;
  std::string config;
};

bool read(int count, char** words, Arguments& arguments) {
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const bool more = i + 1 < count;
    if (word == "--seed" && more) arguments.from = std::stoull(words[++i]), arguments.seeds = 1, arguments.one = true;
    else if (word == "--seeds" && more) arguments.seeds = std::stoull(words[++i]);
    else if (word == "--from" && more) arguments.from = std::stoull(words[++i]);
    else if (word == "--broken" && more) arguments.broken_most = std::stoi(words[++i]);
    else if (word == "--config" && more) arguments.config = words[++i];
    else if (word == "--loud") arguments.loud = true;
    else if (word == "--twice") arguments.twice = true;
    else if (word == "--flow") arguments.flow = true;
    else return false;
  }
  return true;
}

void tell(const char* program, std::uint64_t seed, const std::string& config, const Result& result, bool with_trace) {
  std::cout << "seed " << seed << ": promise '" << result.promise << "' is broken: " << result.text << "\n";
  if (with_trace) {
    for (const auto& line : result.last) std::cout << "    " << line << "\n";
  }
  std::cout << "  replay: " << program << " --seed " << seed << (config.empty() ? "" : " --config " + config)
            << " --loud\n"
            << std::flush;
}

}  // namespace

int main(int count, char** words) {
  Arguments arguments;
  if (!read(count, words, arguments)) {
    std::cerr
        << "simulation [--seeds N] [--from S] [--twice]    N histories from seed S on; each twice, to be the same\n"
           "simulation --config DIR …                      of the shipped flows there, not of made ones\n"
           "simulation --seed S [--loud] [--flow]          one history, told; and its flow\n";
    return 2;
  }
  spdlog::set_level(spdlog::level::off);
  if (arguments.flow) {
    for (const int version : {1, 2}) {
      const std::uint64_t number = arguments.from % 1500;
      for (const auto& [file, text] : make_flow("f", number * 2 + (version == 1 ? 0 : number % 2), version).files) {
        std::cout << "# " << file << ", version " << version << "\n" << text;
      }
    }
  }
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t events = 0, crashes = 0, orders = 0;
  int broken = 0;
  Settings settings;
  settings.loud = arguments.loud;
  settings.config = arguments.config;
  static constexpr const char* services[] = {"open-account", "change-number", "replace-card"};
  for (std::uint64_t seed = arguments.from; seed < arguments.from + arguments.seeds; ++seed) {
    if (!arguments.config.empty()) settings.shipped = services[seed % 3];
    Result result = History(seed, settings).run();
    if (arguments.twice && result.good) {
      const Result again = History(seed, settings).run();
      if (again.hash != result.hash) {
        result.good = false;
        result.promise = "0 one seed, one history";
        result.text = "a second run of the seed went another way";
      }
    }
    events += result.events;
    crashes += static_cast<std::uint64_t>(result.crashes);
    orders += static_cast<std::uint64_t>(result.orders);
    if (result.good) continue;
    tell(words[0], seed, arguments.config, result, !arguments.loud && broken < 1);
    if (++broken >= arguments.broken_most) break;
  }
  const double took_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%llu histories, %llu events, %llu orders, %llu crashes, %d broken, %.1f s\n",
              static_cast<unsigned long long>(arguments.seeds), static_cast<unsigned long long>(events),
              static_cast<unsigned long long>(orders), static_cast<unsigned long long>(crashes), broken, took_s);
  return broken == 0 ? 0 : 1;
}
