// Says that what one thread hands to another through ZeroMQ is handed over.
//
// libzmq orders what is done before a send and after its receipt, but comes without instrumentation, so that
// ThreadSanitizer cannot see it and would call every use by the second thread a race. Elsewhere both are nothing.
//
// Thread rule: given() by the sender before it sends, taken() by the receiver before it looks, of the same address.
#pragma once

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace jackfield::lane {

inline void given([[maybe_unused]] void* address) {
#if defined(__SANITIZE_THREAD__)
  if (address != nullptr) __tsan_release(address);
#endif
}

inline void taken([[maybe_unused]] void* address) {
#if defined(__SANITIZE_THREAD__)
  if (address != nullptr) __tsan_acquire(address);
#endif
}

}  // namespace jackfield::lane
