// What an order adds to the books: its charge, and where it was undone the reversal of it.
//
// Entry ids are `<order>/charge/<n>` and `<order>/refund/<n>`, n from 1 in the order of the entries: the same on every
// attempt. A reversal is its charge with debit and credit exchanged.
// Thread rule: any. Errors: Fail NOT_BALANCED, ENTRY_INVALID.
#pragma once

#include <jackfield/plugin.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace finance {

struct Entry {
  std::string account, item;
  std::int64_t debit_fen = 0, credit_fen = 0;
  JF_FIELDS((account, "the account it is booked on", jackfield::required), (item, "what for"), debit_fen, credit_fen)
};

struct Charge {
  std::string channel, operator_name;
  std::vector<Entry> entries;
};

/// One line to be: everything but when it was posted.
struct Posting {
  std::string entry_id, order_id, account, item;
  std::int64_t debit_fen = 0, credit_fen = 0;
  std::string channel, operator_name;
};

/// Throws where the debits do not equal the credits.
[[nodiscard]] std::vector<Posting> charges(std::string_view order, const Charge& charge);
[[nodiscard]] std::vector<Posting> reversals(std::string_view order, const Charge& charge);

/// A line of the day's file with its line feed (RFC 4180; a line break inside a text becomes a space, so that one line
/// is one entry).
[[nodiscard]] std::string csv_line(const Posting& posting, std::string_view posted_at);

/// The entry id and the debit of a line that csv_line made; an empty id for a line that is none.
struct PostedLine {
  std::string entry_id;
  std::int64_t debit_fen = 0;
};
[[nodiscard]] PostedLine read_line(std::string_view line);

}  // namespace finance
