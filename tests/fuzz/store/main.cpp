// A byte of a store's file that the disk changed, or a file cut short: the host refuses, or has all that was
// acknowledged. Never a crash, and never another truth told as if it were the right one.
//
//   fuzz_store [--runs N] [--seed N]       so many damages, always the same ones of a seed
//   fuzz_store --every FILE                each byte of db or wal, one after the other
//   fuzz_store --damage FILE:flip:AT:BIT   one of them again (FILE: db, wal, crashed-db); or FILE:cut:AT
//
// Two stores are damaged: one closed in good order (db) and one copied while its host was at work, as a killed host
// leaves it (crashed-db and its wal).
#include "ledger.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <random>

namespace jackfield::fuzz {
namespace {

namespace fs = std::filesystem;

const store::InstanceQuery all{"", "", "", "", "", 100'000};
constexpr int batches = 40, batches_late = 6;  // the late ones are in the log alone when the host is killed

struct Damage {
  std::string file;  // db, wal, crashed-db
  bool cut = false;
  std::size_t at = 0;
  int bit = 0;
  [[nodiscard]] std::string text() const {
    return file + (cut ? ":cut:" : ":flip:") + std::to_string(at) + (cut ? "" : ":" + std::to_string(bit));
  }
};

std::string slurp(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}
void spill(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

class Bench {
 public:
  Bench() {
    sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, 1, nullptr);  // a log's salts: the same bytes every time
    std::string pattern = (fs::temp_directory_path() / "jackfield-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    const fs::path file = folder_ / "made.db";
    auto store = store::open({.url = "sqlite3://" + file.string()});
    ledger_.fill(*store, batches);
    store.reset();
    files_["db"] = slurp(file);
    store = store::open({.url = "sqlite3://" + file.string()});
    ledger_.fill(*store, batches_late);
    files_["crashed-db"] = slurp(file);
    files_["wal"] = slurp(file.string() + "-wal");
  }
  ~Bench() { fs::remove_all(folder_); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  [[nodiscard]] std::size_t size(const std::string& file) const { return files_.at(file).size(); }

  /// Empty where the promise is kept; `outcome` is then "refused", "whole" or what was said to be let go of.
  std::string suffers(const Damage& damage, std::string& outcome) {
    const fs::path file = folder_ / "damaged.db";
    for (const char* more : {"", "-wal", "-shm", ".lock"}) fs::remove(file.string() + more);
    const bool crashed = damage.file != "db";
    const auto put = [&](const std::string& name, const fs::path& path) {
      std::string bytes = files_.at(name);
      if (name == damage.file && damage.cut) bytes.resize(damage.at);
      if (name == damage.file && !damage.cut)
        bytes[damage.at] = static_cast<char>(bytes[damage.at] ^ (1 << damage.bit));
      spill(path, bytes);
    };
    put(crashed ? "crashed-db" : "db", file);
    if (crashed) put("wal", file.string() + "-wal");
    const int whole = crashed ? batches + batches_late : batches;
    try {
      std::string said;
      const store::Options options{.url = "sqlite3://" + file.string(),
                                   .say = [&](const std::string& text) { said += text; }};
      const auto store = store::open(options);
      const auto reader = store::open_reader(options);
      const std::string told = Ledger::told(*reader, whole);
      outcome = "whole";
      if (told == ledger_.told(whole)) return {};
      const int there = static_cast<int>(reader->list(all).size());
      if (there < whole && Ledger::told(*reader, there) == ledger_.told(there)) {
        // What was written last is dropped where it is not whole: no one can tell a flipped byte of it from a write
        // that power loss tore, which was never acknowledged. But it is said.
        const std::string lost = "lost the last " + std::to_string(whole - there) + " batches";
        if (said.find(file.string() + "-wal: from byte") == std::string::npos) return lost + " and said nothing";
        outcome = "let go of its last batch, and said so";
        return damage.cut || there == whole - 1 ? "" : lost + ", more than a torn write explains: " + said;
      }
      return "told something else than was acknowledged, and said nothing";
    } catch (const store::StoreError& error) {
      outcome = "refused";
      const std::string why = error.what();
      if (why.find(file.string()) == std::string::npos) return "the refusal does not name the file: " + why;
      return why.find("put back a backup") == std::string::npos ? "the refusal does not say what to do: " + why : "";
    }
  }

 private:
  fs::path folder_;
  Ledger ledger_;
  std::map<std::string, std::string> files_;
};

Damage parse(const std::string& text) {
  Damage damage;
  const auto first = text.find(':'), second = text.find(':', first + 1), third = text.find(':', second + 1);
  damage.file = text.substr(0, first);
  damage.cut = text.compare(first + 1, 3, "cut") == 0;
  damage.at = std::stoul(text.substr(second + 1));
  if (!damage.cut) damage.bit = std::stoi(text.substr(third + 1));
  return damage;
}

class Tally {
 public:
  void suffer(Bench& bench, const Damage& damage) {
    std::string outcome;
    const std::string broken = bench.suffers(damage, outcome);
    ++count_;
    if (broken.empty()) {
      ++kept_[damage.file + " " + outcome];
      return;
    }
    ++broken_;
    ++kept_[damage.file + " BROKEN"];
    if (broken_ <= 20) std::cout << "broken promise: " << damage.text() << ": " << broken << "\n";
  }
  int end() const {
    for (const auto& [what, count] : kept_) std::cout << what << ": " << count << "\n";
    std::cout << count_ << " damages, " << broken_ << " broken promises\n";
    if (broken_ > 0) std::cout << "one again: fuzz_store --damage …\n";
    return broken_ > 0 ? 1 : 0;
  }

 private:
  std::size_t count_ = 0, broken_ = 0;
  std::map<std::string, std::size_t> kept_;
};

}  // namespace
}  // namespace jackfield::fuzz

int main(int argc, char** argv) {
  using namespace jackfield::fuzz;
  std::size_t runs = 1500, seed = 1;
  std::string every, one;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--runs")
      runs = std::stoul(argv[i + 1]);
    else if (option == "--seed")
      seed = std::stoul(argv[i + 1]);
    else if (option == "--every")
      every = argv[i + 1];
    else if (option == "--damage")
      one = argv[i + 1];
  }
  Bench bench;
  Tally tally;
  if (!one.empty()) {
    tally.suffer(bench, parse(one));
    return tally.end();
  }
  if (!every.empty()) {
    for (std::size_t at = 0; at < bench.size(every); ++at)
      tally.suffer(bench, {every, false, at, static_cast<int>(at % 8)});
    return tally.end();
  }
  std::mt19937_64 random(seed);
  for (std::size_t run = 0; run < runs; ++run) {
    const char* const files[] = {"db", "db", "crashed-db", "wal"};
    Damage damage{files[run % 4], run % 8 == 0, 0, static_cast<int>(random() % 8)};
    damage.at = random() % bench.size(damage.file);
    tally.suffer(bench, damage);
  }
  return tally.end();
}
