// What a store does when something breaks: the process, the disk, the file, the connection, a second host.
#include "store/backend.hpp"
#include "store/page_sums.hpp"
#include "support/postgres_proxy.hpp"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <fstream>

namespace jackfield::store {
namespace {

class FailureTest : public StoreTest {};
class SqliteFailureTest : public StoreTest {};
class PostgresFailureTest : public StoreTest {};

INSTANTIATE_TEST_SUITE_P(Of, FailureTest, ::testing::Values("sqlite", "postgresql"), name_of);
INSTANTIATE_TEST_SUITE_P(Of, SqliteFailureTest, ::testing::Values("sqlite"), name_of);
INSTANTIATE_TEST_SUITE_P(Of, PostgresFailureTest, ::testing::Values("postgresql"), name_of);

constexpr std::uint32_t rows_a_batch = 7;

void commit_for_ever(const Options& options, int acknowledgements) {
  const auto store = open(options);
  for (std::uint32_t number = 0;; ++number) {
    Batch batch;
    for (std::uint32_t i = 0; i < rows_a_batch; ++i) {
      batch.journal.push_back(line("01A", number * rows_a_batch + i, Bytes(300, 1)));
    }
    batch.instances.push_back(instance(id_of(static_cast<int>(number))));
    store->commit(batch);
    if (::write(acknowledgements, &number, sizeof number) != sizeof number) return;
  }
}

TEST_P(FailureTest, KeepsEveryAcknowledgedBatchWholeThroughAKill) {
  { const auto made = open(options_); }
  Child child([&](int pipe) { commit_for_ever(options_, pipe); });
  std::uint32_t last = 0;
  while (last < 60) ASSERT_EQ(::read(child.output, &last, sizeof last), static_cast<ssize_t>(sizeof last));
  child.kill();
  for (std::uint32_t number = 0; ::read(child.output, &number, sizeof number) == sizeof number;) last = number;

  const auto store = open(options_);
  const auto reader = open_reader(options_);
  const auto rows = reader->journal("01A");
  const auto batches = static_cast<std::uint32_t>(rows.size() / rows_a_batch);
  EXPECT_EQ(rows.size() % rows_a_batch, 0u);
  EXPECT_GE(batches, last + 1);
  EXPECT_LE(batches, last + 2);  // the one whose acknowledgement the kill took
  for (std::size_t i = 0; i < rows.size(); ++i) ASSERT_EQ(rows[i].seq, i);
  EXPECT_EQ(reader->counts().at(0).count, batches);
  store->commit({.journal = {line("01A", static_cast<std::uint32_t>(rows.size()))}});
}

TEST_P(FailureTest, RefusesASecondHostByName) {
  Child child([&](int pipe) {
    const auto store = open(options_);
    if (::write(pipe, "x", 1) == 1) ::pause();
  });
  char ready = 0;
  ASSERT_EQ(::read(child.output, &ready, 1), 1);
  options_.busy_timeout = std::chrono::milliseconds(100);
  std::string text;
  EXPECT_EQ(refusal([&] { (void)open(options_); }, &text), StoreError::Kind::busy);
  EXPECT_NE(text.find("in use by"), std::string::npos) << text;
  const std::string who = sqlite() ? "process " + std::to_string(child.pid) : "jackfield (backend";
  EXPECT_NE(text.find(who), std::string::npos) << text;
  EXPECT_TRUE(open_reader(options_)->list({}).empty());  // readers may
  child.kill();
  options_.busy_timeout = std::chrono::seconds(5);
  EXPECT_NO_THROW((void)open(options_));
}

TEST_P(FailureTest, RefusesAReaderWhereThereIsNoStore) {
  std::string text;
  EXPECT_TRUE(refusal([&] { (void)open_reader(options_); }, &text)) << "made a store";
  EXPECT_FALSE(std::filesystem::exists(database_file()));
}

TEST(StoreUrl, MustNameAKnownStore) {
  for (const char* url : {"", "mysql://x", "sqlite3://", "jackfield.db"}) {
    std::string text;
    EXPECT_EQ(refusal([&] { (void)open({.url = url}); }, &text), StoreError::Kind::other) << url;
    EXPECT_NE(text.find("expected sqlite3://PATH"), std::string::npos) << text;
  }
}

TEST_P(SqliteFailureTest, RefusesAStoreOfANewerHost) {
  { const auto made = open(options_); }
  soci::session newer(soci::sqlite3, "dbname=\"" + with_page_sums(database_file()) + "\"");
  newer << "UPDATE meta SET value = '9 with page sums' WHERE name = 'schema_version'";
  newer.close();
  std::string text;
  EXPECT_EQ(refusal([&] { (void)open(options_); }, &text), StoreError::Kind::schema);
  EXPECT_NE(text.find("found schema version 9 with page sums, expected "), std::string::npos) << text;
  EXPECT_NE(text.find("made by another release of jackfield; run that one"), std::string::npos) << text;
  EXPECT_EQ(refusal([&] { (void)open_reader(options_); }), StoreError::Kind::schema);
}

TEST_P(SqliteFailureTest, SaysThatAFileIsNoStore) {
  std::ofstream(database_file()) << std::string(8'192, 'x');
  std::string text;
  EXPECT_EQ(refusal([&] { (void)open(options_); }, &text), StoreError::Kind::corrupt) << text;
  EXPECT_NE(text.find(database_file()), std::string::npos) << text;
}

TEST_P(SqliteFailureTest, SaysThatPagesAreCorrupt) {
  {
    const auto store = open(options_);
    Batch batch;
    for (std::uint32_t i = 0; i < 500; ++i) batch.journal.push_back(line("01A", i, Bytes(300, 1)));
    store->commit(batch);
  }
  const auto size = std::filesystem::file_size(database_file());
  std::fstream file(database_file(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(size / 2));
  file << std::string(size / 2, '\x77');
  file.close();
  const auto kind = refusal([&] {
    const auto store = open(options_);
    (void)open_reader(options_)->journal("01A");
  });
  EXPECT_EQ(kind, StoreError::Kind::corrupt);
}

/// No file of this process may grow past `bytes` while it lives.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    signal_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FileLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
  void (*signal_)(int) = nullptr;
};

std::uint32_t fill(Store& store, StoreError::Kind& kind) {
  for (std::uint32_t number = 0;; ++number) {
    Batch batch;
    for (std::uint32_t i = 0; i < 10; ++i) batch.journal.push_back(line("01A", number * 10 + i, Bytes(1'000, 1)));
    const auto refused = refusal([&] { store.commit(batch); });
    if (!refused) continue;
    kind = *refused;
    return number;
  }
}

TEST_P(SqliteFailureTest, GoesOnAfterTheDiskRefused) {
  const auto store = open(options_);
  const auto reader = open_reader(options_);
  StoreError::Kind kind{};
  std::uint32_t stored = 0;
  {
    const FileLimit limit(1'000'000);
    stored = fill(*store, kind);
  }
  EXPECT_EQ(kind, StoreError::Kind::io);  // a limit is EFBIG, which SQLite counts as I/O
  EXPECT_GT(stored, 0u);
  EXPECT_EQ(reader->journal("01A").size(), stored * 10);
  store->commit({.journal = {line("01A", stored * 10)}});
  EXPECT_EQ(reader->journal("01A").size(), stored * 10 + 1);
}

TEST_P(SqliteFailureTest, SaysThatTheDiskIsFull) {
  const std::string small = (folder_ / "small").string();
  std::filesystem::create_directory(small);
  if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=2m") != 0) {
    GTEST_SKIP() << "needs the right to mount: " << std::strerror(errno);
  }
  StoreError::Kind kind{};
  std::uint32_t stored = 0;
  std::size_t found = 0;
  {
    options_.url = "sqlite3://" + small + "/jackfield.db";
    const auto store = open(options_);
    stored = fill(*store, kind);
    found = open_reader(options_)->journal("01A").size();
  }
  ::umount2(small.c_str(), MNT_DETACH);
  EXPECT_EQ(kind, StoreError::Kind::full);
  EXPECT_GT(stored, 0u);
  EXPECT_EQ(found, stored * 10);
}

TEST_P(PostgresFailureTest, ConnectsAgainAfterABrokenConnection) {
  const auto store = open(options_);
  const auto reader = open_reader(options_);
  store->commit({.instances = {instance("01A")}});
  EXPECT_EQ(reader->list({}).size(), 1u);
  testing::PostgresServer::run(options_.url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                             " WHERE application_name = 'jackfield'");
  std::string text;
  EXPECT_EQ(refusal([&] { store->commit({.instances = {instance("01B")}}); }, &text), StoreError::Kind::io) << text;
  EXPECT_EQ(refusal([&] { (void)reader->list({}); }, &text), StoreError::Kind::io) << text;
  EXPECT_EQ(reader->list({}).size(), 1u);
  store->commit({.instances = {instance("01B")}});
  EXPECT_EQ(reader->list({}).size(), 2u);
}

TEST_P(PostgresFailureTest, ACommitWhoseAnswerWasLostIsSettledByLooking) {
  testing::PostgresProxy proxy(options_.url);
  Options through = options_;
  through.url = proxy.url();
  const auto store = open(through);
  store->commit({.instances = {instance("01A")}});
  proxy.lose_answer_of("COMMIT", 0);
  store->commit({.instances = {instance("01B")}, .journal = {line("01B", 0)}});  // asked at once: it is there
  const auto reader = open_reader(options_);
  EXPECT_EQ(reader->journal("01B").size(), 1u);
  store->commit({.instances = {instance("01C")}, .journal = {line("01C", 0)}});
  EXPECT_EQ(reader->list({}).size(), 3u);
}

TEST_P(PostgresFailureTest, ABatchThatIsStoredThoughItsAnswerWasLostIsNotStoredAgain) {
  testing::PostgresProxy proxy(options_.url);
  Options through = options_;
  through.url = proxy.url();
  const auto store = open(through);
  proxy.lose_answer_of("COMMIT", 2);
  const Batch batch{.instances = {instance("01B")}, .journal = {line("01B", 0)}};
  int refused = 0;
  while (refusal([&] { store->commit(batch); }) == StoreError::Kind::io && refused < 9) ++refused;
  EXPECT_GE(refused, 1) << "it could not be asked at once";
  EXPECT_LT(refused, 9);
  const auto reader = open_reader(options_);
  EXPECT_EQ(reader->journal("01B").size(), 1u);
  EXPECT_EQ(reader->counts().at(0).count, 1);
  store->commit({.journal = {line("01B", 1)}});
  EXPECT_EQ(reader->journal("01B").size(), 2u);
}

TEST_P(PostgresFailureTest, StopsWhenAnotherHostTookTheStoreOver) {
  const auto store = open(options_);
  store->commit({.instances = {instance("01A")}});
  testing::PostgresServer::run(options_.url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                             " WHERE application_name = 'jackfield'");
  { const auto other = open(options_); }
  EXPECT_TRUE(refusal([&] { store->commit({.instances = {instance("01B")}}); }));
  std::string text;
  EXPECT_EQ(refusal([&] { store->commit({.instances = {instance("01B")}}); }, &text), StoreError::Kind::other);
  EXPECT_NE(text.find("another host has taken it over"), std::string::npos) << text;
  EXPECT_FALSE(open_reader(options_)->instance("01B"));
}

TEST_P(PostgresFailureTest, ShowsNoPassword) {
  std::string text;
  options_.url = "postgresql://me:hunter2@127.0.0.1:1/nothing";
  EXPECT_EQ(refusal([&] { (void)open(options_); }, &text), StoreError::Kind::io) << text;
  EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
  EXPECT_NE(text.find("me@127.0.0.1:1/nothing"), std::string::npos) << text;
}

}  // namespace
}  // namespace jackfield::store
