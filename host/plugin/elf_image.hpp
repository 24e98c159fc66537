// A library's file as ELF. Every read is checked, as nothing in the file is to be believed.
//
// Thread rule: reads only. Ownership: a view; the bytes must outlive it. Errors: an empty answer.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace jackfield::plugin {

class ElfImage {
 public:
  explicit ElfImage(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  [[nodiscard]] std::uint64_t size() const { return bytes_.size(); }
  [[nodiscard]] bool holds(std::uint64_t offset, std::uint64_t size) const {
    return offset <= bytes_.size() && size <= bytes_.size() - offset;
  }
  template <class T>
  [[nodiscard]] std::optional<T> at(std::uint64_t offset) const {
    if (!holds(offset, sizeof(T))) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    return value;
  }
  [[nodiscard]] std::string_view text(std::uint64_t offset, std::uint64_t size) const;
  /// NUL-terminated, from `offset` within the table of strings.
  [[nodiscard]] std::string_view name(const Elf64_Shdr& table, std::uint64_t offset) const;

  /// The headers; those that lie beyond the file's end are left out.
  [[nodiscard]] std::vector<Elf64_Shdr> sections() const;
  [[nodiscard]] std::vector<Elf64_Phdr> segments() const;

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace jackfield::plugin
