// Where the journal rows of a batch go: into the log while their instance is at work, into a chunk when it is not.
//
// A step of an instance at work is a few bytes of the one row of `log` that its commit writes; its events come together
// into one chunk of `journal` when the instance stops being busy (Wake). What is in the log alone is of instances whose
// row says busy: so nobody else's journal needs the log, and a start finds in it what recovery wants. A row of the log
// is needed as long as an event of it is in no chunk; then its number is used again, which costs no new page.
//
// An instance is known to be at work from its own row in a batch, or from an update: then from the next batch on, since
// that the rows are new is only known of one whose last row is. Rows of all others go straight into a chunk, where the
// database refuses those that are there already.
//
// Bounds: rows_most rows of the log are needed at a time, and bytes_most bytes; past them what has been there longest
// moves into chunks. So does an instance's own share past chunk_most.
//
// Thread rule: the writer's. plan() changes nothing: stored() is told when the transaction is in the store, and a batch
// that failed is planned anew. A plan points into its batch and this journal: no other call comes between the two.
#pragma once

#include "store/packed.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace jackfield::store {

class Journal {
 public:
  static constexpr std::size_t rows_most = 1024, bytes_most = 8u << 20, row_most = 4u << 20, chunk_most = 256u << 10;

  struct Change {  // to what is known of an instance, once the batch is stored
    enum class Kind { logged, chunked, learned, ended };
    Kind kind = Kind::logged;
    const std::string* instance = nullptr;
    std::uint32_t seq = 0, next = 0;  // logged: of its first event; the one that must come next
    std::size_t at = 0, size = 0;     // logged: where its events stand in `row`
  };
  struct Plan {
    std::int64_t number = 0;  // of the log's row
    std::string row;          // empty: none
    std::vector<Chunk> chunks;
    std::vector<std::int64_t> unneeded;  // rows of the log to remove
    std::vector<Change> changes;
    bool learns = true;  // false: an update met no instance, so updates say nothing of who is at work
  };

  [[nodiscard]] Plan plan(const Batch& batch) const;
  void stored(const Plan& plan);

  /// Rows of the log nobody needs any more, and that they were removed.
  [[nodiscard]] std::vector<std::int64_t> unneeded() const;
  void removed(const std::vector<std::int64_t>& numbers);

 private:
  static constexpr std::uint32_t any = UINT32_MAX;
  struct Busy {
    std::uint32_t next = any;        // seq of the row that must come; any: none has come yet
    std::uint32_t seq = 0;           // of the first event that is in the log alone
    std::string events;              // those, packed
    std::vector<std::int64_t> rows;  // of the log, where they are
    std::uint64_t since = 0;         // the commit that brought the first of them
  };
  struct Row {
    std::uint32_t holders = 0;  // instances that need it
    std::size_t bytes = 0;
  };
  struct Standing {  // of an instance after the batch, where the batch says so
    const std::string* id = nullptr;
    Wake wake = Wake::busy;
    bool fresh = false, done = false;  // its own row is in the batch; it has been planned
  };
  using Standings = std::unordered_map<std::string_view, Standing>;
  using Rows = std::vector<const JournalRow*>;

  [[nodiscard]] std::uint64_t crowded_out() const;
  void place(Plan& plan, const Rows& rows, const Standing* standing, std::uint64_t out) const;
  static void to_chunks(Plan& plan, const std::string& instance, const Busy* busy, const Rows& rows);
  void release(Busy& busy);

  std::unordered_map<std::string, Busy> busy_;
  std::vector<Row> rows_;        // by number
  std::set<std::int64_t> free_;  // numbers of rows nobody needs
  std::size_t needed_bytes_ = 0, unneeded_bytes_ = 0;
  std::uint64_t commit_ = 1;
};

}  // namespace jackfield::store
