#include "store/packed.hpp"

#include <limits>

namespace jackfield::store {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
  out += static_cast<char>(number);
}

class Unpacker {
 public:
  Unpacker(std::string_view packed, const std::string& place) : rest_(packed), place_(place) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }

  std::uint32_t number() {
    std::uint64_t out = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes(1).front());
      out |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (out > std::numeric_limits<std::uint32_t>::max()) break;
      return static_cast<std::uint32_t>(out);
    }
    refuse("a number of more than 32 bits");
  }

  std::string_view bytes(std::size_t size) {
    if (size > rest_.size()) refuse("an end in the middle");
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }

  [[noreturn]] void refuse(const std::string& found) const {
    throw StoreError(StoreError::Kind::corrupt, "store " + place_ + ": found " + found +
                                                    " of packed journal events, expected events and nothing else (put "
                                                    "back a backup; do not write to this one)");
  }

 private:
  std::string_view rest_;
  const std::string& place_;
};

}  // namespace

void append_event(std::string& events, const Bytes& event) {
  append_number(events, event.size());
  events.append(reinterpret_cast<const char*>(event.data()), event.size());
}

void append_run(std::string& row, const std::string& instance, std::uint32_t seq, std::size_t count,
                std::string_view events) {
  append_number(row, instance.size());
  row += instance;
  append_number(row, seq);
  append_number(row, count);
  append_number(row, events.size());
  row += events;
}

Run chunk_run(std::string_view instance, std::int64_t seq, std::int64_t last, std::string_view events,
              const std::string& place) {
  if (seq < 0 || last < seq || last >= std::numeric_limits<std::uint32_t>::max()) {
    Unpacker(events, place).refuse("rows " + std::to_string(seq) + " to " + std::to_string(last));
  }
  return {instance, static_cast<std::uint32_t>(seq), static_cast<std::uint32_t>(last - seq + 1), events};
}

void unpack_log(std::string_view row, const std::string& place, const std::function<void(const Run&)>& visit) {
  Unpacker from(row, place);
  while (!from.empty()) {
    Run run;
    run.instance = from.bytes(from.number());
    run.seq = from.number();
    run.count = from.number();
    run.events = from.bytes(from.number());
    visit(run);
  }
}

void unpack_events(const Run& run, const std::string& place, std::vector<JournalRow>& rows) {
  Unpacker from(run.events, place);
  for (std::uint32_t i = 0; i < run.count; ++i) {
    const std::string_view event = from.bytes(from.number());
    rows.push_back({std::string(run.instance), run.seq + i, Bytes(event.begin(), event.end())});
  }
  if (!from.empty()) from.refuse("bytes after the last");
}

}  // namespace jackfield::store
