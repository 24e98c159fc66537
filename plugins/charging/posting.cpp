#include "posting.hpp"

#include <algorithm>

namespace {

Posting entry(const std::string& account, std::string item, std::string ledger, std::int64_t debit_fen) {
  Posting made{account, std::move(item), std::move(ledger), 0, 0};
  (debit_fen >= 0 ? made.debit_fen : made.credit_fen) = debit_fen >= 0 ? debit_fen : -debit_fen;
  return made;
}

}  // namespace

std::string_view paying_ledger(std::string_view method) { return method == "account" ? "receivable" : method; }

std::vector<Posting> post(const std::vector<ChargedLine>& lines, std::string_view method) {
  std::vector<std::string> accounts;
  for (const auto& line : lines)
    if (std::find(accounts.begin(), accounts.end(), line.account) == accounts.end()) accounts.push_back(line.account);
  std::string paid(paying_ledger(method));
  std::vector<Posting> all;
  for (const auto& account : accounts) {
    std::int64_t due_fen = 0;
    for (const auto& line : lines)
      if (line.account == account) due_fen += line.amount_fen;
    if (due_fen != 0) all.push_back(entry(account, paid, paid, due_fen));
    for (const auto& line : lines)
      if (line.account == account && line.amount_fen != 0)
        all.push_back(entry(account, line.item, line.item == "deposit" ? "liability" : "income", -line.amount_fen));
  }
  return all;
}
