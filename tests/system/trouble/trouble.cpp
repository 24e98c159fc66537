// A plugin that misbehaves on demand, for the tests of what a host does then.
#include <jackfield/plugin.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

#ifndef TROUBLE_VERSION
#define TROUBLE_VERSION "1.0.0"
#endif

struct Settings {
  jackfield::Secret password{"none"};
  std::string effects;
  std::int64_t least = 0;
  JF_FIELDS((password, "a secret, to be looked for where it may not be"),
            (effects, "file that a line is appended to for each effect", jackfield::required),
            (least, "what a version may demand"))
};

struct Asked {
  std::string what = "nothing";
  std::string once;
  std::int64_t ms = 0;
  JF_FIELDS((what, "nothing, crash, abort, exit, throw, hang, stop, leak, recurse, slow, kill, files, deep, mojibake, "
                   "labels, name, shrink, noise"),
            (once, "only where this file is missing; it is made first"), (ms, "how long slow and noise take"))
};
struct Answered {
  std::string version, what;
  std::int64_t pid = 0;
  JF_FIELDS(version, what, pid)
};

namespace {

volatile std::size_t depth = 0;
volatile bool endless = true;

std::size_t recurse(std::size_t n) {
  volatile char room[4096];
  room[0] = static_cast<char>(n);
  depth = n;
  return endless ? recurse(n + 1) + static_cast<std::size_t>(room[0]) : 0;
}

void leak() {
  static std::vector<char*> kept;
  for (;;) {
    kept.push_back(static_cast<char*>(std::malloc(1u << 20)));
    if (kept.back() == nullptr) std::abort();
    for (std::size_t i = 0; i < (1u << 20); i += 4096) kept.back()[i] = 1;
  }
}

// Past the SDK, which would write nothing of this kind: what it says after this is a second answer, and dropped.
void answer(const jackfield::Context& ctx, const std::string& output) {
  jf_result result{};
  result.size = sizeof result;
  result.output = {reinterpret_cast<const std::uint8_t*>(output.data()), output.size()};
  ctx.host().complete(ctx.token(), result);
}

void measure(const jackfield::Context& ctx, std::string name, const std::string& labels) {
  const jf_host* table = nullptr;  // all that a jackfield::Host holds
  static_assert(sizeof(jackfield::Host) == sizeof table);
  std::memcpy(&table, &ctx.host(), sizeof table);
  const auto bytes = [](const std::string& text) {
    return jf_bytes{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
  };
  table->metric(table->self, JF_METRIC_COUNTER, bytes(name), bytes(labels), 1);
}

/// {"a": [[[…]]]}, a million levels deep.
std::string deep() { return "\x81\xa1" "a" + std::string(1'000'000, '\x91') + '\x01'; }

// Meant for the host, whose process this is not.
void attack(const Asked& asked, const jackfield::Context& ctx) {
  if (asked.what == "deep") answer(ctx, deep());
  if (asked.what == "mojibake") answer(ctx, "\x81\xa1" "a\xa2\xff\xfe");
  if (asked.what == "labels") {
    measure(ctx, "labelled", deep());
    measure(ctx, "labelled", "\x81\xa1" "a\x91\xa2\xff\xfe");
  }
  if (asked.what == "name") measure(ctx, "quarantined", {});  // the host's own is called so
  if (asked.what == "shrink") {
    if (::ftruncate(4, 0) == 0) ctx.warn("the breadcrumbs are gone");
    std::abort();
  }
}

// A fault as the processor makes it: a sanitizer that sees it come would end the process in another way.
__attribute__((no_sanitize("address", "thread", "undefined"))) void fault(volatile int* nowhere) { *nowhere = 1; }

void misbehave(const Asked& asked, jackfield::Context& ctx) {
  if (!asked.once.empty()) {
    if (std::ifstream(asked.once).good()) return;
    std::ofstream(asked.once) << "was here\n";
  }
  ctx.warn("last words before " + asked.what);
  if (asked.what == "crash") fault(nullptr);
  if (asked.what == "abort") std::abort();
  if (asked.what == "exit") std::_Exit(3);
  if (asked.what == "kill") ::kill(::getpid(), SIGKILL);
  if (asked.what == "stop") ::raise(SIGSTOP);
  if (asked.what == "recurse") (void)recurse(1);
  if (asked.what == "leak") leak();
  if (asked.what == "throw") throw std::runtime_error("thrown on demand");
  if (asked.what == "hang")
    for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
  if (asked.what == "files") {
    std::vector<int> open;
    for (int one = ::open("/dev/null", O_RDONLY); one >= 0; one = ::open("/dev/null", O_RDONLY)) open.push_back(one);
    for (const int one : open) ::close(one);
    ctx.info("opened " + std::to_string(open.size()) + " files");
  }
  if (asked.what == "noise") {
    const std::string line(1000, 'n');
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(asked.ms);
    while (std::chrono::steady_clock::now() < until) std::fprintf(stderr, "%s\n", line.c_str());
  }
  attack(asked, ctx);
  if (asked.what == "slow") std::this_thread::sleep_for(std::chrono::milliseconds(asked.ms));
}

}  // namespace

struct Shared {
  static constexpr auto traits = jackfield::traits().reentrant();
  Shared(const Settings& settings, jackfield::Host&) {
    if (settings.least > 5) throw std::runtime_error("least: expected at most 5, found " + std::to_string(settings.least));
#ifdef TROUBLE_REFUSES
    throw std::runtime_error("this version refuses every setting");
#endif
  }
};

// Its effect is keyed by the line it appends: the test counts them.
struct Do : jackfield::Step<Settings, Asked, Answered, Shared> {
  static constexpr auto info = jackfield::step("trouble.do", "Misbehaves as it is told").idempotent();
  Answered run(const Asked& asked, jackfield::Context& ctx) {
    misbehave(asked, ctx);
    std::ofstream(settings.effects, std::ios::app) << std::string(ctx.key()) + " " TROUBLE_VERSION "\n" << std::flush;
    ctx.count("done");
    return {TROUBLE_VERSION, asked.what, ::getpid()};
  }
};

// Not to be repeated: what became of it is asked, or a person is.
struct Once : jackfield::Step<Settings, Asked, Answered, Shared> {
  static constexpr auto info = jackfield::step("trouble.once", "The same, and may not be repeated").irreversible();
  Answered run(const Asked& asked, jackfield::Context& ctx) {
    misbehave(asked, ctx);
    return {TROUBLE_VERSION, asked.what, ::getpid()};
  }
};

struct Verdict {
  bool applied = false;
  JF_FIELDS(applied)
};
struct Verify : jackfield::Step<Settings, Asked, Verdict, Shared> {
  static constexpr auto info = jackfield::step("trouble.verify", "Says that nothing happened").pure();
  Verdict run(const Asked&, jackfield::Context&) { return {false}; }
};

JACKFIELD_PLUGIN("trouble", TROUBLE_VERSION, Do, Once, Verify)
