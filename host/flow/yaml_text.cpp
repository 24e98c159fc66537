#include "flow/yaml_text.hpp"

#include <yaml-cpp/eventhandler.h>

#include <sstream>
#include <vector>

namespace jackfield::flow {
namespace {

/// Where documents begin.
class Beginnings final : public YAML::EventHandler {
 public:
  std::vector<YAML::Mark> marks;

  void OnDocumentStart(const YAML::Mark& mark) override { marks.push_back(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

}  // namespace

YamlText read_yaml(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Beginnings found;
  if (!parser.HandleNextDocument(found)) return {};
  if (!parser.HandleNextDocument(found)) return {YAML::Load(text), std::nullopt};
  const YAML::Mark first = found.marks.front(), second = found.marks.back();
  if (first.pos == second.pos) throw YAML::ParserException(first, "nothing can begin here");
  return {YAML::Load(text), second};
}

}  // namespace jackfield::flow
