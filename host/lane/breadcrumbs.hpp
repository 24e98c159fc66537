// Where each thread leaves word of what it is inside of, in memory that outlives the process.
//
// Before a call into a plugin its thread writes plugin, step, instance and tokens into a slot of its own. A thread that
// dies of a signal marks its slot; so whoever looks afterwards (the host after its own restart, or over a runner's
// shoulder) knows which plugin to blame, and for which task. A process killed from outside marks nothing: nobody is
// blamed for that.
//
// Thread rule: enter() and leave() on any thread, each writes its own slot; read() by another process or after the end.
// Ownership: the mapping is the object's, and outlives it where its process entered; the file is the caller's.
// Errors: the constructors throw std::runtime_error where the file cannot be made or mapped.
#pragma once

#include <jackfield/abi.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace jackfield::lane {

class Breadcrumbs {
 public:
  /// What was found in a slot.
  struct Crumb {
    std::string plugin, step, instance, key;    // plugin: "id@hash"
    std::vector<std::uint64_t> tokens;
    int signal = 0;                             // it died of; 0: it was inside when something else ended the process
  };

  /// Over a file (made empty) that a later run can read. Throws std::runtime_error where there is no room for it.
  explicit Breadcrumbs(const std::string& file);
  /// Over an open descriptor, which a child may share; `fresh` makes it empty.
  Breadcrumbs(int descriptor, bool fresh);
  ~Breadcrumbs();
  Breadcrumbs(const Breadcrumbs&) = delete;
  Breadcrumbs& operator=(const Breadcrumbs&) = delete;

  void enter(const std::string& plugin, std::span<const jf_task* const> tasks);
  void leave();
  /// Faults of threads that are inside a plugin are marked from now on, then take their course. Once a process.
  static void mark_faults();
  /// A stack for that, as a thread whose own is used up has none. For the calling thread's life.
  static void lend_stack();

  /// Slots that are entered.
  [[nodiscard]] std::vector<Crumb> read() const;
  /// Those a former process left in the file; none where there is no such file.
  [[nodiscard]] static std::vector<Crumb> read(const std::string& file);

 private:
  struct Slot;
  struct Board;
  void map(int descriptor, bool fresh);
  Slot* own_slot();

  Board* board_ = nullptr;
  std::atomic<bool> entered_ = false;           // by any thread of this process
  const std::uint64_t number_;                  // tells this object from one that had its address before
};

}  // namespace jackfield::lane
