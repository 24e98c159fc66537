// Bytes lent to a plugin, in pages of their own: once they are taken back, reading them is a crash, not a guess.
//
// Lent for good (`strict` false) they stay readable, and cost no page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace jackfield::conformance {

class Loan {
 public:
  Loan(std::size_t size, bool strict);
  ~Loan();
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;

  [[nodiscard]] std::span<std::uint8_t> bytes() const { return {begin_, size_}; }
  void take_back();

 private:
  std::size_t size_, pages_ = 0;
  std::uint8_t* begin_ = nullptr;
  std::unique_ptr<std::uint8_t[]> plain_;
};

}  // namespace jackfield::conformance
