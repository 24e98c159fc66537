// Where journal rows go: into the log while their instance is busy, into one chunk when it is not; and that nobody who
// reads, starts again or fails on the way can tell.
#include "store/journal.hpp"
#include "store/backend.hpp"
#include "store/packed.hpp"
#include "support/postgres_proxy.hpp"

#include <random>

namespace jackfield::store {
namespace {

class JournalTest : public StoreTest {
 protected:
  /// The seqs that `id` has, each event checked to be the one that was written for it.
  std::vector<std::uint32_t> seqs(const std::string& id) {
    std::vector<std::uint32_t> out;
    for (const JournalRow& row : open_reader(options_)->journal(id)) {
      EXPECT_EQ(row.instance, id);
      EXPECT_EQ(row.event, event_of(id, row.seq));
      out.push_back(row.seq);
    }
    return out;
  }
  static Bytes event_of(const std::string& id, std::uint32_t seq) {
    Bytes event(id.begin(), id.end());
    event.resize(event.size() + seq % 200, static_cast<std::uint8_t>(seq));
    return event;
  }
  static JournalRow row(const std::string& id, std::uint32_t seq) { return {id, seq, event_of(id, seq)}; }
};

class PostgresJournalTest : public JournalTest {};

INSTANTIATE_TEST_SUITE_P(Of, JournalTest, ::testing::Values("sqlite", "postgresql"), name_of);
INSTANTIATE_TEST_SUITE_P(Of, PostgresJournalTest, ::testing::Values("postgresql"), name_of);

using Seqs = std::vector<std::uint32_t>;

Seqs up_to(std::uint32_t count) {
  Seqs out;
  for (std::uint32_t i = 0; i < count; ++i) out.push_back(i);
  return out;
}

TEST_P(JournalTest, BringsAnInstanceTogetherInOneChunkWhenItEnds) {
  const auto store = open(options_);
  store->commit({.instances = {instance("01A"), instance("01B")}, .journal = {row("01A", 0), row("01B", 0)}});
  for (std::uint32_t i = 1; i < 20; ++i) store->commit({.journal = {row("01A", i), row("01B", i)}});
  EXPECT_EQ(count("journal"), 0);
  EXPECT_EQ(seqs("01A"), up_to(20)) << "from the log";
  store->commit({.journal = {row("01A", 20)}, .updates = {update("01A", "completed", Wake::none)}});
  EXPECT_EQ(count("journal"), 1);
  EXPECT_EQ(seqs("01A"), up_to(21));
  EXPECT_EQ(seqs("01B"), up_to(20));
  store->commit({.updates = {update("01B", "waiting", Wake::event)}});  // with no row of its own
  EXPECT_EQ(count("journal"), 2);
  EXPECT_EQ(seqs("01B"), up_to(20));
}

TEST_P(JournalTest, UsesTheRowsOfTheLogAgain) {
  const auto store = open(options_);
  for (int i = 0; i < 200; ++i) {
    const std::string id = id_of(i);
    store->commit({.instances = {instance(id)}, .journal = {row(id, 0)}});
    store->commit({.journal = {row(id, 1)}});
    store->commit({.journal = {row(id, 2)}, .updates = {update(id, "completed", Wake::none)}});
  }
  EXPECT_LE(count("log"), 3);
  EXPECT_EQ(seqs(id_of(7)), up_to(3));
}

TEST_P(JournalTest, ShowsEachRowOnceWhileItStandsInTheLogAndInAChunk) {
  const auto store = open(options_);
  store->commit({.instances = {instance("01A")}, .journal = {row("01A", 0)}});
  store->commit({.journal = {row("01A", 1)}});
  store->commit({.journal = {row("01A", 2)}, .updates = {update("01A", "waiting", Wake::event)}});
  store->commit(
      {.journal = {row("01A", 3)}, .updates = {update("01A", "running", Wake::busy)}});  // the log is as it was
  EXPECT_EQ(seqs("01A"), up_to(4));
  EXPECT_EQ(count("journal"), 2);
  store->commit({.journal = {row("01A", 4)}});
  EXPECT_EQ(count("journal"), 2) << "it is known to be at work again";
  EXPECT_EQ(seqs("01A"), up_to(5));
  store->commit({.journal = {row("01A", 5)}, .updates = {update("01A", "completed", Wake::none)}});
  EXPECT_EQ(seqs("01A"), up_to(6));
}

TEST_P(JournalTest, IsNotMisledByAnIdThatIsInsideAnother) {
  const auto store = open(options_);
  store->commit({.instances = {instance("01A"), instance("01AA")}, .journal = {row("01AA", 0), row("01AA", 1)}});
  store->commit({.journal = {row("01A", 0)}});
  EXPECT_EQ(seqs("01A"), up_to(1));
  EXPECT_EQ(seqs("01AA"), up_to(2));
}

TEST_P(JournalTest, EmptiesTheLogWhenAKilledHostIsStartedAgain) {
  Child child([&](int pipe) {
    const auto store = open(options_);
    store->commit({.instances = {instance("01A"), instance("01B"), instance("01C")},
                   .journal = {row("01A", 0), row("01B", 0), row("01C", 0)}});
    for (std::uint32_t i = 1; i < 9; ++i) store->commit({.journal = {row("01A", i), row("01B", i)}});
    store->commit({.journal = {row("01C", 1)}, .updates = {update("01C", "completed", Wake::none)}});
    store->commit({.journal = {row("01B", 9)}, .updates = {update("01B", "waiting", Wake::event)}});
    store->commit({.journal = {row("01B", 10)}, .updates = {update("01B", "running", Wake::busy)}});
    store->commit({.journal = {row("01B", 11)}});
    if (store->prune(3'000, 10) != 1) throw std::runtime_error("01C, of which the log has a row, was not pruned");
    if (::write(pipe, "x", 1) == 1) ::pause();
  });
  char ready = 0;
  ASSERT_EQ(::read(child.output, &ready, 1), 1);
  child.kill();
  EXPECT_GT(count("log"), 0);
  EXPECT_EQ(seqs("01B"), up_to(12)) << "as the dead host left it";

  const auto store = open(options_);
  EXPECT_EQ(count("log"), 0);
  EXPECT_EQ(seqs("01A"), up_to(9));
  EXPECT_EQ(seqs("01B"), up_to(12));
  EXPECT_TRUE(seqs("01C").empty()) << "it was pruned";
  EXPECT_EQ(refusal([&] { store->commit({.journal = {row("01A", 8)}}); }), StoreError::Kind::conflict);
  store->commit({.journal = {row("01A", 9)}});
  store->commit({.journal = {row("01A", 10)}, .updates = {update("01A", "completed", Wake::none)}});
  EXPECT_EQ(seqs("01A"), up_to(11));
}

TEST_P(JournalTest, RefusesARowThatIsThereWhereverItStands) {
  const auto store = open(options_);
  store->commit({.instances = {instance("01A"), instance("01B"), instance("01C")},
                 .journal = {row("01A", 0), row("01B", 0), row("01B", 1), row("01B", 2)}});
  store->commit({.journal = {row("01A", 1)}, .updates = {update("01B", "completed", Wake::none)}});
  const auto refused = [&](const Batch& batch) {
    const auto before = seqs("01A"), ended = seqs("01B");
    EXPECT_EQ(refusal([&] { store->commit(batch); }), StoreError::Kind::conflict);
    EXPECT_EQ(seqs("01A"), before);
    EXPECT_EQ(seqs("01B"), ended);
  };
  refused({.journal = {row("01A", 0)}});                 // in the log, the first
  refused({.journal = {row("01A", 1)}});                 // the last
  refused({.journal = {row("01A", 2), row("01A", 2)}});  // twice in a batch
  refused({.journal = {row("01C", 0), row("01C", 0)}});  // of one that has none yet
  refused({.journal = {row("01B", 0)}});                 // in a chunk: its first, one inside, its last
  refused({.journal = {row("01B", 1)}});
  refused({.journal = {row("01B", 2), row("01B", 3)}});
  refused({.journal = {row("01B", 1)}, .updates = {update("01B", "running", Wake::busy)}});
  store->commit({.journal = {row("01A", 2), row("01B", 3), row("01C", 0)}});  // and none of that is remembered
  EXPECT_EQ(seqs("01A"), up_to(3));
  EXPECT_EQ(seqs("01B"), up_to(4));
  store->commit({.journal = {row("01D", 0)}});
  EXPECT_EQ(refusal([&] { store->commit({.instances = {instance("01D")}, .journal = {row("01D", 0)}}); }),
            StoreError::Kind::conflict)
      << "new, with a journal";
}

TEST_P(JournalTest, KeepsRowsOfAnInstanceThatIsNotThere) {
  const auto store = open(options_);
  store->commit({.journal = {row("01A", 0)}, .updates = {update("01A", "running", Wake::busy)}});
  store->commit({.journal = {row("01A", 1)}});
  EXPECT_EQ(seqs("01A"), up_to(2));
}

TEST_P(JournalTest, CommitsABatchThatFailedAgain) {
  const auto store = open(options_);
  store->commit({.instances = {instance("01A"), instance("01B")}, .journal = {row("01A", 0), row("01B", 0)}});
  Batch bad{.instances = {instance("01B")},
            .journal = {row("01A", 1), row("01B", 1)},
            .updates = {update("01A", "completed", Wake::none)}};
  EXPECT_EQ(refusal([&] { store->commit(bad); }), StoreError::Kind::conflict);
  EXPECT_EQ(seqs("01A"), up_to(1));
  bad.instances.clear();
  store->commit(bad);
  EXPECT_EQ(seqs("01A"), up_to(2));
  EXPECT_EQ(seqs("01B"), up_to(2));
  EXPECT_EQ(count("journal"), 1);
}

TEST_P(PostgresJournalTest, GoesOnFromABatchWhoseAnswerWasLost) {
  testing::PostgresProxy proxy(options_.url);
  Options through = options_;
  through.url = proxy.url();
  const auto store = open(through);
  store->commit({.instances = {instance("01A")}, .journal = {row("01A", 0)}});
  for (const int connections_lost : {0, 2}) {  // settled at once; when the batch comes again
    const auto seq = static_cast<std::uint32_t>(seqs("01A").size());
    proxy.lose_answer_of("COMMIT", connections_lost);
    const Batch batch{.journal = {row("01A", seq)}};
    for (int tries = 0; refusal([&] { store->commit(batch); }) && tries < 9;) ++tries;
    EXPECT_EQ(seqs("01A"), up_to(seq + 1));
    store->commit({.journal = {row("01A", seq + 1)}});
    EXPECT_EQ(seqs("01A"), up_to(seq + 2));
  }
  store->commit({.journal = {row("01A", 5)}, .updates = {update("01A", "completed", Wake::none)}});
  EXPECT_EQ(seqs("01A"), up_to(6));
  EXPECT_EQ(count("journal"), 1);
}

TEST_P(JournalTest, MovesWhatIsLongInTheLogIntoChunks) {
  const auto store = open(options_);
  Batch begin;
  for (const char* id : {"01A", "01B"}) begin.instances.push_back(instance(id));
  begin.journal = {row("01A", 0), row("01B", 0)};
  store->commit(begin);
  const auto rounds = static_cast<std::uint32_t>(Journal::rows_most + 200);
  for (std::uint32_t i = 1; i < rounds; ++i) store->commit({.journal = {row("01B", i)}});  // 01A: a slow step
  EXPECT_LE(count("log"), static_cast<std::int64_t>(Journal::rows_most));
  EXPECT_GE(count("journal"), 2);
  EXPECT_LE(count("journal"), 6);
  EXPECT_EQ(seqs("01A"), up_to(1));
  EXPECT_EQ(seqs("01B"), up_to(rounds));
  store->commit({.journal = {row("01A", 1)}, .updates = {update("01A", "completed", Wake::none)}});
  EXPECT_EQ(seqs("01A"), up_to(2));
}

TEST_P(JournalTest, BoundsTheBytesOfTheLog) {
  const auto store = open(options_);
  const std::string bytes = "SELECT coalesce(sum(length(events)), 0) FROM " + std::string(sqlite() ? "" : "jackfield.");
  const auto most = static_cast<std::int64_t>(Journal::bytes_most);
  const Bytes large(200'000, 7);
  for (int i = 0; i < 120; ++i) {  // more than twice what the log may hold, of instances that all go on
    store->commit({.instances = {instance(id_of(i))}, .journal = {{id_of(i), 0, large}}});
    if (i % 10 == 0) store->commit({.journal = {{id_of(0), static_cast<std::uint32_t>(1 + i / 10), large}}});
    if (i % 20 != 0) continue;
    ASSERT_LE(std::stoll(ask(bytes + "log")), 2 * most + 400'000);
  }
  EXPECT_GT(std::stoll(ask(bytes + "journal")), most);
  for (const int i : {1, 60, 119}) {
    const auto rows = open_reader(options_)->journal(id_of(i));
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].event, large);
  }
  EXPECT_EQ(open_reader(options_)->journal(id_of(0)).size(), 13u);
}

TEST_P(JournalTest, RemovesFromTheLogWhatWasPruned) {
  const auto store = open(options_);
  store->commit({.instances = {instance("01A"), instance("01B")}, .journal = {row("01A", 0)}});
  store->commit({.journal = {row("01A", 1), row("01B", 0)}});
  store->commit({.updates = {update("01A", "completed", Wake::none)}});
  EXPECT_EQ(count("log"), 2);
  EXPECT_EQ(store->prune(3'000, 10), 1u);
  EXPECT_EQ(count("log"), 1) << "01B needs it";
  store->commit({.updates = {update("01B", "completed", Wake::none)}});
  EXPECT_EQ(store->prune(3'000, 10), 1u);
  EXPECT_EQ(count("log"), 0);
}

/// Random lives of instances, with failed batches and hosts killed, beside what a map says must be there.
TEST_P(JournalTest, HoldsWhatAMapHolds) {
  for (unsigned seed = 1; seed <= (sqlite() ? 6u : 2u); ++seed) {
    std::mt19937 random(seed);
    std::map<std::string, std::pair<std::uint32_t, bool>> expected;  // rows, and whether it is busy
    int born = static_cast<int>(seed) * 10'000;
    auto store = open(options_);
    for (int turn = 0; turn < 300; ++turn) {
      auto next = expected;
      Batch batch;
      if (next.size() < 12) {
        const std::string id = id_of(born++);
        batch.instances.push_back(instance(id));
        next[id] = {0, true};
      }
      for (auto& [id, state] : next) {
        for (auto rows = random() % 3; rows > 0; --rows) batch.journal.push_back(row(id, state.first++));
        if (random() % 9 != 0) continue;
        state.second = !state.second;
        batch.updates.push_back(state.second ? update(id, "running") : update(id, "waiting", Wake::event));
      }
      std::shuffle(batch.journal.begin(), batch.journal.end(), random);
      if (random() % 20 == 0 && !expected.empty()) {
        Batch bad = batch;
        bad.instances.push_back(instance(expected.begin()->first));
        EXPECT_EQ(refusal([&] { store->commit(bad); }), StoreError::Kind::conflict);
      }
      store->commit(batch);
      expected = std::move(next);
      if (random() % 40 == 0) {
        store.reset();
        store = open(options_);
        EXPECT_EQ(count("log"), 0);
      }
      const auto& [id, state] = *std::next(expected.begin(), static_cast<long>(random() % expected.size()));
      ASSERT_EQ(seqs(id), up_to(state.first)) << "seed " << seed << ", turn " << turn;
    }
    for (const auto& [id, state] : expected) EXPECT_EQ(seqs(id), up_to(state.first)) << "seed " << seed;
  }
}

TEST_P(JournalTest, SaysThatAChunkIsNoEvents) {
  { const auto store = open(options_); }
  const std::string bytes = sqlite() ? "X'05aa'" : "'\\x05aa'";
  ask("INSERT INTO " + std::string(sqlite() ? "" : "jackfield.") +
      "journal (instance, seq, last, events) VALUES"
      " ('01A', 0, 0, " +
      bytes + ")");
  std::string text;
  EXPECT_EQ(refusal([&] { (void)open_reader(options_)->journal("01A"); }, &text), StoreError::Kind::corrupt);
  EXPECT_NE(text.find("an end in the middle"), std::string::npos) << text;
}

std::optional<StoreError::Kind> unpacking(const std::string& row, std::size_t& events) {
  return refusal([&] {
    std::vector<JournalRow> rows;
    unpack_log(row, "here", [&](const Run& run) { unpack_events(run, "here", rows); });
    events = rows.size();
  });
}

TEST(PackedEvents, AreReadAsTheyWereWrittenOrRefused) {
  std::string events, row;
  for (const std::size_t size : {0, 1, 127, 128, 20'000}) append_event(events, Bytes(size, 0x80));
  append_run(row, "01A", 300, 5, events);
  append_run(row, "01B", 0, 0, "");
  std::size_t found = 0;
  EXPECT_FALSE(unpacking(row, found));
  EXPECT_EQ(found, 5u);
  for (std::size_t size = 1; size < row.size(); ++size) {
    const bool whole = size == row.size() - 7;  // before the second run
    EXPECT_EQ(unpacking(row.substr(0, size), found).has_value(), !whole) << size;
  }
  EXPECT_EQ(unpacking(std::string(9, '\xff'), found), StoreError::Kind::corrupt) << "a number without an end";
  EXPECT_EQ(unpacking(row + '\0', found), StoreError::Kind::corrupt);
  std::string more;
  append_run(more, "01A", 0, 4, events);  // says fewer than there are
  EXPECT_EQ(unpacking(more, found), StoreError::Kind::corrupt);
  EXPECT_EQ(refusal([&] { (void)chunk_run("01A", 3, 2, "", "here"); }), StoreError::Kind::corrupt);
}

}  // namespace
}  // namespace jackfield::store
