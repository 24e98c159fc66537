// What one order costs: its lines, their total, and what was taken off.
//
// opening fee + first month pro rata + service fee + number fee + deposit − discounts. A line of nothing is left out; a
// discount is a negative line. Discounts come off the fees alone, never off the deposit, and never below nothing.
// A value, any thread; money is integer fen.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

struct BillLine {
  std::string item;
  std::int64_t amount_fen = 0;
  std::string text;
};

class Bill {
 public:
  void fee(const std::string& item, std::int64_t amount_fen, const std::string& text);
  void deposit(std::int64_t amount_fen);
  // Takes off at most what the fees still are.
  void discount(const std::string& id, std::int64_t amount_fen, const std::string& name);

  std::int64_t fees_fen() const { return fees_fen_; }
  std::int64_t discount_fen() const { return discount_fen_; }
  std::int64_t total_fen() const { return fees_fen_ + deposit_fen_ - discount_fen_; }
  const std::vector<BillLine>& lines() const { return lines_; }

 private:
  void add(const std::string& item, std::int64_t amount_fen, const std::string& text);

  std::vector<BillLine> lines_;
  std::int64_t fees_fen_ = 0;
  std::int64_t deposit_fen_ = 0;
  std::int64_t discount_fen_ = 0;
};
