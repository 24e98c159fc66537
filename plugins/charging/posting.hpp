// Double entry: a paid bill as entries of the accounts it is charged to.
//
// Each account is balanced by itself: it is debited what it pays (item: how it was paid), and credited every line of
// the bill it carries. A line taken off (a discount) is a debit. `ledger` says where finance books an entry: cash,
// card, wallet or receivable for what was paid; liability for a deposit, which is the customer's money; income for the rest.
// Debits always equal credits; a line of nothing makes no entry. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct ChargedLine {
  std::string account;
  std::string item;
  std::int64_t amount_fen = 0;
};

struct Posting {
  std::string account;
  std::string item;
  std::string ledger;
  std::int64_t debit_fen = 0;
  std::int64_t credit_fen = 0;
};

// The kind of a bill's line that a word means: its id ("monthly_fee", also without "_fee"), or what customers call it
// ("月租"). Empty where it means none.
std::string_view item_kind(std::string_view word);

// What is debited for a way to pay: "cash" → cash, "account" → receivable (the next bill asks for it).
std::string_view paying_ledger(std::string_view method);

// `method` is cash, card, wallet or account.
std::vector<Posting> post(const std::vector<ChargedLine>& lines, std::string_view method);
