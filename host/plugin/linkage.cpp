#include "plugin/linkage.hpp"

#include "plugin/child.hpp"
#include "plugin/elf_image.hpp"
#include "plugin/inspection.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

namespace jackfield::plugin {
namespace {

constexpr std::chrono::seconds linker_timeout{20};
constexpr std::size_t needs_most = 4096;  // of one library; no file is believed

// Names the linker defines by itself in libraries that keep nothing local.
bool is_linkers(std::string_view name) {
  static constexpr std::array<std::string_view, 6> all{"_init", "_fini", "_edata", "_end", "__bss_start", ""};
  return std::find(all.begin(), all.end(), name) != all.end();
}

void read_exports(const ElfImage& image, const Elf64_Shdr& table, const Elf64_Shdr& names, Linkage& linkage) {
  for (std::uint64_t i = 0; i < table.sh_size / sizeof(Elf64_Sym); ++i) {
    const auto symbol = image.at<Elf64_Sym>(table.sh_offset + i * sizeof(Elf64_Sym));
    if (!symbol) return;  // beyond the file's end, as are all after it
    if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx == SHN_ABS) continue;
    if (ELF64_ST_BIND(symbol->st_info) == STB_LOCAL) continue;
    const auto visibility = ELF64_ST_VISIBILITY(symbol->st_other);
    if (visibility != STV_DEFAULT && visibility != STV_PROTECTED) continue;
    const std::string name(image.name(names, symbol->st_name));
    if (is_linkers(name)) continue;
    linkage.exports.push_back({name, ELF64_ST_TYPE(symbol->st_info) == STT_FUNC,
                               ELF64_ST_BIND(symbol->st_info) == STB_GNU_UNIQUE});
  }
}

void read_needs(const ElfImage& image, const Elf64_Shdr& table, const Elf64_Shdr& names, Linkage& linkage) {
  std::uint64_t at = table.sh_offset;
  for (std::uint64_t i = 0; i < table.sh_info && linkage.needs.size() < needs_most; ++i) {
    const auto library = image.at<Elf64_Verneed>(at);
    if (!library) return;
    std::uint64_t inner = at + library->vn_aux;
    for (int j = 0; j < library->vn_cnt && linkage.needs.size() < needs_most; ++j) {
      const auto version = image.at<Elf64_Vernaux>(inner);
      if (!version) return;
      linkage.needs.push_back(
          {std::string(image.name(names, version->vna_name)), std::string(image.name(names, library->vn_file))});
      inner += version->vna_next;
    }
    if (library->vn_next == 0) return;
    at += library->vn_next;
  }
}

void read_flags(const ElfImage& image, const Elf64_Shdr& table, Linkage& linkage) {
  for (std::uint64_t i = 0; i < table.sh_size / sizeof(Elf64_Dyn); ++i) {
    const auto entry = image.at<Elf64_Dyn>(table.sh_offset + i * sizeof(Elf64_Dyn));
    if (!entry || entry->d_tag == DT_NULL) return;
    if (entry->d_tag == DT_FLAGS_1 && (entry->d_un.d_val & DF_1_NODELETE) != 0) linkage.never_unloaded = true;
  }
}

// The linker this program itself was started with.
std::string dynamic_linker() {
  const auto read = read_library("/proc/self/exe");
  const auto* const bytes = std::get_if<std::vector<std::uint8_t>>(&read);
  if (bytes == nullptr) return {};
  const ElfImage image(*bytes);
  for (const auto& segment : image.segments()) {
    if (segment.p_type != PT_INTERP) continue;
    const auto text = image.text(segment.p_offset, segment.p_filesz);
    return std::string(text.substr(0, text.find('\0')));
  }
  return {};
}

// "undefined symbol: x\t(./a.so)", "libx.so => not found", "./a.so: /lib/libc.so.6: version `GLIBC_9' not found (…)"
std::vector<std::string> complaints(const std::string& printed) {
  std::vector<std::string> all;
  for (std::size_t begin = 0; begin < printed.size();) {
    const auto end = std::min(printed.find('\n', begin), printed.size());
    std::string line = printed.substr(begin, end - begin);
    begin = end + 1;
    if (line.find("undefined symbol") == std::string::npos && line.find("not found") == std::string::npos &&
        line.find("not defined") == std::string::npos)
      continue;
    std::replace(line.begin(), line.end(), '\t', ' ');
    line.erase(0, line.find_first_not_of(' '));
    if (std::find(all.begin(), all.end(), line) == all.end()) all.push_back(std::move(line));
  }
  return all;
}

}  // namespace

Linkage read_linkage(std::span<const std::uint8_t> bytes) {
  Linkage linkage;
  const ElfImage image(bytes);
  const auto all = image.sections();
  std::set<Elf64_Word> read;  // of each kind there is one
  for (const auto& section : all) {
    if (section.sh_link >= all.size() || !read.insert(section.sh_type).second) continue;
    if (section.sh_type == SHT_DYNAMIC) read_flags(image, section, linkage);
    if (section.sh_type == SHT_DYNSYM) read_exports(image, section, all[section.sh_link], linkage);
    if (section.sh_type == SHT_GNU_verneed) read_needs(image, section, all[section.sh_link], linkage);
  }
  return linkage;
}

// What `ldd -r` does: the linker lists and binds, and runs nothing of the library.
std::optional<std::vector<std::string>> missing(const std::string& file) {
  const std::string linker = dynamic_linker();
  std::error_code error;
  std::string path = std::filesystem::absolute(file, error).string();
  if (linker.empty() || error) return std::nullopt;
  const auto ask = [&](int) {
    std::string words[] = {linker, path};
    std::string listing = "LD_TRACE_LOADED_OBJECTS=1", warn = "LD_WARN=yes", bind = "LD_BIND_NOW=yes";
    std::string where = "LD_LIBRARY_PATH=";
    if (const char* const given = std::getenv("LD_LIBRARY_PATH")) where += given;
    char* const arguments[] = {words[0].data(), words[1].data(), nullptr};
    char* const environment[] = {listing.data(), warn.data(), bind.data(), where.data(), nullptr};
    ::execve(arguments[0], arguments, environment);
    ::_exit(127);
  };
  const auto outcome = run_child(ask, linker_timeout, 0);
  if (!outcome || outcome->hung || outcome->ending().starts_with("status 127")) return std::nullopt;
  return complaints(outcome->noise);
}

}  // namespace jackfield::plugin
