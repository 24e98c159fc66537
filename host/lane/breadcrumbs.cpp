#include "lane/breadcrumbs.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace jackfield::lane {
namespace {

constexpr std::size_t slots = 512;              // threads beyond that leave no word
constexpr std::size_t tokens_kept = 64;
constexpr std::uint64_t magic = 0x314b4341524b4341;
constexpr std::size_t stack_bytes = 64u << 10;
constexpr std::array faults{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

std::atomic<std::uint64_t> boards{0};
std::array<struct sigaction, faults.size()> former;

std::string_view view(const jf_bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data), static_cast<std::size_t>(bytes.len)};
}

template <std::size_t N>
void put(char (&to)[N], std::string_view text) {
  const std::size_t size = std::min(text.size(), N - 1);
  if (size > 0) std::memcpy(to, text.data(), size);
  to[size] = 0;
}

template <std::size_t N>
std::string get(const char (&from)[N]) {
  return {from, ::strnlen(from, N)};
}

}  // namespace

struct Breadcrumbs::Slot {
  std::atomic<std::uint32_t> taken, inside, signal, count;
  char plugin[192], step[128], instance[64], key[192];
  std::uint64_t tokens[tokens_kept];
};

struct Breadcrumbs::Board {
  std::uint64_t magic_word;
  Slot slot[slots];
};

namespace {

// The slot of this thread, in the board it last used.
struct Hold {
  std::uint64_t board = 0;
  std::atomic<std::uint32_t>*taken = nullptr, *inside = nullptr, *signal = nullptr;
  void* slot = nullptr;
};
thread_local Hold hold;

// Async-signal-safe: two stores, then whoever handled the fault before.
void mark(int number, siginfo_t* info, void*) {
  if (hold.inside != nullptr && hold.inside->load() != 0) hold.signal->store(static_cast<std::uint32_t>(number));
  for (std::size_t i = 0; i < faults.size(); ++i)
    if (faults[i] == number) ::sigaction(number, &former[i], nullptr);
  if (info->si_code <= 0) ::raise(number);  // it was sent; a fault happens again where the handler returns to
}

[[noreturn]] void cannot(const std::string& what) {
  throw std::runtime_error("breadcrumbs: " + what + ": " + std::strerror(errno));
}

}  // namespace

Breadcrumbs::Breadcrumbs(const std::string& file) : number_(++boards) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) cannot("cannot make " + file);
  // Its room on the disk is taken now: a page that finds none when it is written is the end of the process.
  errno = ::posix_fallocate(descriptor, 0, sizeof(Board));
  try {
    if (errno != 0) cannot("cannot take room for " + file);
    map(descriptor, true);
  } catch (const std::runtime_error&) {
    ::close(descriptor);
    throw;
  }
  ::close(descriptor);
}

Breadcrumbs::Breadcrumbs(int descriptor, bool fresh) : number_(++boards) { map(descriptor, fresh); }

void Breadcrumbs::map(int descriptor, bool fresh) {
  if (fresh && ::ftruncate(descriptor, sizeof(Board)) != 0) cannot("cannot size the file");
  void* const at = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (at == MAP_FAILED) cannot("cannot map the file");
  board_ = static_cast<Board*>(at);
  if (fresh) board_->magic_word = magic;
}

Breadcrumbs::~Breadcrumbs() {
  // Threads that were left behind may still be inside a plugin and come back to their slots: then the mapping stays.
  if (!entered_ && board_ != nullptr) ::munmap(board_, sizeof(Board));
}

Breadcrumbs::Slot* Breadcrumbs::own_slot() {
  if (hold.board == number_) return static_cast<Slot*>(hold.slot);
  struct GiveBack {
    ~GiveBack() {
      if (hold.taken != nullptr) hold.taken->store(0);
      hold = {};
    }
  };
  static thread_local GiveBack at_end;
  entered_ = true;
  if (hold.taken != nullptr) hold.taken->store(0);
  hold = {};
  hold.board = number_;
  for (Slot& slot : board_->slot) {
    std::uint32_t free = 0;
    if (!slot.taken.compare_exchange_strong(free, 1)) continue;
    slot.inside = slot.signal = slot.count = 0;
    hold = {number_, &slot.taken, &slot.inside, &slot.signal, &slot};
    return &slot;
  }
  (void)at_end;
  return nullptr;
}

void Breadcrumbs::enter(const std::string& plugin, std::span<const jf_task* const> tasks) {
  Slot* const slot = own_slot();
  if (slot == nullptr || tasks.empty()) return;
  const jf_task& first = *tasks.front();
  put(slot->plugin, plugin);
  put(slot->step, view(first.step));
  put(slot->instance, view(first.instance));
  put(slot->key, view(first.key));
  const std::size_t count = std::min(tasks.size(), tokens_kept);
  for (std::size_t i = 0; i < count; ++i) slot->tokens[i] = tasks[i]->token;
  slot->count.store(static_cast<std::uint32_t>(count), std::memory_order_relaxed);
  slot->inside.store(1, std::memory_order_release);
}

void Breadcrumbs::leave() {
  if (hold.board == number_ && hold.inside != nullptr) hold.inside->store(0, std::memory_order_release);
}

void Breadcrumbs::mark_faults() {
  struct sigaction action {};
  action.sa_sigaction = mark;
  action.sa_flags = SA_ONSTACK | SA_SIGINFO;
  ::sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < faults.size(); ++i) ::sigaction(faults[i], &action, &former[i]);
}

void Breadcrumbs::lend_stack() {
  stack_t present{};
  if (::sigaltstack(nullptr, &present) == 0 && (present.ss_flags & SS_DISABLE) == 0) return;  // a sanitizer's
  static thread_local const auto memory = std::make_unique<std::array<char, stack_bytes>>();
  struct TakeBack {
    ~TakeBack() {
      stack_t none{};
      none.ss_flags = SS_DISABLE;
      ::sigaltstack(&none, nullptr);
    }
  };
  stack_t stack{};
  stack.ss_sp = memory->data();
  stack.ss_size = memory->size();
  ::sigaltstack(&stack, nullptr);
  static thread_local TakeBack at_end;
  (void)at_end;
}

std::vector<Breadcrumbs::Crumb> Breadcrumbs::read() const {
  std::vector<Crumb> found;
  if (board_->magic_word != magic) return found;
  for (const Slot& slot : board_->slot) {
    if (slot.inside.load(std::memory_order_acquire) == 0) continue;
    Crumb crumb{get(slot.plugin), get(slot.step), get(slot.instance), get(slot.key), {},
                static_cast<int>(slot.signal.load())};
    const std::size_t count = std::min<std::size_t>(slot.count.load(), tokens_kept);
    crumb.tokens.assign(slot.tokens, slot.tokens + count);
    found.push_back(std::move(crumb));
  }
  return found;
}

std::vector<Breadcrumbs::Crumb> Breadcrumbs::read(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return {};
  struct stat size {};
  const bool whole = ::fstat(descriptor, &size) == 0 && size.st_size == static_cast<off_t>(sizeof(Board));
  std::vector<Crumb> found;
  if (whole) {
    found = Breadcrumbs(descriptor, false).read();
  }
  ::close(descriptor);
  return found;
}

}  // namespace jackfield::lane
