// Where msgpack's packer puts the bytes of a frame, and what packs a text and bytes into it.
//
// Thread rule: any; the bytes are the caller's.
#pragma once

#include <msgpack.hpp>

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace jackfield::lane {

// What msgpack's packer writes to.
class Sink {
 public:
  explicit Sink(std::vector<std::uint8_t>& bytes) : bytes_(bytes) {}
  void write(const char* data, std::size_t size) {
    const auto* const begin = reinterpret_cast<const std::uint8_t*>(data);
    bytes_.insert(bytes_.end(), begin, begin + size);
  }

 private:
  std::vector<std::uint8_t>& bytes_;
};

// The same where its end is known to come within `room` bytes and the heads of ten members: made room for once.
class Stretch {
 public:
  Stretch(std::vector<std::uint8_t>& bytes, std::size_t room) : bytes_(bytes), at_(bytes.size()) {
    if (bytes.capacity() - at_ < room + heads_bytes) bytes.reserve(2 * (at_ + room + heads_bytes));
    bytes.resize(at_ + room + heads_bytes);
  }
  ~Stretch() { bytes_.resize(at_); }
  Stretch(const Stretch&) = delete;
  Stretch& operator=(const Stretch&) = delete;
  void write(const char* data, std::size_t size) {
    if (size == 0) return;  // then there may be no data at all
    std::memcpy(bytes_.data() + at_, data, size);
    at_ += size;
  }

 private:
  static constexpr std::size_t heads_bytes = 10 * 9;  // at most nine bytes say what a member is

  std::vector<std::uint8_t>& bytes_;
  std::size_t at_;
};

template <class Packer>
void pack_text(Packer& packer, std::string_view text) {
  packer.pack_str(static_cast<std::uint32_t>(text.size()));
  packer.pack_str_body(text.data(), static_cast<std::uint32_t>(text.size()));
}

template <class Packer>
void pack_bytes(Packer& packer, const void* data, std::size_t size) {
  packer.pack_bin(static_cast<std::uint32_t>(size));
  packer.pack_bin_body(static_cast<const char*>(data), static_cast<std::uint32_t>(size));
}

}  // namespace jackfield::lane
