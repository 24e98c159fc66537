// A store with something in every table, and what was acknowledged of it, in words that share no code with the store.
//
// fill() commits batch by batch and remembers each; told() is all that may be read of a store, as text, so that two
// stores are the same where their texts are. Thread rule: one thread.
#pragma once

#include "store/store.hpp"

#include <string>
#include <vector>

namespace jackfield::fuzz {

class Ledger {
 public:
  /// Commits `batches` batches more. Rows are made of their numbers alone: the same ones every time.
  void fill(store::Store& store, int batches);

  /// What a reader of a whole store would tell, after the first `batches` of them.
  [[nodiscard]] std::string told(int batches) const;
  [[nodiscard]] std::string told() const { return told(batches_); }
  [[nodiscard]] int batches() const { return batches_; }

  /// What this reader tells. Throws store::StoreError.
  [[nodiscard]] static std::string told(store::Reader& reader, int batches);

 private:
  int batches_ = 0;
};

}  // namespace jackfield::fuzz
