#include "plugin/elf_image.hpp"

namespace jackfield::plugin {
namespace {

template <class Header>
std::vector<Header> headers(const ElfImage& image, std::uint64_t offset, int count) {
  std::vector<Header> all;
  for (int i = 0; i < count; ++i)
    if (const auto header = image.at<Header>(offset + std::uint64_t(i) * sizeof(Header))) all.push_back(*header);
  return all;
}

}  // namespace

std::string_view ElfImage::text(std::uint64_t offset, std::uint64_t size) const {
  if (!holds(offset, size)) return {};
  return {reinterpret_cast<const char*>(bytes_.data()) + offset, size};
}

std::string_view ElfImage::name(const Elf64_Shdr& table, std::uint64_t offset) const {
  const auto all = text(table.sh_offset, table.sh_size);
  if (offset >= all.size()) return {};
  const auto rest = all.substr(offset);
  return rest.substr(0, rest.find('\0'));
}

std::vector<Elf64_Shdr> ElfImage::sections() const {
  const auto header = at<Elf64_Ehdr>(0);
  return header ? headers<Elf64_Shdr>(*this, header->e_shoff, header->e_shnum) : std::vector<Elf64_Shdr>{};
}

std::vector<Elf64_Phdr> ElfImage::segments() const {
  const auto header = at<Elf64_Ehdr>(0);
  return header ? headers<Elf64_Phdr>(*this, header->e_phoff, header->e_phnum) : std::vector<Elf64_Phdr>{};
}

}  // namespace jackfield::plugin
