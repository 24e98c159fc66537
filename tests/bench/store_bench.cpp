// How fast the store writes: rows a second of durable steps, in batches, with the instances they are of, which begin
// and end; beside it SQLite's own C API in the same run, with the same settings and the same rows put into a plain
// table, and what the disk can do (fsync a second).
//
// store_bench [FOLDER] [SECONDS]: where to write (default: the working directory), how long each line may take.
#include "store/store.hpp"

#include <sqlite3.h>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <stdexcept>

namespace {

namespace fs = std::filesystem;
namespace store = jackfield::store;
using Clock = std::chrono::steady_clock;

constexpr std::size_t row_bytes = 300;
constexpr std::uint32_t steps_an_instance = 20;

struct Row {
  std::string instance;
  std::uint32_t seq = 0;
};

/// Steps of many instances side by side, as an engine under load makes them.
class Steps {
 public:
  Row next() {
    constexpr std::uint64_t side_by_side = 256;
    const std::uint64_t round = number_ / (side_by_side * steps_an_instance);
    const std::uint64_t instance = round * side_by_side + number_ % side_by_side;
    const auto seq = static_cast<std::uint32_t>(number_ / side_by_side % steps_an_instance);
    ++number_;
    char id[32];
    std::snprintf(id, sizeof id, "01JD%022llu", static_cast<unsigned long long>(instance));
    return {id, seq};
  }

 private:
  std::uint64_t number_ = 0;
};

double rate(double seconds, const std::function<std::size_t()>& work) {
  const auto begin = Clock::now();
  std::size_t done = 0;
  double spent = 0;
  do {
    done += work();
    spent = std::chrono::duration<double>(Clock::now() - begin).count();
  } while (spent < seconds);
  return static_cast<double>(done) / spent;
}

double fsyncs(const fs::path& folder, double seconds) {
  const fs::path path = folder / "fsync";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error("cannot write in " + folder.string());
  const std::string page(4096, 'x');
  const double found = rate(seconds, [&] {
    if (::write(file, page.data(), page.size()) < 0 || ::fdatasync(file) != 0) throw std::runtime_error("fsync failed");
    return std::size_t{1};
  });
  ::close(file);
  fs::remove(path);
  return found;
}

store::InstanceRow beginning(const std::string& id) {
  store::InstanceRow row;
  row.id = id;
  row.flow = "flow20";
  row.definition = row.body_digest = std::string(64, 'd');
  row.state = "running";
  row.created_ms = row.updated_ms = 1'000;
  return row;
}

double through_store(const fs::path& folder, std::size_t batch_rows, double seconds) {
  const auto opened = store::open({.url = "sqlite3://" + (folder / "store.db").string()});
  const store::Bytes event(row_bytes, 0x5a);
  Steps steps;
  return rate(seconds, [&] {
    store::Batch batch;
    batch.journal.reserve(batch_rows);
    for (std::size_t i = 0; i < batch_rows; ++i) {
      Row row = steps.next();
      if (row.seq == 0) batch.instances.push_back(beginning(row.instance));
      if (row.seq + 1 == steps_an_instance) {
        batch.updates.push_back({row.instance, "completed", "", 2'000, store::Wake::none, std::nullopt});
      }
      batch.journal.push_back({std::move(row.instance), row.seq, event});
    }
    opened->commit(batch);
    return batch_rows;
  });
}

class Raw {
 public:
  explicit Raw(const fs::path& path) {
    if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) throw std::runtime_error("cannot open " + path.string());
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = FULL");
    run("PRAGMA wal_autocheckpoint = 4000");
    run("PRAGMA cache_size = -65536");
    run("CREATE TABLE journal (instance TEXT NOT NULL, seq BIGINT NOT NULL, event BLOB NOT NULL,"
        " PRIMARY KEY (instance, seq))");
    sqlite3_prepare_v2(db_, "INSERT INTO journal VALUES (?, ?, ?)", -1, &insert_, nullptr);
  }
  ~Raw() {
    sqlite3_finalize(insert_);
    sqlite3_close(db_);
  }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;

  void run(const char* text) {
    if (sqlite3_exec(db_, text, nullptr, nullptr, nullptr) != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(db_));
  }
  void insert(const Row& row, const store::Bytes& event) {
    sqlite3_bind_text(insert_, 1, row.instance.data(), static_cast<int>(row.instance.size()), SQLITE_STATIC);
    sqlite3_bind_int64(insert_, 2, row.seq);
    sqlite3_bind_blob(insert_, 3, event.data(), static_cast<int>(event.size()), SQLITE_STATIC);
    if (sqlite3_step(insert_) != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(db_));
    sqlite3_reset(insert_);
  }

 private:
  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

double through_c_api(const fs::path& folder, std::size_t batch_rows, double seconds) {
  Raw raw(folder / "raw.db");
  const store::Bytes event(row_bytes, 0x5a);
  Steps steps;
  return rate(seconds, [&] {
    raw.run("BEGIN IMMEDIATE");
    for (std::size_t i = 0; i < batch_rows; ++i) raw.insert(steps.next(), event);
    raw.run("COMMIT");
    return batch_rows;
  });
}

void table(const fs::path& folder, double seconds) {
  const double syncs = fsyncs(folder, seconds);
  std::printf("disk: %.0f fsync/s of a 4 KiB page; rows of %zu bytes; %.1f s a figure\n\n", syncs, row_bytes, seconds);
  std::printf("%6s %14s %14s %6s %12s  %s\n", "batch", "store rows/s", "C API rows/s", "ratio", "commits/s",
      "limited by");
  for (const std::size_t rows : {1, 16, 64, 256}) {
    const fs::path place = folder / ("batch" + std::to_string(rows));
    fs::create_directories(place);
    const double raw = through_c_api(place, rows, seconds);
    const double mine = through_store(place, rows, seconds);
    fs::remove_all(place);
    const double commits = mine / static_cast<double>(rows);
    const double on_disk = commits / syncs;  // share of the time that the fsync a commit owes takes
    std::printf("%6zu %14.0f %14.0f %6.2f %12.0f  %s (%.0f%% of the time is the commit's fsync)\n", rows, mine, raw,
                mine / raw, commits, on_disk > 0.5 ? "disk" : "processor", 100 * on_disk);
  }
}

}  // namespace

int main(int count, char** words) {
  std::string folder = (fs::path(count > 1 ? words[1] : ".") / "store-bench-XXXXXX").string();
  const double seconds = count > 2 ? std::atof(words[2]) : 2.0;
  if (::mkdtemp(folder.data()) == nullptr) {
    std::fprintf(stderr, "store_bench: cannot make a folder in %s\n", folder.c_str());
    return 2;
  }
  int status = 0;
  try {
    table(folder, seconds);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "store_bench: %s\n", error.what());
    status = 1;
  }
  fs::remove_all(folder);
  return status;
}
