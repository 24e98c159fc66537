// host.yaml and --set, as an operator (or a broken editor) writes them.
//
// Input: the file; then, behind lines "#set", one override each. Promised: findings, never a crash; a finding points
// into the file it is about; the same file gives the same findings; a configuration without findings is complete.
#include "harness.hpp"

#include "config/load.hpp"

#include <jackfield/folder.hpp>

#include <algorithm>
#include <fstream>

namespace jackfield::fuzz {
namespace {

void check(const config::Loaded& loaded, std::string_view text) {
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  for (const auto& finding : loaded.findings) {
    require(!finding.code.empty() && !finding.text.empty(), "a finding has a code and a text");
    require(finding.line >= 0 && finding.line <= lines + 1, "a finding's line is in the file", flow::format(finding));
    require(finding.column >= 0, "a finding's column is none below 1", flow::format(finding));
  }
  if (!loaded.good()) return;
  require(!loaded.host.store.url.empty() && !loaded.host.http.listen.empty(), "what is accepted is complete");
  require(loaded.host.engine.max_instances > 0 && loaded.host.http.max_body_bytes > 0, "limits are limits");
}

}  // namespace
}  // namespace jackfield::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield;
  static const testing::Folder folder;
  const auto parts = fuzz::parts_of(fuzz::text_of(data, size), "#set ", 8);
  folder.write("host.yaml", parts[0].text);
  std::vector<std::string> sets;
  for (std::size_t i = 1; i < parts.size(); ++i) sets.push_back(parts[i].name);
  const auto loaded = config::load(folder.str(), sets);
  fuzz::check(loaded, parts[0].text);
  const auto again = config::load(folder.str(), sets);
  fuzz::require(again.findings == loaded.findings, "the same file gives the same findings");
  return 0;
}
