// What happens to an instance: the only input of decide(), and the row of the journal.
//
// An instance's state is the fold of decide() over its events, so an event holds everything that came from outside,
// the time included. Its msgpack form (encode()) is on disk: members are added with a default, never renamed.
#pragma once

#include "flow/value.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace jackfield::flow {

enum class EventKind : std::uint8_t {  // on disk: never renumber
  started = 1,    // body: the order
  done = 2,       // token's step gave `body`
  retry = 3,      // token's step asks to be tried again (nothing happened); `after`
  rejected = 4,   // token's step says a business no: code, text
  failed = 5,     // token's step failed for good: code, text
  unknown = 6,    // token's step may have happened: code, text; `after`
  timer = 7,      // the clock has reached `at`: whatever is due
  arrived = 8,    // the event `name` that token awaits; `body`
  cancel = 9,     // somebody asked for the instance to be cancelled
  resume = 10,    // somebody asked to try again what is held
  recovered = 11, // the host was started again: attempts in flight are tried anew
  parked = 12,    // token's plugin takes nothing now, for no fault of the task; `after`
  unparked = 13,  // the plugin `name` takes tasks again
  poisoned = 14,  // token's task was in flight at more than one crash of its plugin: code, text
  not_done = 15,  // token's step failed for good, and nothing of this attempt happened: code, text
};

struct Event {
  EventKind kind = EventKind::timer;
  TimePoint at{};
  std::uint32_t token = 0;
  std::uint32_t attempt = 0;     // of the token, when it was dispatched; an answer to another attempt is late
  std::string code;
  std::string text;
  std::string name;
  Value body;
  Millis after{0};
  std::int64_t took_us = 0;
  std::string version;           // of the plugin that answered: "1.0.0+<first digits of its hash>"
};

[[nodiscard]] std::vector<std::uint8_t> encode(const Event& event);
/// Throws std::runtime_error where the bytes are not an event.
[[nodiscard]] Event decode(const std::uint8_t* data, std::size_t size);

}  // namespace jackfield::flow
