// No question and no batch of the store may cost more the more is in it. What a statement costs is counted by SQLite
// itself: the steps of its virtual machine, and sorts. A statement that goes through a table, or sorts what it found, is
// as fast as any other in a small store, and stops the host in one of ten million.
#include "store/store.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <string>

namespace jackfield::store {
namespace {

constexpr int each_kind = 1000;
constexpr int most_steps = 400;  // of a question that finds a row or two

struct Costs {
  long long steps = 0;
  std::string dearest;
  long long dearest_steps = 0;
};
Costs costs;

int count_statement(unsigned, void*, void* statement, void*) {
  auto* const finished = static_cast<sqlite3_stmt*>(statement);
  const int steps = sqlite3_stmt_status(finished, SQLITE_STMTSTATUS_VM_STEP, 1);
  costs.steps += steps;
  if (steps > costs.dearest_steps) {
    costs.dearest_steps = steps;
    costs.dearest = sqlite3_sql(finished);
  }
  return 0;
}

int watch(sqlite3* connection, const char**, const sqlite3_api_routines*) {
  return sqlite3_trace_v2(connection, SQLITE_TRACE_PROFILE, count_statement, nullptr);
}

std::string id_of(const char* kind, int number) {
  char digits[16];
  std::snprintf(digits, sizeof digits, "%06d", number);
  return kind + std::string(digits);
}

class CostOfTheStore : public ::testing::Test {
 protected:
  CostOfTheStore() {
    std::string name = (std::filesystem::temp_directory_path() / "jackfield-cost-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    folder_ = name;
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(watch));
    store_ = open({.url = "sqlite3://" + (folder_ / "jackfield.db").string()});
    reader_ = open_reader({.url = "sqlite3://" + (folder_ / "jackfield.db").string()});
    fill();
  }
  ~CostOfTheStore() override {
    reader_.reset();
    store_.reset();
    sqlite3_reset_auto_extension();
    std::filesystem::remove_all(folder_);
  }

  void add(const char* kind, const char* state, Wake wake, std::optional<std::int64_t> wake_at_ms) {
    Batch batch;
    for (int i = 0; i < each_kind; ++i) {
      InstanceRow row;
      row.id = id_of(kind, i);
      row.flow = "open-account";
      row.definition = "d1";
      row.state = state;
      row.key = "k" + row.id;
      row.idempotency_key = "i" + row.id;
      row.created_ms = row.updated_ms = 1000 + i;
      row.wake = wake;
      row.wake_at_ms = wake_at_ms;
      batch.instances.push_back(row);
      for (std::uint32_t seq = 0; seq < 3; ++seq) batch.journal.push_back({row.id, seq, {1, 2, 3}});
      batch.numbers.push_back({row.id, "n" + row.id});
      if (wake == Wake::event) batch.awaits_added.push_back({"go", row.id, row.id, 1});
      batch.events.push_back({"e" + row.id, "go", row.id, {1}, "x", 1, 1'000'000, row.id});
      if (wake == Wake::event) batch.events.push_back({"f" + row.id, "come", row.id, {1}, "x", 1, 1'000'000, ""});
    }
    store_->commit(batch);
  }

  void fill() {
    add("A", "completed", Wake::none, std::nullopt);
    add("B", "failed", Wake::none, std::nullopt);
    add("C", "waiting", Wake::event, 500'000);
    add("D", "held", Wake::person, std::nullopt);
  }

  template <typename Question>
  void costs_little(const char* name, Question question) {
    question();  // a connection made, a statement prepared
    costs = {};
    question();
    EXPECT_GT(costs.steps, 0) << name << ": nothing was counted";
    EXPECT_LT(costs.steps, most_steps) << name << ", with " << 4 * each_kind << " instances; dearest: " << costs.dearest;
  }

  std::filesystem::path folder_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Reader> reader_;
};

TEST_F(CostOfTheStore, OfAQuestionDoesNotGrow) {
  costs_little("instance", [&] { (void)reader_->instance(id_of("C", 7)); });
  costs_little("journal", [&] { (void)reader_->journal(id_of("C", 7)); });
  costs_little("idempotency key", [&] { (void)reader_->by_idempotency_key("open-account", "i" + id_of("A", 7)); });
  costs_little("counts", [&] { (void)reader_->counts(); });
  costs_little("busy", [&] { (void)reader_->busy("", 2); });
  costs_little("due", [&] { (void)reader_->due(before_all, 1'000'000, 2); });
  costs_little("due, a later page", [&] { (void)reader_->due({500'000, id_of("C", 700)}, 1'000'000, 2); });
  costs_little("none due", [&] { (void)reader_->due(before_all, 1'000, 2); });
  costs_little("awaiting", [&] { (void)reader_->awaiting("go", id_of("C", 7)); });
  costs_little("early", [&] { (void)reader_->early("come", id_of("C", 7)); });
  costs_little("event", [&] { (void)reader_->event("go", "e" + id_of("A", 7)); });
  costs_little("none expired", [&] { (void)reader_->expired(1'000, 2); });
  costs_little("expired", [&] { (void)reader_->expired(2'000'000, 2); });
}

TEST_F(CostOfTheStore, OfAListDoesNotGrow) {
  const std::string number = "n" + id_of("A", 7);
  const std::string after = id_of("B", 500);
  for (const InstanceQuery& query :
       {InstanceQuery{.limit = 2}, InstanceQuery{.flow = "open-account", .limit = 2},
        InstanceQuery{.state = "completed", .limit = 2}, InstanceQuery{.state = "running", .limit = 2},
        InstanceQuery{.flow = "open-account", .state = "held", .limit = 2},
        InstanceQuery{.flow = "open-account", .state = "running", .after = after, .limit = 2},
        InstanceQuery{.after = after, .limit = 2}, InstanceQuery{.msisdn = number, .limit = 2},
        InstanceQuery{.state = "held", .msisdn = number, .limit = 2},
        InstanceQuery{.key = "k" + id_of("C", 7), .limit = 2}, InstanceQuery{.key = "i" + id_of("C", 7), .limit = 2},
        InstanceQuery{.flow = "open-account", .key = "none", .limit = 2},
        InstanceQuery{.state = "waiting", .key = "i" + id_of("C", 7), .limit = 2}}) {
    const std::string name = "list of flow '" + query.flow + "', state '" + query.state + "', key '" + query.key +
                             "', number '" + query.msisdn + "', after '" + query.after + "'";
    costs_little(name.c_str(), [&] { (void)reader_->list(query); });
  }
}

TEST_F(CostOfTheStore, OfPruningDoesNotGrow) {
  costs_little("nothing old enough", [&] { EXPECT_EQ(store_->prune(1'000, 2), 0u); });
  costs_little("one of all that have ended", [&] { EXPECT_EQ(store_->prune(1'000'000, 1), 1u); });
}

TEST_F(CostOfTheStore, OfABatchDoesNotGrow) {
  int number = 0;
  costs_little("a step that ends an instance", [&] {
    const std::string id = id_of("C", ++number);
    Batch batch;
    batch.journal.push_back({id, 3, {1, 2, 3}});
    batch.updates.push_back({id, "completed", "k" + id, 5000, Wake::none, std::nullopt});
    batch.awaits_removed.push_back({"go", id, id, 1});
    batch.numbers.push_back({id, "m" + id});
    store_->commit(batch);
  });
}

}  // namespace
}  // namespace jackfield::store
