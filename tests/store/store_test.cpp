// What both databases must do: rows out as they went in, every question of Reader, a batch whole or not at all.
#include "store/backend.hpp"

namespace jackfield::store {
namespace {

INSTANTIATE_TEST_SUITE_P(Of, StoreTest, ::testing::Values("sqlite", "postgresql"), name_of);

std::vector<std::string> ids(const std::vector<InstanceRow>& rows) {
  std::vector<std::string> out;
  for (const InstanceRow& row : rows) out.push_back(row.id);
  return out;
}

using Ids = std::vector<std::string>;

TEST_P(StoreTest, GivesBackAnInstanceAsItWasWritten) {
  const auto store = open(options_);
  InstanceRow row = instance("01A", "change-number", "waiting");
  row.key = "13800138000";
  row.idempotency_key = "shop, \"7\" \\ {NULL} '";
  row.body_digest = "abc";
  row.created_ms = 1'732'262'400'123;
  row.updated_ms = 1'732'262'400'124;
  row.wake = Wake::timer;
  row.wake_at_ms = 1'732'262'460'000;
  store->commit({.instances = {row, instance("01B")}});

  const auto reader = open_reader(options_);
  const auto found = reader->instance("01A");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->flow, row.flow);
  EXPECT_EQ(found->definition, "d1");
  EXPECT_EQ(found->state, row.state);
  EXPECT_EQ(found->key, row.key);
  EXPECT_EQ(found->idempotency_key, row.idempotency_key);
  EXPECT_EQ(found->body_digest, row.body_digest);
  EXPECT_EQ(found->created_ms, row.created_ms);
  EXPECT_EQ(found->updated_ms, row.updated_ms);
  EXPECT_EQ(found->wake, Wake::timer);
  EXPECT_EQ(found->wake_at_ms, row.wake_at_ms);
  EXPECT_FALSE(reader->instance("01B")->wake_at_ms);
  EXPECT_FALSE(reader->instance("01C"));
  EXPECT_EQ(reader->by_idempotency_key("change-number", row.idempotency_key)->id, "01A");
  EXPECT_FALSE(reader->by_idempotency_key("open-account", row.idempotency_key));
}

TEST_P(StoreTest, GivesBackEveryByteOfAJournalInOrder) {
  const auto store = open(options_);
  Bytes every;
  for (int i = 0; i < 1'024; ++i) every.push_back(static_cast<std::uint8_t>(i));
  store->commit({.journal = {line("01A", 1, every), line("01A", 0, {}), line("01B", 0)}});
  const auto rows = open_reader(options_)->journal("01A");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].seq, 0u);
  EXPECT_TRUE(rows[0].event.empty());
  EXPECT_EQ(rows[1].event, every);
}

TEST_P(StoreTest, StoresNothingOfABatchWithARowThatCannotBe) {
  const auto store = open(options_);
  const auto reader = open_reader(options_);
  store->commit({.instances = {instance("01A")}, .journal = {line("01A", 0)}});
  Batch batch{.instances = {instance("01B")}, .journal = {line("01B", 0), line("01A", 0)}, .updates = {update("01A",
      "held")}};
  batch.numbers = {{"01B", "13800138000"}};
  std::string text;
  EXPECT_EQ(refusal([&] { store->commit(batch); }, &text), StoreError::Kind::conflict) << text;
  EXPECT_FALSE(reader->instance("01B"));
  EXPECT_EQ(reader->instance("01A")->state, "running");
  EXPECT_TRUE(reader->journal("01B").empty());
  EXPECT_EQ(reader->counts().size(), 1u);
  store->commit({.journal = {line("01A", 1)}});  // and the store goes on
  EXPECT_EQ(reader->journal("01A").size(), 2u);
}

TEST_P(StoreTest, TellsNoValuesInItsErrors) {
  const auto store = open(options_);
  InstanceRow row = instance("01A");
  row.idempotency_key = "k";
  row.key = "11010519491231002X";
  store->commit({.instances = {row}});
  row.id = "01B";
  std::string text;
  EXPECT_EQ(refusal([&] { store->commit({.instances = {row}}); }, &text), StoreError::Kind::conflict);
  EXPECT_EQ(text.find(row.key), std::string::npos) << text;
}

TEST_P(StoreTest, LetsOneOfTwoWithAnIdempotencyKeyIn) {
  const auto store = open(options_);
  const auto reader = open_reader(options_);
  InstanceRow first = instance("01A"), second = instance("01B"), other = instance("01C", "change-number");
  first.idempotency_key = second.idempotency_key = other.idempotency_key = "k";
  EXPECT_EQ(refusal([&] { store->commit({.instances = {first, second}}); }), StoreError::Kind::conflict);
  EXPECT_FALSE(reader->instance("01A"));
  store->commit({.instances = {first, other}});
  EXPECT_EQ(refusal([&] { store->commit({.instances = {second}}); }), StoreError::Kind::conflict);
  EXPECT_EQ(reader->by_idempotency_key("open-account", "k")->id, "01A");
  store->commit({.instances = {instance("01D"), instance("01E")}});  // no key: as many as come
}

TEST_P(StoreTest, ListsNewestFirstByEveryFilter) {
  const auto store = open(options_);
  const auto reader = open_reader(options_);
  Batch batch;
  for (int i = 0; i < 9; ++i) {
    InstanceRow row = instance(id_of(i), i % 2 == 0 ? "open-account" : "change-number", i < 6 ? "running" :
        "completed");
    row.key = i % 3 == 0 ? "fizz" : "";
    row.idempotency_key = i == 1 ? "fizz" : i == 7 ? "K1" : "";
    batch.instances.push_back(row);
    if (i % 4 == 0) batch.numbers.push_back({id_of(i), "13800138000"});
  }
  batch.numbers.push_back({id_of(0), "13800138000"});  // twice is once
  batch.numbers.push_back({id_of(0), "13900139000"});
  store->commit(batch);
  EXPECT_EQ(ids(reader->list({.limit = 3})), (Ids{id_of(8), id_of(7), id_of(6)}));
  EXPECT_EQ(ids(reader->list({.after = id_of(6), .limit = 2})), (Ids{id_of(5), id_of(4)}));
  EXPECT_EQ(ids(reader->list({.flow = "change-number"})), (Ids{id_of(7), id_of(5), id_of(3), id_of(1)}));
  EXPECT_EQ(ids(reader->list({.state = "completed"})), (Ids{id_of(8), id_of(7), id_of(6)}));
  EXPECT_EQ(ids(reader->list({.flow = "open-account", .state = "completed", .after = id_of(8)})), (Ids{id_of(6)}));
  EXPECT_EQ(ids(reader->list({.key = "fizz"})), (Ids{id_of(6), id_of(3), id_of(1), id_of(0)})) << "either key";
  EXPECT_EQ(ids(reader->list({.key = "K1"})), (Ids{id_of(7)}));
  EXPECT_EQ(ids(reader->list({.flow = "open-account", .key = "fizz", .limit = 1})), (Ids{id_of(6)}));
  EXPECT_EQ(ids(reader->list({.key = "fizz", .msisdn = "13800138000"})), (Ids{id_of(0)}));
  EXPECT_TRUE(reader->list({.key = "nothing"}).empty());
  EXPECT_EQ(ids(reader->list({.msisdn = "13800138000"})), (Ids{id_of(8), id_of(4), id_of(0)}));
  EXPECT_EQ(ids(reader->list({.state = "running", .msisdn = "13800138000", .after = id_of(4)})), (Ids{id_of(0)}));
  EXPECT_TRUE(reader->list({.flow = "nothing"}).empty());
}

TEST_P(StoreTest, UpdatesAnInstanceAndTheLastOfABatchCounts) {
  const auto store = open(options_);
  InstanceRow row = instance("01A");
  row.key = "before";
  store->commit({.instances = {row}});
  InstanceUpdate last = update("01A", "waiting", Wake::event, 99);
  last.key = "after";
  store->commit({.updates = {update("01A", "held"), last}});
  const auto found = open_reader(options_)->instance("01A");
  EXPECT_EQ(found->state, "waiting");
  EXPECT_EQ(found->key, "after");
  EXPECT_EQ(found->wake, Wake::event);
  EXPECT_EQ(found->wake_at_ms, 99);
  EXPECT_EQ(found->updated_ms, 2'000);
  EXPECT_EQ(found->created_ms, 1'000);
}

TEST_P(StoreTest, CountsInstancesByFlowAndState) {
  const auto store = open(options_);
  const auto reader = open_reader(options_);
  Batch batch;
  for (int i = 0; i < 5; ++i) batch.instances.push_back(instance(id_of(i)));
  batch.instances.push_back(instance(id_of(5), "replace-card", "held"));
  batch.updates = {update(id_of(0), "completed", Wake::none), update(id_of(1), "running")};
  store->commit(batch);
  store->commit({.updates = {update(id_of(2), "completed", Wake::none), update(id_of(5), "completed", Wake::none)}});
  const auto counts = reader->counts();
  ASSERT_EQ(counts.size(), 3u);
  EXPECT_EQ(counts[0].flow + "/" + counts[0].state + "/" + std::to_string(counts[0].count), "open-account/completed/2");
  EXPECT_EQ(counts[1].flow + "/" + counts[1].state + "/" + std::to_string(counts[1].count), "open-account/running/3");
  EXPECT_EQ(counts[2].flow + "/" + counts[2].state + "/" + std::to_string(counts[2].count), "replace-card/completed/1");
}

TEST_P(StoreTest, FindsWhoIsBusyAndWhoIsDue) {
  const auto store = open(options_);
  const auto reader = open_reader(options_);
  Batch batch;
  for (int i = 0; i < 6; ++i) batch.instances.push_back(instance(id_of(i)));
  batch.updates = {update(id_of(1), "waiting", Wake::timer, 500), update(id_of(2), "waiting", Wake::event, 300),
                   update(id_of(3), "completed", Wake::none), update(id_of(4), "running", Wake::busy, 400)};
  store->commit(batch);
  EXPECT_EQ(reader->busy("", 2), (Ids{id_of(0), id_of(4)}));
  EXPECT_EQ(reader->busy(id_of(4), 2), (Ids{id_of(5)}));
  const auto due = reader->due(before_all, 400, 10);
  ASSERT_EQ(due.size(), 2u);
  EXPECT_EQ(due[0].id, id_of(2));
  EXPECT_EQ(due[1].id, id_of(4));
  EXPECT_EQ(due[1].wake_at_ms, 400);
  EXPECT_EQ(reader->due(before_all, 500, 1).size(), 1u);
  EXPECT_TRUE(reader->due(before_all, 299, 10).empty());
}

TEST_P(StoreTest, TellsOfThoseWhoAreDuePageByPage) {
  const auto store = open(options_);
  const auto reader = open_reader(options_);
  Batch batch;
  for (int i = 0; i < 5; ++i) batch.instances.push_back(instance(id_of(i)));
  for (int i = 0; i < 5; ++i) batch.updates.push_back(update(id_of(i), "waiting", Wake::timer, i < 4 ? 300 : 400));
  store->commit(batch);
  EXPECT_EQ(reader->due(before_all, 400, 2), (std::vector<Due>{{300, id_of(0)}, {300, id_of(1)}}));
  EXPECT_EQ(reader->due({300, id_of(1)}, 400, 2), (std::vector<Due>{{300, id_of(2)}, {300, id_of(3)}}));
  EXPECT_EQ(reader->due({300, id_of(3)}, 400, 2), (std::vector<Due>{{400, id_of(4)}}));
  EXPECT_TRUE(reader->due({400, id_of(4)}, 400, 2).empty());
}

TEST_P(StoreTest, FindsTheStranded) {
  const auto store = open(options_);
  Batch batch;
  for (int i = 0; i < 10; ++i) batch.instances.push_back(instance(id_of(i)));
  batch.updates = {
      update(id_of(0), "running", Wake::none),         // stranded
      update(id_of(1), "waiting", Wake::timer),        // stranded
      update(id_of(2), "waiting", Wake::event),        // stranded
      update(id_of(3), "waiting", Wake::event, 9),     update(id_of(4), "waiting", Wake::event),
      update(id_of(5), "waiting", Wake::timer, 9),     update(id_of(6), "held", Wake::person),
      update(id_of(7), "completed", Wake::none),       update(id_of(8), "completed", Wake::timer, 9),
  };
  batch.awaits_added = {{"choose", id_of(4), id_of(4), 2}};
  store->commit(batch);
  EXPECT_EQ(open_reader(options_)->stranded(), (Ids{id_of(0), id_of(1), id_of(2)}));
}

TEST_P(StoreTest, KnowsWhoAwaitsAnEvent) {
  const auto store = open(options_);
  const auto reader = open_reader(options_);
  store->commit({.awaits_added = {{"receipt", "c1", "01A", 3}, {"receipt", "c2", "01B", 4}}});
  EXPECT_EQ(reader->awaiting("receipt", "c1")->instance, "01A");
  EXPECT_EQ(reader->awaiting("receipt", "c1")->token, 3u);
  EXPECT_FALSE(reader->awaiting("receipt", "c3"));
  EXPECT_FALSE(reader->awaiting("choose", "c1"));
  store->commit({.awaits_removed = {{"receipt", "c1", "01A", 3}, {"receipt", "c2", "01B", 0}}});
  EXPECT_FALSE(reader->awaiting("receipt", "c1"));
  EXPECT_FALSE(reader->awaiting("receipt", "c2"));
}

TEST_P(StoreTest, KnowsAllWhoAwaitAnEventOneAfterTheOther) {
  const auto store = open(options_);
  const auto reader = open_reader(options_);
  store->commit({.awaits_added = {{"receipt", "c1", "01B", 1}, {"receipt", "c1", "01A", 7}, {"receipt", "c1", "01A", 5}}});
  EXPECT_EQ(reader->awaiting("receipt", "c1")->token, 5u);  // the first step of the first instance
  EXPECT_EQ(reader->awaiting("receipt", "c1", "01A")->instance, "01B");
  EXPECT_FALSE(reader->awaiting("receipt", "c1", "01B"));
}

TEST_P(StoreTest, LeavesAnAwaitAsItWasWhenABatchAddsAndRemovesIt) {
  const auto store = open(options_);
  const auto reader = open_reader(options_);
  const AwaitRow row{"choose", "01A", "01A", 1}, next{"choose", "01A", "01A", 2};
  store->commit({.awaits_added = {row}, .awaits_removed = {row}});  // came and was met
  EXPECT_FALSE(reader->awaiting("choose", "01A"));
  store->commit({.awaits_added = {row}});
  store->commit({.awaits_added = {row}, .awaits_removed = {row}});  // was met, and is asked for again
  EXPECT_EQ(reader->awaiting("choose", "01A")->token, 1u);
  store->commit({.awaits_added = {next}, .awaits_removed = {row}});
  EXPECT_EQ(reader->awaiting("choose", "01A")->token, 2u);
}

TEST_P(StoreTest, KeepsAnEarlyEventUntilItIsMetOrExpires) {
  const auto store = open(options_);
  const auto reader = open_reader(options_);
  EventRow first{"e1", "receipt", "c1", {0x80, 0, 1}, "digest", 100, 900, ""};
  EventRow second = first, elsewhere = first;
  second.id = "e2";
  second.received_ms = 50;
  elsewhere.id = "e3";
  elsewhere.correlation = "c2";
  elsewhere.expires_ms = 2'000;
  store->commit({.events = {first, second, elsewhere}});
  const auto early = reader->early("receipt", "c1");
  ASSERT_EQ(early.size(), 2u);
  EXPECT_EQ(early[0].id, "e2");
  EXPECT_EQ(early[1].body, first.body);
  EXPECT_EQ(early[1].digest, "digest");
  ASSERT_EQ(reader->expired(900, 10).size(), 2u);
  EXPECT_TRUE(reader->expired(899, 10).empty());
  first.instance = "01A";
  second.instance = claimed_by_nobody;
  store->commit({.events = {first, second}});
  EXPECT_TRUE(reader->early("receipt", "c1").empty());
  EXPECT_TRUE(reader->expired(900, 10).empty());
  EXPECT_EQ(reader->event("receipt", "e1")->instance, "01A");  // its id is remembered
  EXPECT_EQ(reader->event("receipt", "e1")->expires_ms, 900);
  EXPECT_FALSE(reader->event("other", "e1"));
}

TEST_P(StoreTest, KeepsDeadLettersUntilTheyAreReplayed) {
  const auto store = open(options_);
  const auto reader = open_reader(options_);
  DeadLetterRow letter{"01L1", "step", "01A", "open-account", "billing", "billing.notify", "01A/billing.notify",
      "GAVE_UP",
                       "计费通知: 503 for 72 h", 7, {0x81, 0xa1, 0}, 123, "", ""};
  DeadLetterRow event{"01L2", "event", "", "", "", "", "", "UNCLAIMED", "nobody", 0, {0x80}, 124, "receipt", "c1"};
  store->commit({.dead_letters = {letter, event}});
  const auto found = reader->dead_letter("01L1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind + found->instance + found->flow + found->node, "step01Aopen-accountbilling");
  EXPECT_EQ(found->step + found->key + found->code + found->text, letter.step + letter.key + letter.code + letter.text);
  EXPECT_EQ(found->token, 7u);
  EXPECT_EQ(found->body, letter.body);
  EXPECT_EQ(found->created_ms, 123);
  EXPECT_EQ(reader->dead_letter("01L2")->correlation, "c1");
  ASSERT_EQ(reader->dead_letters("", 10).size(), 2u);
  EXPECT_EQ(reader->dead_letters("", 1)[0].id, "01L2");
  EXPECT_EQ(reader->dead_letters("01L2", 10)[0].id, "01L1");
  EXPECT_EQ(reader->dead_letter_count(), 2);
  store->commit({.dead_letters_removed = {"01L1", "01L9"}});
  EXPECT_FALSE(reader->dead_letter("01L1"));
  EXPECT_EQ(reader->dead_letter_count(), 1);
}

TEST_P(StoreTest, NumbersTheDefinitionsOfAFlow) {
  const auto store = open(options_);
  const auto reader = open_reader(options_);
  store->commit({.definitions = {{"h1", "open-account", 0, {1, 0, 2}, 5}, {"h2", "change-number", 0, {3}, 5}}});
  store->commit({.definitions = {{"h3", "open-account", 0, {4}, 6}, {"h1", "open-account", 0, {9}, 9}}});
  EXPECT_EQ(reader->definition("h1")->version, 1);
  EXPECT_EQ(reader->definition("h1")->graph, (Bytes{1, 0, 2}));  // the first stays
  EXPECT_EQ(reader->definition("h1")->created_ms, 5);
  EXPECT_EQ(reader->definition("h2")->version, 1);
  EXPECT_EQ(reader->definition("h3")->version, 2);
  EXPECT_EQ(reader->definition("h3")->flow, "open-account");
  EXPECT_FALSE(reader->definition("h4"));
}

TEST_P(StoreTest, PrunesWhatHasEndedLongAgoAndNothingElse) {
  const auto store = open(options_);
  const auto reader = open_reader(options_);
  Batch batch;
  for (int i = 0; i < 6; ++i) {
    batch.instances.push_back(instance(id_of(i)));
    batch.journal.push_back(line(id_of(i), 0));
    batch.numbers.push_back({id_of(i), "13800138000"});
    batch.events.push_back({"e" + id_of(i), "receipt", id_of(i), {0x80}, "d", 1, 5'000, id_of(i)});
  }
  batch.events.push_back({"old", "receipt", "c", {0x80}, "d", 1, 5'000, claimed_by_nobody});
  batch.events.push_back({"young", "receipt", "c", {0x80}, "d", 1, 9'000, claimed_by_nobody});
  batch.events.push_back({"unmet", "receipt", "c", {0x80}, "d", 1, 5'000, ""});
  batch.updates = {update(id_of(0), "completed", Wake::none), update(id_of(1), "failed", Wake::none),
                   update(id_of(2), "completed", Wake::timer, 9), update(id_of(3), "held", Wake::person),
                   update(id_of(4), "rejected", Wake::none)};
  batch.updates[4].updated_ms = 8'000;
  store->commit(batch);
  EXPECT_EQ(store->prune(6'000, 1), 1u);
  EXPECT_EQ(store->prune(6'000, 10), 1u);
  EXPECT_EQ(store->prune(6'000, 10), 0u);
  EXPECT_EQ(ids(reader->list({})), (Ids{id_of(5), id_of(4), id_of(3), id_of(2)}));
  EXPECT_EQ(ids(reader->list({.msisdn = "13800138000"})).size(), 4u);
  EXPECT_TRUE(reader->journal(id_of(0)).empty());
  EXPECT_EQ(reader->journal(id_of(2)).size(), 1u);
  EXPECT_FALSE(reader->event("receipt", "e" + id_of(1)));
  EXPECT_TRUE(reader->event("receipt", "e" + id_of(2)));
  EXPECT_FALSE(reader->event("receipt", "old"));
  EXPECT_TRUE(reader->event("receipt", "young"));
  EXPECT_TRUE(reader->event("receipt", "unmet"));
  std::int64_t counted = 0;
  for (const StateCount& count : reader->counts()) counted += count.count;
  EXPECT_EQ(counted, 4);
}

TEST_P(StoreTest, TakesAnEmptyBatchAndALargeOne) {
  const auto store = open(options_);
  store->commit({});
  Batch batch;
  for (int i = 0; i < 5'000; ++i) batch.journal.push_back(line("01A", static_cast<std::uint32_t>(i), Bytes(300, 7)));
  store->commit(batch);
  EXPECT_EQ(open_reader(options_)->journal("01A").size(), 5'000u);
}

TEST_P(StoreTest, AReaderSeesEachCommitAtOnce) {
  const auto store = open(options_);
  const auto reader = open_reader(options_);
  for (std::uint32_t i = 0; i < 50; ++i) {
    store->commit({.journal = {line("01A", i)}});
    ASSERT_EQ(reader->journal("01A").size(), i + 1);
  }
}

}  // namespace
}  // namespace jackfield::store
