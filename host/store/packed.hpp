// Journal events packed into one value: what the tables `journal` and `log` hold.
//
// A chunk is consecutive events of one instance: a row of `journal`. A row of `log` is what one commit brought, runs of
// several instances one after another. Rows of 26 bytes of key and a hundred of event, each with an entry in an index,
// cost more than the events do; packed they cost what their bytes cost.
//
// On disk for ever. A number is 7 bits a byte, lowest first, the high bit set in all but the last byte.
//   event   its size, its bytes
//   chunk   event, event, …: as many as the row's `seq` to `last` say
//   log     run, run, …; a run: size of the instance's id, the id, seq of its first event, how many events, their
//           size in bytes, the events as in a chunk
//
// Thread rule: any. What does not fit the form is StoreError (corrupt): nothing is read past a value's end.
#pragma once

#include "store/store.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::store {

/// Consecutive events of one instance.
struct Chunk {
  std::string instance;
  std::uint32_t seq = 0, last = 0;  // of the first event and of the last
  std::string events;
};

void append_event(std::string& events, const Bytes& event);

/// A run of `count` events, whose packed form is `events`, onto a row of `log`.
void append_run(std::string& row, const std::string& instance, std::uint32_t seq, std::size_t count,
                std::string_view events);

struct Run {
  std::string_view instance;
  std::uint32_t seq = 0, count = 0;
  std::string_view events;
};

/// A row of `journal`, whose `seq` and `last` must make sense. `place`: of the store, for the error.
[[nodiscard]] Run chunk_run(std::string_view instance, std::int64_t seq, std::int64_t last, std::string_view events,
                            const std::string& place);

void unpack_log(std::string_view row, const std::string& place, const std::function<void(const Run&)>& visit);

/// Onto `rows`, in order.
void unpack_events(const Run& run, const std::string& place, std::vector<JournalRow>& rows);

}  // namespace jackfield::store
