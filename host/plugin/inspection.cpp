#include "plugin/inspection.hpp"

#include "plugin/elf_image.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <string_view>

namespace jackfield::plugin {
namespace {

constexpr std::uint64_t max_library_bytes = 256u << 20;

#if defined(__x86_64__)
constexpr Elf64_Half own_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half own_machine = EM_AARCH64;
#elif defined(__riscv)
constexpr Elf64_Half own_machine = EM_RISCV;
#else
#error "add this machine's ELF number"
#endif

const std::string abi_text = std::to_string(JF_ABI_MAJOR) + "." + std::to_string(JF_ABI_MINOR);

const char* const rebuild = "build the library again for this machine (jackfield_add_plugin does) and copy it whole";

std::string first_bytes(const ElfImage& image) {
  if (image.size() == 0) return "an empty file";
  std::string shown;
  for (char c : image.text(0, std::min<std::uint64_t>(image.size(), 8)))
    shown += (c >= 32 && c < 127) ? c : '.';
  return "a file of " + std::to_string(image.size()) + " bytes that begins with \"" + shown + "\"";
}

std::optional<Refusal> check_header(const std::string& file, const ElfImage& image, const Elf64_Ehdr& header) {
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB)
    return Refusal{file, "an ELF file that is not 64-bit little-endian", "a 64-bit shared object", rebuild};
  if (header.e_machine != own_machine)
    return Refusal{file, "a library for ELF machine " + std::to_string(header.e_machine),
                   "machine " + std::to_string(own_machine) + " (this host's)", rebuild};
  if (header.e_type != ET_DYN)
    return Refusal{file, "an ELF file of type " + std::to_string(header.e_type), "a shared object (type 3)",
                   "link it with -shared"};
  const auto truncated = [&](const std::string& what, std::uint64_t end) {
    return Refusal{file, "a truncated file: " + std::to_string(image.size()) + " bytes, and " + what,
                   "at least " + std::to_string(end) + " bytes", "copy the library again, whole, then rename it in"};
  };
  for (int i = 0; i < header.e_phnum; ++i) {
    const auto segment = image.at<Elf64_Phdr>(header.e_phoff + std::uint64_t(i) * sizeof(Elf64_Phdr));
    if (!segment) return truncated("its program headers lie beyond its end", header.e_phoff + sizeof(Elf64_Phdr));
    if (!image.holds(segment->p_offset, segment->p_filesz))
      return truncated("a segment lies beyond its end", segment->p_offset + segment->p_filesz);
  }
  for (int i = 0; i < header.e_shnum; ++i) {
    const auto section = image.at<Elf64_Shdr>(header.e_shoff + std::uint64_t(i) * sizeof(Elf64_Shdr));
    if (!section)
      return truncated("its section headers lie beyond its end",
                       header.e_shoff + std::uint64_t(header.e_shnum) * sizeof(Elf64_Shdr));
    if (section->sh_type != SHT_NOBITS && !image.holds(section->sh_offset, section->sh_size))
      return truncated("a section lies beyond its end", section->sh_offset + section->sh_size);
  }
  return std::nullopt;
}

bool exports_entry(const ElfImage& image, const std::vector<Elf64_Shdr>& all) {
  for (const auto& table : all) {
    if (table.sh_type != SHT_DYNSYM || table.sh_link >= all.size()) continue;
    for (std::uint64_t i = 0; i < table.sh_size / sizeof(Elf64_Sym); ++i) {
      const auto symbol = image.at<Elf64_Sym>(table.sh_offset + i * sizeof(Elf64_Sym));
      if (symbol && symbol->st_shndx != SHN_UNDEF && ELF64_ST_TYPE(symbol->st_info) == STT_FUNC &&
          ELF64_ST_BIND(symbol->st_info) != STB_LOCAL && image.name(all[table.sh_link], symbol->st_name) == JF_ENTRY)
        return true;
    }
  }
  return false;
}

bool read_abi(std::string_view text, Inspection& into) {
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, into.abi_major);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return false;
  const auto minor = std::from_chars(major.ptr + 1, end, into.abi_minor);
  return minor.ec == std::errc{} && minor.ptr == end;
}

// "jackfield\nid=limit\nversion=1.0.0\nabi=1.0\n", NULs of alignment behind it.
std::optional<Inspection> read_identity(const std::string& file, std::string_view text) {
  while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
  if (!text.starts_with("jackfield\n")) return std::nullopt;
  text.remove_prefix(std::strlen("jackfield\n"));
  std::map<std::string, std::string, std::less<>> members;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const auto line = text.substr(0, end);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    if (!members.emplace(line.substr(0, equals), line.substr(equals + 1)).second) return std::nullopt;
    text.remove_prefix(end + 1);
  }
  Inspection inspection{file, members["id"], members["version"]};
  if (inspection.id.empty() || inspection.version.empty() || !read_abi(members["abi"], inspection)) return std::nullopt;
  return inspection;
}

std::optional<Refusal> check_abi(const Inspection& inspection) {
  if (inspection.abi_major == JF_ABI_MAJOR && inspection.abi_minor <= JF_ABI_MINOR) return std::nullopt;
  const std::string found = "ABI " + std::to_string(inspection.abi_major) + "." + std::to_string(inspection.abi_minor);
  const std::string expected = "ABI " + std::to_string(JF_ABI_MAJOR) + ".0 to " + abi_text;
  if (inspection.abi_major < JF_ABI_MAJOR)
    return Refusal{inspection.file, found + ", which is too old", expected,
                   "build the plugin again with this release's SDK"};
  return Refusal{inspection.file, found + ", which is too new", expected,
                 "upgrade this host, or build the plugin with the SDK of ABI " + abi_text};
}

}  // namespace

std::variant<std::vector<std::uint8_t>, Refusal> read_library(const std::string& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  const auto size = in ? in.tellg() : std::streampos(-1);
  if (size < 0)
    return Refusal{file, std::string("no readable file (") + std::strerror(errno) + ")", "a plugin library",
                   "check the path and its permissions"};
  if (std::uint64_t(size) > max_library_bytes)
    return Refusal{file, "a file of " + std::to_string(size) + " bytes",
                   "at most " + std::to_string(max_library_bytes) + " bytes", "strip the library"};
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  in.seekg(0);
  if (!in.read(reinterpret_cast<char*>(bytes.data()), size))
    return Refusal{file, "a file that changed while it was read", "a library that stays as it is",
                   "copy it beside and rename it in"};
  return bytes;
}

std::optional<Refusal> check_whole(const std::string& file, std::span<const std::uint8_t> bytes) {
  const ElfImage image(bytes);
  if (image.text(0, SELFMAG) != std::string_view(ELFMAG, SELFMAG))
    return Refusal{file, first_bytes(image) + ": not ELF", "an ELF shared object", rebuild};
  const auto header = image.at<Elf64_Ehdr>(0);
  if (!header)
    return Refusal{file, "a truncated file: " + std::to_string(image.size()) + " bytes",
                   "at least " + std::to_string(sizeof(Elf64_Ehdr)) + " bytes", "copy the library again, whole"};
  return check_header(file, image, *header);
}

std::variant<Inspection, Refusal> identify(const std::string& file, std::span<const std::uint8_t> bytes) {
  const ElfImage image(bytes);
  const auto header = image.at<Elf64_Ehdr>(0);
  const auto all = image.sections();
  std::optional<Inspection> identity;
  bool present = false;
  for (const auto& section : all) {
    if (header->e_shstrndx >= all.size()) break;
    if (image.name(all[header->e_shstrndx], section.sh_name) != JF_SECTION) continue;
    present = true;
    identity = read_identity(file, image.text(section.sh_offset, section.sh_size));
  }
  if (!identity)
    return Refusal{file, present ? "an unreadable section " JF_SECTION : "no section " JF_SECTION,
                   "\"jackfield\", id=, version= and abi= lines in it",
                   "define the plugin with JACKFIELD_PLUGIN(…) once, and do not strip that section"};
  if (auto refusal = check_abi(*identity)) return *refusal;
  return *identity;
}

std::variant<Inspection, Refusal> inspect(const std::string& file, std::span<const std::uint8_t> bytes) {
  if (auto refusal = check_whole(file, bytes)) return *refusal;
  const ElfImage image(bytes);
  if (!exports_entry(image, image.sections()))
    return Refusal{file, "no exported function " JF_ENTRY, "a Jackfield plugin, which exports it",
                   "define the plugin with JACKFIELD_PLUGIN(…), or take the file out of the plugin folder"};
  return identify(file, bytes);
}

}  // namespace jackfield::plugin
