#include "bill.hpp"

#include <algorithm>

void Bill::add(const std::string& item, std::int64_t amount_fen, const std::string& text) {
  if (amount_fen != 0) lines_.push_back({item, amount_fen, text});
}

void Bill::fee(const std::string& item, std::int64_t amount_fen, const std::string& text) {
  fees_fen_ += amount_fen;
  add(item, amount_fen, text);
}

void Bill::deposit(std::int64_t amount_fen) {
  deposit_fen_ += amount_fen;
  add("deposit", amount_fen, "押金");
}

void Bill::discount(const std::string& id, std::int64_t amount_fen, const std::string& name) {
  auto taken_fen = std::min(amount_fen, fees_fen_ - discount_fen_);
  discount_fen_ += taken_fen;
  add("discount:" + id, -taken_fen, "优惠:" + name);
}
