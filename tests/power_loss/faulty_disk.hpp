// A disk that can lose its power: SQLite's files in memory, with what was written since the last sync kept apart.
//
// After a loss of power a file is what was synced, and of the writes after that nothing, some, some in another order,
// or some torn in the middle: as a disk's cache may leave them. Everything opened before the loss is dead for ever.
// Writes, truncations and syncs are counted; a plan says what happens at which.
//
// It registers itself as SQLite's default VFS; shared memory of a WAL is the process' own, as it is on a real machine,
// and gone with the power. Names are paths, though nothing of them is on the real disk.
//
// Thread rule: one thread.
#pragma once

#include "random.hpp"

#include <cstdint>
#include <string>

namespace jackfield::power_loss {

enum class Fault {
  none,
  lost_dropped,     // power is lost; nothing unsynced is left
  lost_kept,        // … all of it is
  lost_partly,      // … some writes of it are
  lost_reordered,   // … some, in another order
  lost_torn,        // … some, cut off at any byte
  io_error,         // this one fails, and the next few
  full,             // the disk is full for the next few
};
inline constexpr int fault_kinds = 8;
[[nodiscard]] const char* to_string(Fault fault);
[[nodiscard]] bool loses_power(Fault fault);

class FaultyDisk {
 public:
  /// Once; it stays SQLite's default for the life of the process.
  static FaultyDisk& the();

  /// No files, no plan, counting from nought.
  void clear();
  /// At the `at`-th write, truncation or sync from now on (the first is 1).
  void plan(Fault fault, std::uint64_t at, std::uint64_t seed);
  [[nodiscard]] std::uint64_t operations() const;
  [[nodiscard]] bool happened() const;
  /// Power is gone: nothing works until it is back.
  [[nodiscard]] bool dead() const;
  /// As a plan would, now.
  void lose(Fault fault, std::uint64_t seed);
  /// The machine starts again: the files are there, nothing is open.
  void power_on();

 private:
  FaultyDisk();
};

}  // namespace jackfield::power_loss
