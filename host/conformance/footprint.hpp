// What this process holds right now.
#pragma once

#include <cstdint>

namespace jackfield::conformance {

/// In use from the heap, large blocks too.
[[nodiscard]] std::int64_t heap_bytes();
/// The size of its address space; 0 where a sanitizer makes that meaningless.
[[nodiscard]] std::int64_t mapped_bytes();
[[nodiscard]] std::int64_t count_files();
[[nodiscard]] std::int64_t count_threads();
/// The same, with those that the runtime begins beside the first thread of a process: a sanitizer has one.
[[nodiscard]] std::int64_t count_threads_before();

}  // namespace jackfield::conformance
