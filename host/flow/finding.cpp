#include "flow/finding.hpp"

#include <algorithm>
#include <array>

namespace jackfield::flow {
namespace {

constexpr std::array table{
    FindingCode{code::yaml_syntax, "The file is not YAML"},
    FindingCode{code::unknown_key, "Unknown key"},
    FindingCode{code::missing_key, "A key is missing"},
    FindingCode{code::wrong_type, "A value of another kind was expected"},
    FindingCode{code::duplicate_key, "The key is there twice"},
    FindingCode{code::bad_id, "Not an id"},
    FindingCode{code::duplicate_id, "The id is taken"},
    FindingCode{code::bad_expression, "The expression cannot be compiled"},
    FindingCode{code::unknown_name, "The expression reads a name that does not exist"},
    FindingCode{code::unknown_step, "No plugin or adapter has this step"},
    FindingCode{code::unknown_target, "No node has this id"},
    FindingCode{code::target_elsewhere, "The target is in another branch"},
    FindingCode{code::unreachable, "The node is never reached"},
    FindingCode{code::side_effect, "A side effect without undo, idempotent or irreversible"},
    FindingCode{code::detached, "Not for a detached step"},
    FindingCode{code::missing_input, "A required input is not given"},
    FindingCode{code::unknown_input, "The step has no such input"},
    FindingCode{code::wrong_input, "The input is of another type"},
    FindingCode{code::unknown_flow, "No such flow"},
    FindingCode{code::recursion, "A sub-flow contains itself"},
    FindingCode{code::bad_duration, "Not a duration"},
    FindingCode{code::bad_code, "Not a code"},
    FindingCode{code::phases, "Phases or steps, in order"},
    FindingCode{code::unknown_setting, "No such setting"},
    FindingCode{code::bad_schema, "Not a JSON Schema"},
    FindingCode{code::missing_file, "The file cannot be read"},
    FindingCode{code::too_large, "Too large or nested too deeply"},
    FindingCode{code::unknown_member, "The output or order has no such member"},
};

/// Letters put in, left out, replaced, or swapped with their neighbour.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before;
  std::vector<std::size_t> above(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1, i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::move(above);
    above = std::move(row);
  }
  return above[b.size()];
}

std::size_t character_size(unsigned char first) {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/// As many blanks as the first characters of the line are wide: a Chinese one (three bytes or more) takes two cells.
std::string blanks(const std::string& line, int characters) {
  std::string blank;
  for (std::size_t at = 0; characters > 0 && at < line.size(); --characters) {
    const std::size_t size = character_size(static_cast<unsigned char>(line[at]));
    blank += line[at] == '\t' ? "\t" : size >= 3 ? "  " : " ";
    at += size;
  }
  return blank + std::string(static_cast<std::size_t>(std::max(characters, 0)), ' ');
}

}  // namespace

std::span<const FindingCode> finding_codes() { return table; }

std::string format(const Finding& finding) {
  std::string text = finding.file;
  if (finding.line > 0) text += ":" + std::to_string(finding.line) + ":" + std::to_string(finding.column);
  text += finding.severity == Severity::error ? ": error[" : ": warning[";
  text += finding.code + "]: " + finding.text;
  if (finding.line > 0 && !finding.source.empty()) {
    text += "\n" + finding.source + "\n" + blanks(finding.source, finding.column - 1) + "^";
  }
  return text;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() < 3) return {};  // anything is near to so short a word
  const std::string* best = nullptr;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    if (candidate.size() > word.size() + least || word.size() > candidate.size() + least) continue;
    const std::size_t far = distance(word, candidate);
    if (far < least) {
      least = far;
      best = &candidate;
    }
  }
  return best == nullptr ? std::string() : " (did you mean '" + *best + "'?)";
}

}  // namespace jackfield::flow
