// A receipt the customer can hold: one PDF page with embedded Chinese text.
//
// The same receipt always makes the same bytes: nothing in it comes from a clock or from chance, so printing it again
// changes nothing. It names the customer, never an identity number. Any thread. Errors: std::runtime_error.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

class TrueTypeFont;

struct Receipt {
  std::string number;   // the order's
  std::string service;  // 开户
  std::vector<std::pair<std::string, std::string>> particulars;  // label, value; an empty value is not printed
  std::vector<std::pair<std::string, std::int64_t>> items;       // text, amount in fen
  std::int64_t total_fen = 0;
  std::string paid_at;  // as the customer reads it
};

// 5000 → "¥50.00", -1000 → "-¥10.00"
std::string yuan(std::int64_t fen);

// The first font file of those a Debian system has for Chinese; empty where there is none.
std::string chinese_font();

// The PDF's bytes.
std::string draw(const Receipt& receipt, const TrueTypeFont& font);
