#include "conformance/loan.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <new>

namespace jackfield::conformance {

Loan::Loan(std::size_t size, bool strict) : size_(size) {
  if (!strict) {
    plain_ = std::make_unique<std::uint8_t[]>(size);
    begin_ = plain_.get();
    return;
  }
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  pages_ = (size + page) / page * page;
  void* const place = ::mmap(nullptr, pages_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) throw std::bad_alloc();
  begin_ = static_cast<std::uint8_t*>(place);
}

Loan::~Loan() {
  if (pages_ > 0) ::munmap(begin_, pages_);
}

void Loan::take_back() {
  if (pages_ > 0) ::mprotect(begin_, pages_, PROT_NONE);
}

}  // namespace jackfield::conformance
