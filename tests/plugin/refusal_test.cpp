// Every way a library can be broken has a refusal that names the file, what was found, what was expected and the mend.
#include "folder.hpp"

#include "plugin/loader.hpp"
#include "plugin/probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

namespace jackfield::plugin {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

struct Broken {
  const char *library, *found, *expected, *mend;
};
void PrintTo(const Broken& broken, std::ostream* out) { *out << broken.library; }

class BrokenLibrary : public testing::TestWithParam<Broken> {};

TEST_P(BrokenLibrary, IsRefusedByName) {
  const Broken& broken = GetParam();
  const std::string file = Folder::original(broken.library);
  const auto described = describe(file);
  ASSERT_TRUE(std::holds_alternative<Refusal>(described));
  const auto& refusal = std::get<Refusal>(described);
  EXPECT_EQ(refusal.file, file);
  EXPECT_THAT(refusal.found, HasSubstr(broken.found));
  EXPECT_THAT(refusal.expected, HasSubstr(broken.expected));
  EXPECT_THAT(refusal.mend, HasSubstr(broken.mend));
  EXPECT_EQ(refusal.text(), file + ": found " + refusal.found + "; expected " + refusal.expected + "; to mend it, " +
                                refusal.mend);
  EXPECT_THAT(refusal.text(), testing::Not(HasSubstr("\n")));
}

INSTANTIATE_TEST_SUITE_P(
    Each, BrokenLibrary,
    testing::Values(
        Broken{"no_entry", "no exported function jackfield_plugin_v1", "exports it", "JACKFIELD_PLUGIN"},
        Broken{"no_section", "no section .jackfield", "abi= lines", "JACKFIELD_PLUGIN"},
        Broken{"too_old", "ABI 0.9, which is too old", "ABI 1.0 to 1.0", "build the plugin again"},
        Broken{"too_new", "ABI 1.99, which is too new", "ABI 1.0 to 1.0", "upgrade this host"},
        Broken{"next_major", "ABI 2.0, which is too new", "ABI 1.0 to 1.0", "upgrade this host"},
        Broken{"new_table", "a table of ABI 1.99, which is too new", "the table of ABI 1.0", "build the plugin again"},
        Broken{"small_table", "bytes, which is too old", "the table of ABI 1.0", "build the plugin again"},
        Broken{"no_table", "returned no table", "the table of ABI 1.0", "build the plugin again"},
        Broken{"bad_json", "a wrong descriptor: the descriptor: expected JSON", "jf_plugin::descriptor", "correct"},
        Broken{"bad_descriptor", "steps[1].id: expected text, found a number", "jf_plugin::descriptor", "correct"},
        Broken{"other_id", "a descriptor of good 1.2.3 in a library whose section .jackfield says better",
               "the same id", "JACKFIELD_PLUGIN"},
        Broken{"unresolved", "nobody_has_this_function", "every symbol is found", "-Wl,-z,defs"},
        Broken{"throws", "a constructor that threw: ", "does nothing while it is loaded", "create()"},
        Broken{"crashes", "a constructor that crashed with signal 11", "does nothing while it is loaded", "create()"},
        Broken{"exits", "a constructor that ended the process with status 3", "does nothing while it is loaded",
               "create()"}),
    [](const auto& broken) { return std::string(broken.param.library); });

TEST(Refusals, AThrowingConstructorIsQuoted) {
  const auto described = describe(Folder::original("throws"));
  ASSERT_TRUE(std::holds_alternative<Refusal>(described));
  EXPECT_THAT(std::get<Refusal>(described).found, HasSubstr("no numbers.csv here"));
}

TEST(Refusals, AHangingConstructorIsGivenUp) {
  const auto probed = probe(Folder::original("hangs"), "hangs.so", 300ms);
  ASSERT_TRUE(std::holds_alternative<Refusal>(probed));
  EXPECT_EQ(std::get<Refusal>(probed).found, "a constructor that still hung after 300 ms");
  EXPECT_EQ(std::get<Refusal>(probed).file, "hangs.so");
}

TEST(Refusals, AFileThatIsNoElfShowsItsFirstBytes) {
  const Folder folder;
  const auto described = describe(folder.write("notes.so", "hello, world"));
  ASSERT_TRUE(std::holds_alternative<Refusal>(described));
  EXPECT_THAT(std::get<Refusal>(described).found, HasSubstr("12 bytes that begins with \"hello, w\": not ELF"));
}

TEST(Refusals, AMissingFileIsNamed) {
  const Folder folder;
  const auto described = describe(folder.file("nowhere.so"));
  ASSERT_TRUE(std::holds_alternative<Refusal>(described));
  EXPECT_THAT(std::get<Refusal>(described).text(), HasSubstr(folder.file("nowhere.so") + ": found no readable file"));
}

}  // namespace
}  // namespace jackfield::plugin
