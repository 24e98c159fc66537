#include "store/log_check.hpp"

#include "store/page_sums.hpp"
#include "store/raw_file.hpp"
#include "store/store.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <map>
#include <optional>

namespace jackfield::store {
namespace {

constexpr int header_bytes = 32, frame_head_bytes = 24, frame_bytes = frame_head_bytes + page_bytes;
constexpr std::uint32_t magic_word = 0x377f0682;  // its last bit: sums are of big-endian words

using Page = std::array<unsigned char, page_bytes>;
using Salts = std::array<std::uint32_t, 2>;  // of one life of the log: written anew it has others

std::uint32_t word(const unsigned char* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}

struct Sum {
  std::uint32_t first = 0, second = 0;
  friend bool operator==(const Sum&, const Sum&) = default;

  void add(const unsigned char* data, std::size_t size, bool big_endian) {
    for (std::size_t at = 0; at < size; at += 8) {
      std::uint32_t words[2] = {word(data + at), word(data + at + 4)};
      if (!big_endian) words[0] = __builtin_bswap32(words[0]), words[1] = __builtin_bswap32(words[1]);
      first += words[0] + second;
      second += words[1] + first;
    }
  }
};

struct Frame {
  std::uint32_t page = 0, commit = 0;  // commit: not 0 in the last frame of a transaction
  Salts salts{};
  bool whole = false;    // its sum is right, going on from what the frame before says of itself
  bool follows = false;  // or from what the frame before is found to be: its own sum may be what is damaged

  friend bool operator==(const Frame& left, const Frame& right) {  // the same page, ending the same
    return left.page == right.page && left.commit == right.commit;
  }
};

class Log {
 public:
  explicit Log(const std::string& path) : file_(path, RawFile::Kind::log) {
    std::array<unsigned char, header_bytes> head{};
    if (!file_.read(head.data(), header_bytes, 0)) return;
    Sum sum;
    sum.add(head.data(), 24, (word(head.data()) & 1) != 0);
    kept_ = found_ = {word(head.data() + 24), word(head.data() + 28)};
    whole_ = (word(head.data()) & ~1u) == magic_word && word(head.data() + 8) == page_bytes && sum == kept_;
    big_endian_ = whole_ ? (word(head.data()) & 1) != 0 : std::endian::native == std::endian::big;
    salts_ = {word(head.data() + 16), word(head.data() + 20)};
  }

  [[nodiscard]] bool whole() const { return whole_; }
  [[nodiscard]] const Salts& salts() const { return salts_; }
  [[nodiscard]] const Page& page() const { return page_; }
  /// Where the next frame begins.
  [[nodiscard]] std::int64_t at() const { return at_; }
  [[nodiscard]] std::int64_t size_bytes() const { return file_.size_bytes(); }

  std::optional<Frame> next() {
    std::array<unsigned char, frame_head_bytes> head{};
    if (!file_.read(head.data(), frame_head_bytes, at_)) return std::nullopt;
    if (!file_.read(page_.data(), page_bytes, at_ + frame_head_bytes)) return std::nullopt;
    at_ += frame_bytes;
    Frame frame{word(head.data()), word(head.data() + 4), {word(head.data() + 8), word(head.data() + 12)}};
    const Sum kept{word(head.data() + 16), word(head.data() + 20)};
    const Sum found = sum(kept_, head.data());
    frame.whole = found == kept;
    frame.follows = frame.whole || sum(found_, head.data()) == kept;
    kept_ = kept;
    found_ = found;
    return frame;
  }

 private:
  Sum sum(Sum from, const unsigned char* head) const {
    from.add(head, 8, big_endian_);
    from.add(page_.data(), page_bytes, big_endian_);
    return from;
  }

  RawFile file_;
  std::int64_t at_ = header_bytes;
  bool whole_ = false, big_endian_ = false;
  Sum kept_, found_;
  Salts salts_{};
  Page page_{};
};

[[noreturn]] void refuse(const std::string& file, const std::string& found) {
  throw StoreError(StoreError::Kind::corrupt, "store " + file + ": found " + found +
                                                  "; SQLite would drop them, and they were acknowledged (put back a "
                                                  "backup; do not write to this one)");
}

/// Whether a page that the log has is in the database file as well.
bool has_page(const RawFile& database, std::uint32_t number, const Page& page) {
  Page there{};
  if (!database.read(there.data(), page_bytes, (std::int64_t{number} - 1) * page_bytes)) return false;
  return std::memcmp(there.data(), page.data(), page_bytes - page_sum_bytes) == 0;
}

/// The header is damaged, or power loss tore it when the log was begun anew; then the database has all of the log.
void check_headless(const std::string& path, Log& log) {
  const RawFile database(path, RawFile::Kind::database);
  std::map<std::uint32_t, bool> latest, committed;  // by page: is it in the database as well?
  std::optional<Frame> before;
  while (const auto frame = log.next()) {
    if (frame->page == 0 || (before && frame->salts != before->salts)) break;
    latest[frame->page] = has_page(database, frame->page, log.page());
    if (frame->commit != 0) committed = latest;
    before = frame;
  }
  for (const auto& [page, there] : committed) {
    if (!there) refuse(path + "-wal", "a damaged header before transactions that the database does not have");
  }
}

/// A file without a page, and a log with transactions: SQLite would take both for a store that is yet to be made.
void check_there_is_a_database(const std::string& path, Log& log) {
  if (RawFile(path, RawFile::Kind::database).size_bytes() > 0) return;
  while (const auto frame = log.next()) {
    if (frame->whole && frame->commit != 0) refuse(path, "no page of the database, but transactions in its log");
  }
}

/// One that differs in one of the two is of this life, with a damaged byte. What is of neither is left of a life
/// before: a log is begun anew over what it held.
bool of_one_life(const Salts& left, const Salts& right) { return left[0] == right[0] || left[1] == right[1]; }

std::string let_go(const std::string& file, std::int64_t from) {
  return "store " + file + ": from byte " + std::to_string(from) +
         " on it holds a last transaction that is not whole, which is let go of: nobody was told of it where the host "
         "was killed or the power lost while it was written; if neither was, the disk has damaged it";
}

}  // namespace

std::string check_log(const std::string& database) {
  const std::string file = database + "-wal";
  Log log(file);
  if (log.size_bytes() == 0) return {};
  if (!log.whole()) {
    check_headless(database, log);
    return {};
  }
  {
    Log again(file);
    check_there_is_a_database(database, again);
  }
  std::int64_t whole_until = log.at(), lives_until = log.at(), damaged_from = -1;
  std::optional<Frame> before, end;  // `end`: the frame before, since the damage, where it ends a transaction
  for (auto frame = log.next(); frame; before = frame, frame = log.next()) {
    if (of_one_life(frame->salts, log.salts())) lives_until = log.at();
    const bool good = frame->whole && frame->salts == log.salts();
    if (damaged_from < 0 && good) {
      if (frame->commit != 0) whole_until = log.at();
      continue;
    }
    // What follows an end of a transaction was begun when that was on disk. Not so the end itself again: on disks that
    // may hurt a whole sector SQLite repeats it until the sector is full, and has no need of the rest.
    const bool repeats = before && before->commit != 0 && *before == *frame;
    if (end && !repeats && frame->follows && frame->salts == log.salts())
      refuse(file, "damage from byte " + std::to_string(damaged_from) + " on, and later transactions behind it");
    const bool spare = damaged_from < 0 && repeats;
    if (damaged_from < 0) damaged_from = log.at() - frame_bytes;
    end = frame->commit != 0 && !spare ? frame : std::nullopt;
  }
  if (lives_until == log.at()) lives_until = log.size_bytes();  // a frame that is cut off
  return whole_until < lives_until ? let_go(file, whole_until) : std::string();
}

}  // namespace jackfield::store
