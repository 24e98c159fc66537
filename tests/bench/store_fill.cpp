// Fills a store with copies of instances that a host wrote: the same rows in the same tables, under ids of their own.
//
// store_fill STORE_URL COPIES SAMPLES [--event NAME] [--number PREFIX] INSTANCE…
//
// Each copy has the instance row, the journal and, with --event, the row in `awaits` of the instance it is a copy of
// (in turns, where several are named), written through the store's own writer. Where an original has an idempotency
// key, its copies have one each, spread evenly over all there can be, so that a new one falls between any two of them;
// with --number each is found by a number of its own, spread in the same way. Both rise from copy to copy: keys in no
// order would make every batch write a page a row. Ids begin a millisecond after the Unix epoch, so they are older than
// any that a host makes. Says SAMPLES of the new ids, a line each, evenly spread.
#include "store/store.hpp"

#include "engine/ulid.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace store = jackfield::store;

constexpr std::size_t copies_a_batch = 2000;

struct Original {
  store::InstanceRow row;
  std::vector<store::JournalRow> journal;
  std::optional<store::AwaitRow> await;
};

struct Asked {
  std::string url, event, number;
  std::size_t copies = 0, samples = 0;
  std::vector<std::string> instances;
};

Asked read_words(int count, char** words) {
  Asked asked;
  std::vector<std::string> plain;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if ((word == "--event" || word == "--number") && i + 1 < count) {
      (word == "--event" ? asked.event : asked.number) = words[++i];
    } else {
      plain.push_back(word);
    }
  }
  if (plain.size() < 4) throw std::invalid_argument("expected STORE_URL COPIES SAMPLES INSTANCE…");
  asked.url = plain[0];
  asked.copies = std::stoull(plain[1]);
  asked.samples = std::max<std::size_t>(1, std::min<std::size_t>(std::stoull(plain[2]), asked.copies));
  asked.instances.assign(plain.begin() + 3, plain.end());
  return asked;
}

std::vector<Original> read_originals(const Asked& asked) {
  const auto reader = store::open_reader({.url = asked.url});
  std::vector<Original> originals;
  for (const auto& id : asked.instances) {
    auto row = reader->instance(id);
    if (!row) throw std::runtime_error("the store has no instance " + id);
    Original original{*row, reader->journal(id), {}};
    if (!asked.event.empty()) {
      original.await = reader->awaiting(asked.event, id);
      if (!original.await) throw std::runtime_error(id + " does not wait for '" + asked.event + "'");
    }
    originals.push_back(std::move(original));
  }
  return originals;
}

/// Where a copy stands among all, in 2^64ths.
std::uint64_t spread(std::size_t copy, std::size_t copies) {
  return static_cast<std::uint64_t>(static_cast<double>(copy) / static_cast<double>(copies) * 0x1p64);
}

std::string written(const char* form, unsigned long long number) {
  char text[40];
  std::snprintf(text, sizeof text, form, number);
  return text;
}

void add(store::Batch& batch, const Original& original, const std::string& id, std::uint64_t place,
         const std::string& prefix) {
  store::InstanceRow row = original.row;
  row.id = id;
  if (!row.idempotency_key.empty()) row.idempotency_key = written("%016llx-copy", place);
  batch.instances.push_back(std::move(row));
  for (const auto& line : original.journal) batch.journal.push_back({id, line.seq, line.event});
  if (original.await) batch.awaits_added.push_back({original.await->name, id, id, original.await->token});
  if (!prefix.empty()) {
    const auto digits = static_cast<unsigned long long>(static_cast<double>(place) / 0x1p64 * 1e8);
    batch.numbers.push_back({id, prefix + written("%08llu", digits)});
  }
}

void fill(const Asked& asked) {
  const auto writer = store::open({.url = asked.url});
  const auto originals = read_originals(asked);
  jackfield::engine::UlidMaker ulids(1);
  store::Batch batch;
  const std::size_t every = asked.copies / asked.samples;
  for (std::size_t copy = 0; copy < asked.copies; ++copy) {
    const std::string id = ulids.next(std::chrono::sys_time<std::chrono::milliseconds>{
        std::chrono::milliseconds{1 + static_cast<std::int64_t>(copy)}});
    add(batch, originals[copy % originals.size()], id, spread(copy, asked.copies), asked.number);
    if (copy % every == 0) std::puts(id.c_str());
    if (batch.instances.size() < copies_a_batch && copy + 1 < asked.copies) continue;
    writer->commit(batch);
    batch = {};
  }
}

}  // namespace

int main(int count, char** words) {
  try {
    fill(read_words(count, words));
    return 0;
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "store_fill: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "store_fill: %s\n", error.what());
    return 1;
  }
}
