#include "conformance/footprint.hpp"

#include <malloc.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <thread>

// There where the program was built with a sanitizer, whose heap mallinfo2() knows nothing of.
extern "C" [[gnu::weak]] std::size_t __sanitizer_get_current_allocated_bytes();  // NOLINT

namespace jackfield::conformance {
namespace {

std::int64_t entries(const char* folder) {
  std::int64_t count = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) ++count;
  return count;
}

bool sanitized() { return __sanitizer_get_current_allocated_bytes != nullptr; }

}  // namespace

std::int64_t heap_bytes() {
  if (sanitized()) return static_cast<std::int64_t>(__sanitizer_get_current_allocated_bytes());
  const auto heap = ::mallinfo2();
  return static_cast<std::int64_t>(heap.uordblks + heap.hblkhd);
}

std::int64_t mapped_bytes() {
  std::int64_t pages = 0;
  if (!sanitized()) std::ifstream("/proc/self/statm") >> pages;
  return pages * ::sysconf(_SC_PAGESIZE);
}

std::int64_t count_files() { return entries("/proc/self/fd") - 1; }  // the one that reads the list
std::int64_t count_threads() { return entries("/proc/self/task"); }

std::int64_t count_threads_before() {
  std::thread([] {}).join();
  return count_threads();
}

}  // namespace jackfield::conformance
