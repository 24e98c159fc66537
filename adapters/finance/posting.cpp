#include "posting.hpp"

#include <charconv>

namespace finance {
namespace {

constexpr std::size_t entries_most = 256;
constexpr std::int64_t amount_fen_most = 1'000'000'000'000;
constexpr std::size_t columns = 9, debit_column = 5;

void check(std::string_view order, const Charge& charge) {
  if (charge.entries.size() > entries_most) {
    throw jackfield::Fail{"ENTRY_INVALID", "found " + std::to_string(charge.entries.size()) +
                                               " entries, expected at most " + std::to_string(entries_most)};
  }
  std::int64_t debit_fen = 0, credit_fen = 0;
  for (const Entry& entry : charge.entries) {
    if (entry.debit_fen < 0 || entry.credit_fen < 0 || entry.debit_fen > amount_fen_most ||
        entry.credit_fen > amount_fen_most) {
      throw jackfield::Fail{"ENTRY_INVALID", "an entry on " + entry.account + " is below 0 or beyond all measure"};
    }
    debit_fen += entry.debit_fen;
    credit_fen += entry.credit_fen;
  }
  if (debit_fen != credit_fen) {
    throw jackfield::Fail{"NOT_BALANCED", "order " + std::string(order) + ": debits are " + std::to_string(debit_fen) +
                                              " fen and credits " + std::to_string(credit_fen) +
                                              ", expected equal: mend the charge"};
  }
}

std::vector<Posting> postings(std::string_view order, const Charge& charge, bool reversed) {
  check(order, charge);
  std::vector<Posting> made;
  const std::string stem = std::string(order) + (reversed ? "/refund/" : "/charge/");
  for (const Entry& entry : charge.entries) {
    made.push_back({stem + std::to_string(made.size() + 1), std::string(order), entry.account, entry.item,
                    reversed ? entry.credit_fen : entry.debit_fen, reversed ? entry.debit_fen : entry.credit_fen,
                    charge.channel, charge.operator_name});
  }
  return made;
}

std::string column(std::string_view text) {
  std::string plain;
  bool needs_quotes = false;
  for (const char c : text) {
    if (c == '"') plain += '"';
    plain += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    needs_quotes = needs_quotes || c == '"' || c == ',';
  }
  return needs_quotes ? '"' + plain + '"' : plain;
}

}  // namespace

std::vector<Posting> charges(std::string_view order, const Charge& charge) { return postings(order, charge, false); }

std::vector<Posting> reversals(std::string_view order, const Charge& charge) { return postings(order, charge, true); }

std::string csv_line(const Posting& posting, std::string_view posted_at) {
  return column(posting.entry_id) + ',' + column(posting.order_id) + ',' + std::string(posted_at) + ',' +
         column(posting.account) + ',' + column(posting.item) + ',' + std::to_string(posting.debit_fen) + ',' +
         std::to_string(posting.credit_fen) + ',' + column(posting.channel) + ',' + column(posting.operator_name) +
         '\n';
}

PostedLine read_line(std::string_view line) {
  std::vector<std::string> found(1);
  bool inside = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && inside && i + 1 < line.size() && line[i + 1] == '"')
      found.back() += line[++i];
    else if (c == '"')
      inside = !inside;
    else if (c == ',' && !inside)
      found.emplace_back();
    else
      found.back() += c;
  }
  PostedLine read;
  if (inside || found.size() != columns) return read;
  const std::string& debit = found[debit_column];
  const auto end = std::from_chars(debit.data(), debit.data() + debit.size(), read.debit_fen);
  if (end.ec != std::errc{} || end.ptr != debit.data() + debit.size()) return {};
  read.entry_id = std::move(found[0]);
  return read;
}

}  // namespace finance
