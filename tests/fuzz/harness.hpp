// What the fuzz targets share: a check that ends the run, and an input cut into its parts.
//
// A target reads one input the way the host would read it from outside, and holds the answer against what is promised
// of it. Nothing here sleeps, asks the clock, or keeps anything from one input to the next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::fuzz {

/// A promise that is broken ends the process; libFuzzer then keeps the input.
inline void require(bool kept, const char* promise, std::string_view found = {}) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\nfound: %.*s\n", promise, static_cast<int>(found.size()), found.data());
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// The parts between lines that begin with `mark`, each with the rest of its mark's line as its name; what stands
/// before the first mark has the name "".
struct Part {
  std::string name, text;
};
inline std::vector<Part> parts_of(std::string_view input, std::string_view mark, std::size_t most) {
  std::vector<Part> parts(1);
  while (!input.empty()) {
    const std::size_t end = std::min(input.find('\n'), input.size() - 1) + 1;
    std::string_view line = input.substr(0, end);
    input.remove_prefix(end);
    if (line.substr(0, mark.size()) != mark || parts.size() > most) {
      parts.back().text += line;
      continue;
    }
    line.remove_prefix(mark.size());
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    parts.push_back({std::string(line), ""});
  }
  return parts;
}

/// Whether every byte belongs to well-formed UTF-8: what may be shown to a client.
inline bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t more = lead < 0x80                   ? 0
                             : lead >= 0xC2 && lead < 0xE0 ? 1
                             : (lead >> 4) == 0xE          ? 2
                             : lead >= 0xF0 && lead < 0xF5 ? 3
                                                           : 9;
    if (more == 9 || at + more >= text.size()) return false;
    for (std::size_t i = 1; i <= more; ++i) {
      if ((static_cast<unsigned char>(text[at + i]) & 0xC0) != 0x80) return false;
    }
    at += more + 1;
  }
  return true;
}

}  // namespace jackfield::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
