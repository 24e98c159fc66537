// A plugin with a database of its own, on SQLite and on PostgreSQL: one transaction a call, one effect a key.
#include <jackfield/testing.hpp>

#include <gtest/gtest.h>

#include <filesystem>

#include "support/postgres_server.hpp"

namespace {

using jackfield::testing::Answer;
using jackfield::testing::FakeHost;
using jackfield::testing::Plugin;
using namespace std::chrono_literals;

class Database : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder);
    if (GetParam() == "Postgresql") url = server().new_database();
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  static jackfield::testing::PostgresServer& server() {
    static jackfield::testing::PostgresServer started;
    return started;
  }
  static jackfield::testing::Call add(const std::string& key, std::int64_t fen, const std::string& more = "",
                                      const std::string& step = "ledger.add") {
    return {step, R"({"account":"cash","fen":)" + std::to_string(fen) + more + "}", {.key = key}};
  }
  Answer call(Plugin& plugin, const jackfield::testing::Call& one) { return plugin.call_batch({one}).front(); }
  std::int64_t sum(Plugin& plugin) { return plugin.call("ledger.read", R"({"account":"cash"})").json()["fen"]; }
  Plugin open(const std::string& settings = "{}") { return host->load(FIXTURES "/ledger.so", settings); }

  std::string folder = testing::TempDir() + "jackfield-" + std::to_string(getpid()) + "-ledger", url;
  std::unique_ptr<FakeHost> lazy;
  struct Arrow {
    Database* self;
    FakeHost* operator->() const {
      if (!self->lazy) {
        self->lazy =
            std::make_unique<FakeHost>(jackfield::testing::Options{.data_dir = self->folder, .store_url = self->url});
      }
      return self->lazy.get();
    }
  } host{this};
};

TEST_P(Database, AKeyHasItsEffectOnce) {
  auto plugin = open();
  const auto first = call(plugin, add("k1", 100));
  EXPECT_EQ(first.json()["fen"], 100);
  EXPECT_EQ(first.json()["attempt"], 1);
  const auto again = call(plugin, add("k1", 100));
  EXPECT_EQ(again.output, first.output);
  EXPECT_EQ(sum(plugin), 100);
  EXPECT_EQ(call(plugin, add("k2", 5)).json()["fen"], 105);
}

TEST_P(Database, ARepeatedKeyGivesTheFirstAnswerAfterARestart) {
  std::string first;
  {
    auto plugin = open();
    first = call(plugin, add("k1", 100)).output;
  }
  auto plugin = open();
  EXPECT_EQ(call(plugin, add("k1", 100)).output, first);
  EXPECT_EQ(sum(plugin), 100);
}

TEST_P(Database, ARejectedTaskLeavesNothingBehind) {
  auto plugin = open();
  const auto refused = call(plugin, add("k1", 100, R"(,"is_refused":true)"));
  EXPECT_EQ(refused.status, JF_REJECT);
  EXPECT_EQ(refused.code, "REFUSED");
  EXPECT_EQ(sum(plugin), -1);
  EXPECT_EQ(call(plugin, add("k1", 7)).json()["fen"], 7);  // the key is still free
}

TEST_P(Database, ATaskThatFailsHarmsNoOtherOfItsBatch) {
  auto plugin = open();
  const auto answers = plugin.call_batch(
      {add("k1", 1), add("k2", 10, R"(,"is_broken":true)"), add("k3", 2000000), add("k4", 100), add("k1", 1)});
  EXPECT_EQ(answers[0].status, JF_OK);
  EXPECT_EQ(answers[1].code, "DATABASE");  // no such table
  EXPECT_EQ(answers[2].code, "DATABASE");  // the table's own rule
  EXPECT_EQ(answers[3].json()["fen"], 101);
  EXPECT_EQ(answers[4].output, answers[0].output);
  EXPECT_EQ(sum(plugin), 101);
}

TEST_P(Database, ABatchStepRunsOnceForAll) {
  auto plugin = open();
  const auto all = [](const std::string& key, std::int64_t fen, const std::string& more = "") {
    return add(key, fen, more, "ledger.add_all");
  };
  const auto answers =
      plugin.call_batch({all("a", 1), all("b", 10, R"(,"is_taken":true)"), all("c", 100), all("a", 1)});
  EXPECT_EQ(answers[0].json()["runs"], 1);
  EXPECT_EQ(answers[1].code, "TAKEN");
  EXPECT_EQ(answers[2].json()["runs"], 1);
  EXPECT_EQ(answers[3].status, JF_RETRY);  // its key is under way in the same call
  EXPECT_EQ(sum(plugin), 101);
  EXPECT_EQ(call(plugin, all("a", 1)).output, answers[0].output);
  const auto thrown = plugin.call_batch({all("d", 1), all("e", 1, R"(,"is_broken":true)")});
  EXPECT_EQ(thrown[0].code, "DATABASE");
  EXPECT_EQ(thrown[1].code, "DATABASE");
  EXPECT_EQ(sum(plugin), 101);
}

TEST_P(Database, ATransactionThatBreaksIsDoneAgainTaskByTask) {
  auto plugin = open();
  const auto answers = plugin.call_batch(
      {add("k1", 1), {"ledger.spoil", R"({"account":"x"})"}, add("k2", 10), {"ledger.unheard_of", "{}"}});
  EXPECT_EQ(answers[0].json()["fen"], 1);
  EXPECT_EQ(answers[1].status, JF_RETRY);
  EXPECT_EQ(answers[1].code, "DATABASE");
  EXPECT_EQ(answers[2].json()["fen"], 11);
  EXPECT_EQ(answers[0].json()["attempt"], 2) << "what it did beside the database the first time is still done";
  EXPECT_EQ(answers[3].code, "STEP_UNKNOWN");
  EXPECT_EQ(sum(plugin), 11);
}

TEST_P(Database, WhatTheConstructorImportsIsOneTransaction) {
  EXPECT_THROW((void)open(R"({"opening":"refused"})"), std::runtime_error);
  auto plugin = open(R"({"opening":"cash"})");
  EXPECT_EQ(sum(plugin), 100);
  EXPECT_EQ(plugin.call("ledger.read", R"({"account":"refused"})").json()["fen"], -1);
}

TEST_P(Database, EffectsAreKeptForFourHundredDays) {
  auto plugin = open();
  EXPECT_EQ(call(plugin, add("k1", 1)).json()["fen"], 1);
  host->advance(399 * 24h);
  EXPECT_EQ(call(plugin, add("k1", 1)).json()["fen"], 1);
  host->advance(2 * 24h);
  EXPECT_EQ(call(plugin, add("k1", 1)).json()["fen"], 2);
}

TEST_P(Database, TheDescriptorSaysBatch) { EXPECT_EQ(open().descriptor()["capabilities"], nlohmann::json{"batch"}); }

INSTANTIATE_TEST_SUITE_P(Backends, Database, testing::Values("Sqlite", "Postgresql"),
                         [](const auto& backend) { return backend.param; });

TEST(PostgresqlDatabase, AConnectionThatIsLostIsOpenedAnew) {
  jackfield::testing::PostgresServer server;
  const std::string url = server.new_database();
  FakeHost host{{.store_url = url}};
  auto plugin = host.load(FIXTURES "/ledger.so");
  EXPECT_EQ(plugin.call("ledger.add", R"({"account":"cash","fen":1})", {.key = "k1"}).status, JF_OK);
  jackfield::testing::PostgresServer::run(
      url,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = "
      "current_database()");
  EXPECT_EQ(plugin.call("ledger.add", R"({"account":"cash","fen":1})", {.key = "k2"}).json()["fen"], 2);
}

TEST(PostgresqlDatabase, AServerThatIsAwayIsARetryOnceItWasThere) {
  auto server = std::make_unique<jackfield::testing::PostgresServer>();
  FakeHost host{{.store_url = server->new_database()}};
  auto plugin = host.load(FIXTURES "/ledger.so");
  server.reset();
  const auto answer = plugin.call("ledger.add", R"({"account":"cash","fen":1})", {.key = "k1"});
  EXPECT_EQ(answer.status, JF_RETRY);
  EXPECT_EQ(answer.code, "DATABASE");
}

}  // namespace
