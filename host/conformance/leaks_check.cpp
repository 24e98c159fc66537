// What is left behind by many calls, and by many instances.
//
// The same few inputs under the same keys again and again: whatever an instance has to remember of them it remembers
// in the first round, which is not counted. After that a round that grew may be a cache; a leak is where every one did.
#include "conformance/calls.hpp"
#include "conformance/checks.hpp"
#include "conformance/footprint.hpp"
#include "conformance/instance.hpp"
#include "plugin/mapping.hpp"

#include <algorithm>
#include <optional>

namespace jackfield::conformance {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t round_calls = 1000, round_least = 64, inputs_each = 8, together = 16;
constexpr int rounds = 4, lives = 12;
constexpr std::int64_t bytes_a_call = 8, bytes_a_life = 256, files_most = 8, threads_most = 8;
constexpr auto first_round_most = 2s;

struct Held {
  std::int64_t heap = heap_bytes(), mapped = mapped_bytes(), files = count_files(), threads = count_threads();
};

/// The least that any of the rounds added.
struct Growth {
  std::int64_t heap = INT64_MAX, mapped = INT64_MAX;
  void add(const Held& before, const Held& after) {
    heap = std::min(heap, after.heap - before.heap);
    mapped = std::min(mapped, after.mapped - before.mapped);
  }
};

/// Another check's matter.
struct Unanswered {};

/// So many calls, or as many as fit into the time; how many it was.
std::size_t ask(Instance& instance, std::span<const Call> calls, std::size_t count, std::chrono::milliseconds most,
                const Subject& subject, Trial& trial) {
  const auto end = Clock::now() + most;
  std::size_t done = 0;
  while (done < count && Clock::now() < end) {
    const std::size_t at = done % calls.size(), size = std::min(together, calls.size() - at);
    const auto tasks = instance.begin(calls.subspan(at, size));
    if (!instance.witness().wait(tasks, subject.limit)) throw Unanswered();
    instance.witness().forget();
    trial.go_on();
    done += size;
  }
  return done;
}

std::optional<Verdict> judged(const Growth& growth, std::int64_t least, const Held& begin, const std::string& what,
                              std::int64_t count) {
  const char* const mend = "free, close and join what is made for it; a build with -fsanitize=address names the place";
  const std::string in = " in each of " + std::to_string(rounds) + " rounds of " + std::to_string(count) + " " + what;
  const Held now;
  if (now.files > begin.files + files_most)
    return Verdict::fail(std::to_string(now.files - begin.files) + " more open files after " + what, "as many as before",
                         mend);
  if (now.threads > begin.threads + threads_most)
    return Verdict::fail(std::to_string(now.threads - begin.threads) + " more threads after " + what,
                         "as many as before", mend);
  if (growth.heap > least * count)
    return Verdict::fail("memory that grew by at least " + std::to_string(growth.heap) + " bytes" + in,
                         "memory that stays as it is", mend);
  if (growth.mapped > least * count)
    return Verdict::fail("an address space that grew by at least " + std::to_string(growth.mapped) + " bytes" + in,
                         "one that stays as it is", mend);
  return std::nullopt;
}

Verdict of_calls_and_lives(const Subject& subject, Trial& trial) {
  const plugin::Mapping library(subject.file);
  const auto calls = Calls(subject.descriptor, trial.random()).mixed(inputs_each);
  trial.doing("asked the same again and again");
  Instance instance(library.table(), subject, trial);
  instance.make();
  const auto first = ask(instance, calls, std::max(round_calls, calls.size()), first_round_most, subject, trial);
  const auto count = std::max(std::min(first, round_calls), round_least);
  const Held begin;
  Growth growth;
  for (int round = 0; round < rounds; ++round) {
    const Held before;
    (void)ask(instance, calls, count, 10 * first_round_most, subject, trial);
    growth.add(before, Held());
  }
  const auto asked = static_cast<std::int64_t>(count);
  if (auto fault = judged(growth, bytes_a_call, begin, "calls", asked)) return *fault;
  instance.stop();
  instance.destroy();

  trial.doing("made, asked, stopped and destroyed again and again");
  const auto live = [&] {
    for (int i = 0; i < lives; ++i) {
      Instance other(library.table(), subject, trial);
      other.make();
      (void)ask(other, calls, together, first_round_most, subject, trial);
    }
  };
  live();
  const Held start;
  Growth of_lives;
  for (int round = 0; round < rounds; ++round) {
    const Held before;
    live();
    of_lives.add(before, Held());
  }
  if (auto fault = judged(of_lives, bytes_a_life, start, "instances", lives)) return *fault;
  return Verdict::pass("nothing left behind by " + std::to_string(rounds) + " rounds of " + std::to_string(count) +
                       " calls and " + std::to_string(lives) + " instances");
}

}  // namespace

Verdict check_leaks(const Subject& subject, Trial& trial) {
  try {
    return of_calls_and_lives(subject, trial);
  } catch (const Unanswered&) {
    return Verdict::skip("a task was not answered: see completion");
  }
}

}  // namespace jackfield::conformance
