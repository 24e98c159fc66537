/* As much of msgpack as a plugin needs that looks before it reads. */
#ifndef JACKFIELD_TESTS_MSGPACK_H
#define JACKFIELD_TESTS_MSGPACK_H

#include <jackfield/abi.h>

#include <string.h>

static inline uint64_t number_at(const uint8_t *at, int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value = value << 8 | at[i];
  return value;
}

/* The length of the value that begins at `at`; 0 where it is not whole within `len`, or nested too deep. */
static inline uint64_t value_length(const uint8_t *at, uint64_t len, int depth) {
  if (len == 0 || depth > 32 || at[0] == 0xc1) return 0;
  const uint8_t head = at[0];
  uint64_t size = 1, items = 0, body = 0;
  if (head <= 0x7f || head >= 0xe0 || head == 0xc0 || head == 0xc2 || head == 0xc3) return 1;
  if (head <= 0x8f) items = 2u * (head & 15u);
  else if (head <= 0x9f) items = head & 15u;
  else if (head <= 0xbf) body = head & 31u;
  else {
    /* c4…c6 bytes, c7…c9 ext, ca cb floats, cc…cf d0…d3 whole numbers, d4…d8 fixext, d9…db text, dc dd list, de df map */
    static const uint8_t fixed[] = {4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17};
    const int in_length = head >= 0xde ? 2 << (head - 0xde) : head >= 0xdc ? 2 << (head - 0xdc)
                        : head >= 0xd9 ? 1 << (head - 0xd9) : head >= 0xca ? 0
                        : head >= 0xc7 ? 1 << (head - 0xc7) : 1 << (head - 0xc4);
    if (len < 1u + (uint64_t)in_length) return 0;
    const uint64_t value = number_at(at + 1, in_length);
    size += (uint64_t)in_length;
    if (head >= 0xde) items = 2 * value;
    else if (head >= 0xdc) items = value;
    else if (head >= 0xca && head < 0xd9) body = fixed[head - 0xca];
    else body = value + (head >= 0xc7 && head <= 0xc9 ? 1u : 0u);
  }
  if (body > len - size) return 0;
  size += body;
  for (; items > 0; --items) {
    const uint64_t item = value_length(at + size, len - size, depth + 1);
    if (item == 0) return 0;
    size += item;
  }
  return size;
}

/* One whole map, and nothing after it. */
static inline int is_whole_map(jf_bytes bytes) {
  if (bytes.len == 0) return 0;
  const uint8_t head = bytes.data[0];
  if ((head & 0xf0) != 0x80 && head != 0xde && head != 0xdf) return 0;
  return value_length(bytes.data, bytes.len, 0) == bytes.len;
}

/* The first byte of this member of a small map; 0xc1, which begins nothing, where there is none or the map is not whole. */
static inline uint8_t member_head(jf_bytes map, const char *name) {
  const uint64_t length = strlen(name);
  uint64_t at = 1;
  if (!is_whole_map(map) || (map.data[0] & 0xf0) != 0x80) return 0xc1;
  for (int members = map.data[0] & 15; members > 0; --members) {
    const uint64_t key = value_length(map.data + at, map.len - at, 0);
    const int fits = (map.data[at] & 0xe0) == 0xa0 && key == length + 1 && memcmp(map.data + at + 1, name, length) == 0;
    at += key;
    if (fits) return map.data[at];
    at += value_length(map.data + at, map.len - at, 0);
  }
  return 0xc1;
}

#endif
