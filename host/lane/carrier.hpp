// Whoever runs one plugin for a lane: threads of this process (Pool), or a process of its own (Runner).
//
// Thread rule: the switchboard's thread.
#pragma once

#include "lane/switchboard.hpp"

#include <zmq.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jackfield::lane {

/// A thread's place that was taken from it.
struct Lost {
  std::uint64_t place = 0;
  std::vector<Task> unread;                 // never begun: to be given again
  std::optional<zmq::message_t> answers;    // to be read as if the thread had sent it
};

/// The whole carrier died, with all it was given.
struct Death {
  std::string why;                          // "signal 11 (Segmentation fault)"
  bool own = false;                         // of its own doing; false: it was killed from outside
  std::vector<std::uint64_t> inside;        // tokens that were inside the plugin when it died
  std::vector<std::string> last_lines;      // of its log
};

/// Takes nothing now: for how long at least, and why.
struct Parking {
  std::chrono::milliseconds wait{0};
  std::string why;
};

class Carrier {
 public:
  virtual ~Carrier() = default;

  /// Begins to take tasks.
  virtual void open() = 0;
  /// Looks after the threads or the process; call often. Places that were taken from threads that hang.
  [[nodiscard]] virtual std::vector<Lost> check() = 0;
  /// Once for each time the carrier died.
  [[nodiscard]] virtual std::optional<Death> died() { return std::nullopt; }
  virtual void cancel(std::uint64_t token) = 0;
  virtual void uncancel(std::uint64_t token) = 0;
  /// True where the plugin owes an answer that nobody waits for any more, and is let off.
  [[nodiscard]] virtual bool write_off(std::uint64_t token) = 0;
  /// An answer came: whatever it did before, it works.
  virtual void answered() {}

  /// Why no task may be given to it now; `busy`: tasks it has, or that wait for it.
  [[nodiscard]] virtual std::optional<Parking> parking(std::size_t busy) const {
    static_cast<void>(busy);
    return std::nullopt;
  }
  /// Lets it go from quarantine; false where it is in none.
  virtual bool release() { return false; }

  [[nodiscard]] virtual bool dead() const = 0;          // no place is left and none can be filled
  [[nodiscard]] virtual std::size_t places() const = 0;
  [[nodiscard]] virtual int hung() const = 0;
  [[nodiscard]] virtual std::uint64_t late() const = 0;
  [[nodiscard]] virtual bool made() const = 0;          // the plugin has an instance
  /// What is left of it: nothing.
  [[nodiscard]] virtual bool ended() = 0;
  virtual void describe(LaneStatus& status) const { static_cast<void>(status); }

  /// The place is a thread of this process, and of this carrier.
  [[nodiscard]] virtual bool has(std::uint64_t place) const {
    static_cast<void>(place);
    return false;
  }
  /// A peer of it has said GOODBYE.
  virtual void left(std::uint64_t place) = 0;
  /// Another has taken its place: it fills no place anew.
  virtual void retire() {}
  /// After the goodbyes: begins to end the instance, and leaves behind what is still inside the plugin.
  virtual void close() = 0;
  /// Waits for that end; false where it still goes on, and is left behind.
  virtual bool closed(std::chrono::steady_clock::time_point until) = 0;
};

}  // namespace jackfield::lane
