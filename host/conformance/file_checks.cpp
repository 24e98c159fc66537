// What the file's bytes tell, with none of its code run.
#include "conformance/checks.hpp"
#include "plugin/inspection.hpp"
#include "plugin/linkage.hpp"

#include <jackfield/abi.h>

#include <array>
#include <charconv>
#include <map>
#include <stdexcept>
#include <vector>

namespace jackfield::conformance {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Version = std::array<unsigned, 3>;

/// What Debian 12 has: glibc 2.36, libstdc++ of GCC 12.2.
struct Floor {
  const char* name;
  Version most;
};
constexpr Floor floors[] = {{"GLIBC_", {2, 36, 0}}, {"GLIBCXX_", {3, 4, 30}}, {"CXXABI_", {1, 3, 13}}};

Bytes bytes_of(const Subject& subject) {
  auto read = plugin::read_library(subject.file);
  if (const auto* refusal = std::get_if<plugin::Refusal>(&read)) throw std::runtime_error(refusal->text());
  return std::get<Bytes>(std::move(read));
}

Verdict refused(const plugin::Refusal& refusal) { return Verdict::fail(refusal.found, refusal.expected, refusal.mend); }

Version parse(std::string_view text) {
  Version version{};
  for (auto& part : version) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), part);
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    if (!text.starts_with('.')) break;
    text.remove_prefix(1);
  }
  return version;
}

std::string text(const Version& version) {
  std::string all = std::to_string(version[0]) + "." + std::to_string(version[1]);
  return version[2] == 0 ? all : all + "." + std::to_string(version[2]);
}

std::string joined(const std::vector<std::string>& words, std::size_t most = 8) {
  std::string all;
  for (std::size_t i = 0; i < std::min(words.size(), most); ++i) all += (i == 0 ? "" : ", ") + words[i];
  return words.size() > most ? all + " and " + std::to_string(words.size() - most) + " more" : all;
}

}  // namespace

Verdict check_library(const Subject& subject, Trial&) {
  const auto read = plugin::read_library(subject.file);
  if (const auto* refusal = std::get_if<plugin::Refusal>(&read)) return refused(*refusal);
  const auto& bytes = std::get<Bytes>(read);
  if (const auto refusal = plugin::check_whole(subject.file, bytes)) return refused(*refusal);
  return Verdict::pass("a whole shared object of this machine, " + std::to_string(bytes.size()) + " bytes");
}

Verdict check_exports(const Subject& subject, Trial&) {
  bool entry = false;
  std::vector<std::string> others;
  for (const auto& symbol : plugin::read_linkage(bytes_of(subject)).exports) {
    if (symbol.name == JF_ENTRY && symbol.function) entry = true;
    else others.push_back(symbol.name);
  }
  if (!entry)
    return Verdict::fail("no exported function " JF_ENTRY, "that function", "define the plugin with JACKFIELD_PLUGIN(…)");
  if (!others.empty())
    return Verdict::fail(std::to_string(others.size()) + " more exported symbols: " + joined(others),
                         JF_ENTRY " and nothing else",
                         "build it with jackfield_add_plugin(), or link it with the version script exports.map");
  return Verdict::pass(JF_ENTRY " and nothing else");
}

Verdict check_unique(const Subject& subject, Trial&) {
  std::vector<std::string> unique;
  for (const auto& symbol : plugin::read_linkage(bytes_of(subject)).exports)
    if (symbol.unique) unique.push_back(symbol.name);
  if (unique.empty()) return Verdict::pass("no unique symbol");
  return Verdict::fail(std::to_string(unique.size()) + " symbols of STB_GNU_UNIQUE: " + joined(unique),
                       "none, as each keeps the library in the process for good",
                       "build it with jackfield_add_plugin(), or compile it with -fno-gnu-unique");
}

Verdict check_glibc(const Subject& subject, Trial&) {
  std::map<std::string, Version> highest;
  std::vector<std::string> newer;
  for (const auto& need : plugin::read_linkage(bytes_of(subject)).needs) {
    for (const auto& floor : floors) {
      const std::string_view name = floor.name;
      const bool numbered = need.version.starts_with(name) && need.version.size() > name.size() &&
                            need.version[name.size()] >= '0' && need.version[name.size()] <= '9';
      if (!numbered) continue;
      const Version version = parse(std::string_view(need.version).substr(name.size()));
      highest[floor.name] = std::max(highest[floor.name], version);
      if (version > floor.most) newer.push_back(need.version + " of " + need.library);
    }
  }
  std::string needed, offered;
  for (const auto& floor : floors) {
    offered += (offered.empty() ? "" : ", ") + std::string(floor.name) + text(floor.most);
    if (highest.contains(floor.name))
      needed += (needed.empty() ? "" : ", ") + std::string(floor.name) + text(highest[floor.name]);
  }
  if (newer.empty()) return Verdict::pass("needs " + (needed.empty() ? "no version" : needed) + "; Debian 12 has " + offered);
  return Verdict::fail("a need of " + joined(newer), "at most " + offered + ", which Debian 12 has",
                       "build it on Debian 12, or in a chroot of it");
}

Verdict check_symbols(const Subject& subject, Trial&) {
  const auto missing = plugin::missing(subject.file);
  if (!missing) return Verdict::skip("the system's dynamic linker could not be asked");
  if (missing->empty()) return Verdict::pass("every symbol and library it needs is there");
  return Verdict::fail(joined(*missing), "that every symbol and library it needs is there",
                       "link it with all it uses (-Wl,-z,defs names what is missing), and install those libraries");
}

}  // namespace jackfield::conformance
