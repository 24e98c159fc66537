#include "posting.hpp"

#include <algorithm>
#include <array>

namespace {

Posting entry(const std::string& account, std::string item, std::string ledger, std::int64_t debit_fen) {
  Posting made{account, std::move(item), std::move(ledger), 0, 0};
  (debit_fen >= 0 ? made.debit_fen : made.credit_fen) = debit_fen >= 0 ? debit_fen : -debit_fen;
  return made;
}

struct Kind {
  std::string_view id, name;
};
constexpr std::array<Kind, 8> kinds{{{"open_fee", "开户费"},
                                     {"monthly_fee", "月租"},
                                     {"monthly_fee", "首月月租"},
                                     {"service_fee", "服务费"},
                                     {"number_fee", "选号费"},
                                     {"number_fee", "号码费"},
                                     {"deposit", "押金"},
                                     {"deposit", "保证金"}}};

}  // namespace

std::string_view item_kind(std::string_view word) {
  constexpr std::string_view unit = "_fen", fee = "_fee";
  std::string_view id = word;
  if (id.ends_with(unit)) id.remove_suffix(unit.size());
  for (const auto& kind : kinds) {
    const auto stem = kind.id.ends_with(fee) ? kind.id.substr(0, kind.id.size() - fee.size()) : kind.id;
    if (word == kind.name || id == kind.id || id == stem) return kind.id;
  }
  return {};
}

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
