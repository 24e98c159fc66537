// What a process of its own costs: the same step of the same library in threads of the host and in a runner process.
//
//   isolation_bench PLUGIN_FOLDER JACKFIELD [seconds]
//
// PLUGIN_FOLDER holds calm.so, whose step does nothing. Each figure is the median of five rounds taken in turns, so that
// a noisy machine is unfair to both. One task at a time gives the round trip; 64 and 256 under way give calls a second.
#include "lane/switchboard.hpp"
#include "plugin/loader.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace jackfield;
using Clock = std::chrono::steady_clock;

class Board {
 public:
  Board(const std::string& folder, const std::string& program, const std::string& isolation, const std::string& data) {
    plugin::Setup setup;
    setup.plugin_path = folder;
    setup.needed = std::set<std::string>{"calm"};
    setup.plugins["calm"] = {{"isolation", isolation}};
    setup.surroundings = {data, data, "UTC", "sqlite3://" + data + "/x.db"};
    auto loaded = plugin::make_registry(setup);
    for (const auto& refusal : loaded.refusals) std::fprintf(stderr, "%s\n", refusal.text().c_str());
    for (const auto& finding : loaded.findings) std::fprintf(stderr, "%s: %s\n", finding.path.c_str(), finding.message.c_str());
    if (!loaded.registry) std::exit(1);
    registry_ = std::move(loaded.registry);
    lane::Fittings fittings;
    fittings.program = program;
    board_ = std::make_unique<lane::Switchboard>(context_, *registry_, 100'000, fittings);
  }

  /// Calls a second with so many under way, and each call's time.
  double run(std::size_t under_way, std::chrono::milliseconds time, std::vector<double>& trips_us) {
    std::vector<Clock::time_point> begun(under_way);
    std::size_t done = 0, open = 0;
    std::vector<lane::Answer> answers;
    const auto start = Clock::now();
    const auto give = [&](std::size_t slot) {
      lane::Task task;
      task.token = next_++ * under_way + slot + 1;
      task.step = "calm.go";
      task.instance = "01J00000000000000000000000";
      task.flow = "bench";
      task.key = task.instance + "/calm.go";
      task.deadline_ms = lane::unix_now_ms() + 60'000;
      task.input = {0x80};
      begun[slot] = Clock::now();
      if (!board_->give(task)) std::exit(2);
      ++open;
    };
    for (std::size_t slot = 0; slot < under_way; ++slot) give(slot);
    while (open > 0) {
      board_->flush();
      zmq::pollitem_t items[] = {{board_->socket().handle(), 0, ZMQ_POLLIN, 0},
                                 {board_->runners().handle(), 0, ZMQ_POLLIN, 0}};
      zmq::poll(items, 2, std::chrono::milliseconds(100));
      answers.clear();
      board_->collect(answers);
      const auto now = Clock::now();
      for (const auto& answer : answers) {
        if (answer.status != 0) std::exit(3);
        const std::size_t slot = (answer.token - 1) % under_way;
        trips_us.push_back(std::chrono::duration<double, std::micro>(now - begun[slot]).count());
        ++done;
        --open;
        if (now - start < time) give(slot);
      }
    }
    return double(done) / std::chrono::duration<double>(Clock::now() - start).count();
  }

 private:
  zmq::context_t context_;
  std::unique_ptr<plugin::Registry> registry_;
  std::unique_ptr<lane::Switchboard> board_;
  std::uint64_t next_ = 0;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) {
    std::fprintf(stderr, "usage: isolation_bench PLUGIN_FOLDER JACKFIELD [seconds a round]\n");
    return 2;
  }
  const std::chrono::milliseconds time(static_cast<int>(1000 * (count > 3 ? std::atof(words[3]) : 1.0)));
  std::string data = (std::filesystem::temp_directory_path() / "jackfield-bench-XXXXXX").string();
  if (::mkdtemp(data.data()) == nullptr) return 1;
  {
    Board pool(words[1], words[2], "pool", data), process(words[1], words[2], "process", data);
    std::printf("%-12s %16s %16s %10s\n", "under way", "pool", "process", "process/pool");
    for (const std::size_t under_way : {1u, 64u, 256u}) {
      std::vector<double> rates[2], trips[2];
      for (int round = 0; round < 5; ++round)
        for (int which = 0; which < 2; ++which)
          rates[which].push_back((which == 0 ? pool : process).run(under_way, time, trips[which]));
      const double rate[] = {median(rates[0]), median(rates[1])}, trip[] = {median(trips[0]), median(trips[1])};
      std::printf("%-12zu %12.0f /s %13.0f /s %10.2f\n", under_way, rate[0], rate[1], rate[1] / rate[0]);
      std::printf("%-12s %12.1f us %13.1f us %10.2f\n", "  median", trip[0], trip[1], trip[1] / trip[0]);
    }
  }
  std::filesystem::remove_all(data);
  return 0;
}
