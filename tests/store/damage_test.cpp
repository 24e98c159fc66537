// Bytes that the disk changed, and stores of a host whose pages had no sums yet.
#include "store/backend.hpp"
#include "store/page_sums.hpp"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>

namespace jackfield::store {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void flip(const fs::path& path, std::uintmax_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const int byte = file.get();
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(byte ^ 0x10));
}

class DamageTest : public StoreTest {
 protected:
  DamageTest() {
    options_.say = [this](const std::string& text) { said_ += text + "\n"; };
  }

  /// One journal line a batch, so many, of one instance. `killed`: the log is left as a kill leaves it.
  void fill(std::uint32_t batches, bool killed) {
    const auto store = open(options_);
    for (std::uint32_t i = 0; i < batches; ++i) store->commit({.journal = {line("01A", i, Bytes(3'000, 7))}});
    if (!killed) return;
    for (const char* end : {"", "-wal"}) fs::copy_file(database_file() + end, database_file() + end + ".kept");
    left_ = true;
  }
  void put_back() {
    if (!left_) return;
    for (const char* end : {"", "-wal"}) fs::rename(database_file() + end + ".kept", database_file() + end);
    fs::remove(database_file() + "-shm");
  }
  std::string log() const { return database_file() + "-wal"; }

  std::string said_;
  bool left_ = false;
};
INSTANTIATE_TEST_SUITE_P(Of, DamageTest, ::testing::Values("sqlite"), name_of);

TEST_P(DamageTest, NamesThePageThatDoesNotFitItsSum) {
  fill(50, false);
  const auto size = fs::file_size(database_file());
  flip(database_file(), size - 2'000);  // within the last page: a byte of a row
  std::string text;
  const auto kind = refusal([&] {
    const auto store = open(options_);
    (void)open_reader(options_)->journal("01A");
  }, &text);
  EXPECT_EQ(kind, StoreError::Kind::corrupt) << text;
  EXPECT_NE(text.find("store " + database_file()), std::string::npos) << text;
  EXPECT_NE(text.find("page " + std::to_string(size / 4096)), std::string::npos) << text;
  EXPECT_NE(text.find("does not fit its sum"), std::string::npos) << text;
  EXPECT_NE(text.find("put back a backup"), std::string::npos) << text;
}

TEST_P(DamageTest, RefusesALogWithDamageBeforeLaterTransactions) {
  fill(20, true);
  put_back();
  const auto before = slurp(log());
  flip(log(), before.size() / 2);
  std::string text;
  EXPECT_EQ(refusal([&] { (void)open(options_); }, &text), StoreError::Kind::corrupt) << text;
  EXPECT_NE(text.find(log() + ": found damage from byte "), std::string::npos) << text;
  EXPECT_NE(text.find("put back a backup"), std::string::npos) << text;
  EXPECT_EQ(slurp(log()).size(), before.size()) << "the refused log is kept";
}

TEST_P(DamageTest, SaysThatALastTransactionIsNotWhole) {
  fill(20, true);
  put_back();
  flip(log(), fs::file_size(log()) - 2'000);
  {
    const auto store = open(options_);
    EXPECT_EQ(open_reader(options_)->journal("01A").size(), 19u);
    EXPECT_NE(said_.find("a last transaction that is not whole"), std::string::npos) << said_;
    EXPECT_EQ(fs::file_size(log()), 0u) << "nothing of it lies behind what is written next";
    store->commit({.journal = {line("01A", 19)}});
  }
  said_.clear();
  (void)open(options_);
  EXPECT_EQ(open_reader(options_)->journal("01A").size(), 20u);
  EXPECT_EQ(said_, "");
}

TEST_P(DamageTest, SaysNothingOfALogThatIsWhole) {
  fill(20, true);
  put_back();
  (void)open(options_);
  EXPECT_EQ(open_reader(options_)->journal("01A").size(), 20u);
  EXPECT_EQ(said_, "");
}

TEST_P(DamageTest, TakesACopyThatSqlitesOwnToolMade) {
  fill(50, true);
  put_back();
  const std::string copy = (folder_ / "copy.db").string();
  ASSERT_EQ(std::system(("sqlite3 '" + database_file() + "' \".backup '" + copy + "'\"").c_str()), 0);
  options_.url = "sqlite3://" + copy;
  (void)open(options_);
  EXPECT_EQ(open_reader(options_)->journal("01A").size(), 50u);
}

TEST_P(DamageTest, TakesAStoreWhoseLogSqlitesOwnToolHasMovedIntoTheFile) {
  fill(50, true);
  put_back();
  ASSERT_EQ(std::system(("sqlite3 '" + database_file() + "' 'SELECT count(*) FROM meta' > /dev/null").c_str()), 0);
  EXPECT_FALSE(fs::exists(log()));
  (void)open(options_);
  EXPECT_EQ(open_reader(options_)->journal("01A").size(), 50u);
}

TEST_P(DamageTest, RefusesWhatAnotherProgramWroteIntoIt) {
  fill(5, false);
  ASSERT_EQ(std::system(("sqlite3 '" + database_file() + "' \"UPDATE journal SET instance = 'x'\"").c_str()), 0);
  std::string text;
  EXPECT_EQ(refusal([&] {
    const auto store = open(options_);
    (void)open_reader(options_)->journal("01A");
  }, &text), StoreError::Kind::corrupt);
  EXPECT_NE(text.find("another program wrote to it"), std::string::npos) << text;
}

/// What a host without sums left: seven orders of the demo, with their whole history.
class EarlierStoreTest : public DamageTest {
 protected:
  EarlierStoreTest() {
    fs::copy_file(fs::path(GOLDEN_FOLDER) / "made-without-sums.db", database_file());
    fs::permissions(database_file(), fs::perms::owner_read | fs::perms::owner_write);
  }

  /// Instances with their states, and their journals: as the old file has them, and as a reader tells them.
  static std::map<std::string, std::vector<std::string>> of_file(const std::string& file) {
    soci::session sql(soci::sqlite3, "dbname=\"" + file + "\" readonly=true");
    std::map<std::string, std::vector<std::string>> all;
    const soci::rowset<soci::row> rows = sql.prepare << "SELECT i.id, i.state, hex(j.event) FROM instances AS i JOIN "
                                                        "journal AS j ON j.instance = i.id ORDER BY i.id, j.seq";
    for (const auto& row : rows) {
      auto& lines = all[row.get<std::string>(0)];
      if (lines.empty()) lines.push_back(row.get<std::string>(1));
      lines.push_back(row.get<std::string>(2));
    }
    return all;
  }
  static std::map<std::string, std::vector<std::string>> of_reader(const Options& options) {
    const auto reader = open_reader(options);
    std::map<std::string, std::vector<std::string>> all;
    for (const auto& row : reader->list({"", "", "", "", "", 100})) {
      auto& lines = all[row.id];
      lines.push_back(row.state);
      for (const auto& event : reader->journal(row.id)) {
        lines.emplace_back();
        for (const auto byte : event.event) {
          lines.back() += "0123456789ABCDEF"[byte >> 4];
          lines.back() += "0123456789ABCDEF"[byte & 15];
        }
      }
    }
    return all;
  }
  /// The whole store is there and its pages have sums.
  void expect_converted(const std::map<std::string, std::vector<std::string>>& orders) {
    EXPECT_EQ(of_reader(options_), orders);
    EXPECT_FALSE(fs::exists(database_file() + ".sums"));
    const std::string bytes = slurp(database_file());
    ASSERT_EQ(bytes.size() % page_bytes, 0u);
    for (std::size_t at = 0; at < bytes.size(); at += page_bytes) {
      const auto* page = reinterpret_cast<const unsigned char*>(bytes.data()) + at;
      ASSERT_EQ(kept_sum(page), page_sum(page, static_cast<std::int64_t>(at))) << "page at " << at;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Of, EarlierStoreTest, ::testing::Values("sqlite"), name_of);

TEST_P(EarlierStoreTest, IsGivenSumsOnceAndKeepsEveryOrder) {
  const auto orders = of_file(database_file());
  ASSERT_EQ(orders.size(), 7u);
  { const auto store = open(options_); }
  expect_converted(orders);
  EXPECT_NE(said_.find("made before its pages had sums"), std::string::npos) << said_;
  EXPECT_NE(said_.find("its pages have sums now"), std::string::npos) << said_;
  EXPECT_EQ(fs::status(database_file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  said_.clear();
  { const auto store = open(options_); }
  EXPECT_EQ(said_, "");
}

TEST_P(EarlierStoreTest, IsConvertedWithTheLogThatAKilledHostLeft) {
  auto orders = of_file(database_file());
  const std::string id = orders.begin()->first;
  {
    soci::session host(soci::sqlite3, "dbname=\"" + database_file() + "\"");
    host << "PRAGMA journal_mode = WAL";
    host << "UPDATE instances SET state = 'held' WHERE id = '" + id + "'";
    fs::copy_file(database_file(), database_file() + ".kept");
    fs::copy_file(log(), log() + ".kept");
  }
  left_ = true;
  put_back();
  orders[id][0] = "held";
  { const auto store = open(options_); }
  expect_converted(orders);
}

TEST_P(EarlierStoreTest, IsWholeWhereverItsConversionIsKilled) {
  const auto orders = of_file(database_file());
  const std::string old = slurp(database_file());
  for (std::size_t kilobytes = 4; kilobytes * 1024 < old.size(); kilobytes += 28) {
    Child child([&](int) {  // the kernel kills it where the copy would grow further
      const rlimit most{kilobytes * 1024, kilobytes * 1024}, none{0, 0};
      ::setrlimit(RLIMIT_CORE, &none);
      std::signal(SIGXFSZ, SIG_DFL);
      ::setrlimit(RLIMIT_FSIZE, &most);
      (void)open({.url = options_.url});
    });
    int status = 0;
    ASSERT_EQ(::waitpid(child.pid, &status, 0), child.pid);
    child.pid = -1;
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ) << "status " << status;
    ASSERT_EQ(slurp(database_file()), old) << "killed at " << kilobytes << " KiB of the copy";
    ASSERT_TRUE(fs::exists(database_file() + ".sums"));
  }
  { const auto store = open(options_); }
  expect_converted(orders);
}

TEST_P(EarlierStoreTest, IsUnharmedWhereThereIsNoRoomForTheCopy) {
  const std::string small = (folder_ / "small").string(), file = small + "/jackfield.db";
  fs::create_directory(small);
  if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=400k") != 0) {
    GTEST_SKIP() << "needs the right to mount: " << std::strerror(errno);
  }
  fs::copy_file(database_file(), file);
  const std::string old = slurp(file);
  options_.url = "sqlite3://" + file;
  std::string text;
  const auto kind = refusal([&] { (void)open(options_); }, &text);
  const std::string after = slurp(file);
  const bool left = fs::exists(file + ".sums");
  ::umount2(small.c_str(), MNT_DETACH);
  EXPECT_EQ(kind, StoreError::Kind::full) << text;
  EXPECT_EQ(after, old);
  EXPECT_FALSE(left);
  EXPECT_NE(text.find(file + ": made before its pages had sums"), std::string::npos) << text;
  EXPECT_NE(text.find("the store is as it was; it needs as much room again"), std::string::npos) << text;
}

TEST_P(EarlierStoreTest, IsRefusedWhereItIsDamagedAlready) {
  const std::string whole = slurp(database_file());
  flip(database_file(), whole.find("CREATE TABLE instances") + 2);  // its schema
  std::string text;
  EXPECT_EQ(refusal([&] { (void)open(options_); }, &text), StoreError::Kind::corrupt) << text;
  EXPECT_NE(text.find("the store is as it was"), std::string::npos) << text;
}

}  // namespace
}  // namespace jackfield::store
