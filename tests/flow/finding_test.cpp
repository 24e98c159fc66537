// What a finding says beside its words, and that one is said once, where it belongs.
#include "compiling.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace jackfield::flow::testing {
namespace {

TEST(Finding, IsWrittenWithItsLineAndACaret) {
  const auto compiled = compile({{"flows/open-account.yaml", "flow: open-account\nsteps:\n  - a: pure.look\n    retires: 3\n"}});
  ASSERT_EQ(compiled.findings.size(), 1U);
  EXPECT_EQ(format(compiled.findings[0]),
            "flows/open-account.yaml:4:5: error[JF031]: unknown key 'retires' (did you mean 'retries'?)\n"
            "    retires: 3\n"
            "    ^");
}

TEST(Finding, CountsCharactersAndPutsTheCaretUnderWideOnes) {
  const auto compiled = compile({{"flows/t.yaml", "flow: t\nsteps:\n  - {a: pure.look, name: 开户, retires: 3}\n"}});
  ASSERT_EQ(compiled.findings.size(), 1U);
  EXPECT_EQ(format(compiled.findings[0]),
            "flows/t.yaml:3:30: error[JF031]: unknown key 'retires' (did you mean 'retries'?)\n"
            "  - {a: pure.look, name: 开户, retires: 3}\n" +
                std::string(31, ' ') + "^")
      << "two of the 29 characters before it are two cells wide";
}

TEST(Finding, OfAnExtendedFileIsSaidThere) {
  const Sources sources{{{"flows/t.yaml", "flow: t\norder: {extends: ../schema/bad.yaml}\nsteps: [{a: pure.look}]\n"}},
                        [](const std::string& name) { return std::optional<std::string>("# " + name + "\na: [\n"); }};
  const auto compiled = compile_all(sources, Catalog{}, setting);
  ASSERT_EQ(compiled.findings.size(), 1U);
  EXPECT_EQ(compiled.findings[0].file, "schema/bad.yaml");
  EXPECT_EQ(compiled.findings[0].code, "JF030");
}

TEST(Finding, OfTwoFilesThatShareAnIdNamesBoth) {
  const auto compiled = compile({{"flows/a.yaml", "flow: a\nsteps: [{x: pure.look}]\n"}, {"flows/b.yaml", "flow: a\nsteps: [{x: pure.look}]\n"}});
  ASSERT_EQ(compiled.findings.size(), 1U);
  EXPECT_EQ(compiled.findings[0].text, "flow 'a' is in flows/a.yaml already");
}

TEST(Finding, SubFlowsHaveTheirOwnRules) {
  const auto phased = compile({{"flows/a.yaml", "flow: a\nsteps: [{sub-flow: b}]\n"},
                               {"flows/b.yaml", "flow: b\nacceptance: [{x: pure.look}]\nfinally: [{y: pure.look}]\n"}});
  ASSERT_EQ(phased.findings.size(), 1U);
  EXPECT_EQ(phased.findings[0].text, "flow 'b' has phases; a sub-flow has steps (its phase is its caller's)");
  const auto ring = compile({{"flows/a.yaml", "flow: a\nsteps: [{sub-flow: b}]\n"}, {"flows/b.yaml", "flow: b\nsteps: [{sub-flow: a}]\n"}});
  EXPECT_EQ(short_findings(ring), (std::vector<std::string>{"2:20 JF049 sub-flow 'b' contains itself: b → a → b",
                                                            "2:20 JF049 sub-flow 'a' contains itself: a → b → a"}));
}

TEST(Finding, BoundsWhatSubFlowsCanGrowTo) {
  std::map<std::string, std::string> flows{{"flows/f0.yaml", "flow: f0\nsteps: [{a: pure.look}]\n"}};
  for (int i = 1; i < 12; ++i) {
    const std::string inner = "{sub-flow: f" + std::to_string(i - 1) + ", id: ";
    flows["flows/f" + std::to_string(i) + ".yaml"] =
        "flow: f" + std::to_string(i) + "\nsteps: [" + inner + "x}, " + inner + "y}, " + inner + "z}]\n";
  }
  const auto compiled = compile(flows);
  EXPECT_TRUE(compiled.refused());
  EXPECT_TRUE(std::any_of(compiled.findings.begin(), compiled.findings.end(), [](const Finding& f) { return f.code == "JF056"; }));
  EXPECT_TRUE(compiled.graphs.contains("f4"));
  EXPECT_FALSE(compiled.graphs.contains("f11")) << "three to the eleventh nodes";
}

TEST(Finding, BoundsWhatAliasesCanMakeOfASmallFile) {
  std::string bomb = "flow: t\nsteps: [{a: pure.look}]\norder:\n  x0: &x0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string one = "*x" + std::to_string(i - 1);
    bomb += "  x" + std::to_string(i) + ": &x" + std::to_string(i) + " [" + one;
    for (int n = 0; n < 9; ++n) bomb += ", " + one;
    bomb += "]\n";
  }
  const auto compiled = compile({{"flows/t.yaml", bomb}});
  EXPECT_TRUE(std::any_of(compiled.findings.begin(), compiled.findings.end(), [](const Finding& f) { return f.code == "JF056"; }));
}

TEST(Finding, OfABrokenSubFlowIsNotRepeatedWhereItIsUsed) {
  const auto compiled = compile({{"flows/t.yaml", "flow: t\nsteps:\n  - sub-flow: inner\n  - goto: inner\n    when: inner.again\n"},
                                 {"flows/inner.yaml", "flow: inner\nsteps: [\n"}});
  ASSERT_EQ(compiled.findings.size(), 1U);
  EXPECT_EQ(compiled.findings[0].file, "flows/inner.yaml");
  EXPECT_TRUE(compiled.graphs.empty()) << "a flow without its sub-flow is no flow";
}

TEST(Finding, OfABrokenSchemaIsNotRepeatedWhereTheOrderIsUsed) {
  const auto compiled = compile_all({{{"flows/t.yaml", "flow: t\norder: {extends: ../schema/broken.yaml, additionalProperties: false, "
                                       "properties: {a: {type: string}}}\nsteps:\n  - typed: typed.step\n"}},
                                     [](const std::string&) { return std::optional<std::string>("a: [\n"); }},
                                    Catalog{}, setting);
  ASSERT_EQ(compiled.findings.size(), 1U);
  EXPECT_EQ(compiled.findings[0].code, "JF030");
}

TEST(Finding, HasItsPlaceInTheDocumentation) {
  std::ifstream file(JACKFIELD_FINDINGS);
  std::stringstream text;
  text << file.rdbuf();
  std::set<std::string> seen;
  for (const auto& known : finding_codes()) {
    EXPECT_TRUE(seen.insert(known.code).second) << known.code << " is there twice";
    EXPECT_NE(text.str().find(std::string("| ") + known.code + " | " + known.title + " |"), std::string::npos) << known.code;
  }
}

}  // namespace
}  // namespace jackfield::flow::testing
