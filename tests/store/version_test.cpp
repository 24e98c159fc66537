// A store of an earlier version is led to this one, whole or not at all. version_1/ are dumps of stores that the
// release with that version wrote.
#include "store/backend.hpp"

#include <fstream>
#include <sstream>

namespace jackfield::store {
namespace {

class VersionTest : public StoreTest {
 protected:
  void make_version_1() const {
    std::ifstream dump(std::string(STORE_TEST_FOLDER) + "/version_1/" + GetParam() + ".sql");
    std::stringstream text;
    text << dump.rdbuf();
    ask(text.str());
  }
  [[nodiscard]] std::string version(int number) const {
    return std::to_string(number) + (sqlite() ? " with page sums" : "");
  }
  [[nodiscard]] std::string in_schema(const std::string& table) const { return (sqlite() ? "" : "jackfield.") + table; }
};

INSTANTIATE_TEST_SUITE_P(Of, VersionTest, ::testing::Values("sqlite", "postgresql"), name_of);

std::string id(int number) { return "01J000000000000000000000A" + std::to_string(number); }

/// As the dumped stores were filled.
Bytes event(std::uint32_t seq, std::size_t size) {
  Bytes out{0x82, 0xa1, 't', static_cast<std::uint8_t>(seq), 0xa1, 'b', 0xc4, static_cast<std::uint8_t>(size)};
  for (std::size_t i = 0; i < size; ++i) out.push_back(static_cast<std::uint8_t>(i * 37 + seq));
  return out;
}

void expect_rows(Reader& reader) {
  for (int number = 0; number < 3; ++number) {
    const auto rows = reader.journal(id(number));
    ASSERT_EQ(rows.size(), 6u);
    for (std::uint32_t i = 0; i < 6; ++i) {
      EXPECT_EQ(rows[i].seq, i);
      const std::size_t size = i == 0 ? 40 : i == 5 ? 3 : number == 0 && i == 2 ? 0 : 9;
      EXPECT_EQ(rows[i].event, event(i, size)) << number << " " << i;
    }
  }
}

TEST_P(VersionTest, OpensAStoreOfVersion1) {
  make_version_1();
  EXPECT_TRUE(refusal([&] { (void)open_reader(options_); })) << "only the writer leads it on";
  const auto store = open(options_);
  const auto reader = open_reader(options_);
  EXPECT_EQ(ask("SELECT value FROM " + in_schema("meta") + " WHERE name = 'schema_version'"), version(2));
  EXPECT_EQ(count("journal"), 3) << "a chunk each";
  expect_rows(*reader);
  EXPECT_EQ(reader->instance(id(1))->wake, Wake::event);
  EXPECT_EQ(reader->busy("", 9), (std::vector<std::string>{id(2)}));
  EXPECT_EQ(reader->awaiting("choose", id(1))->token, 2u);
  EXPECT_EQ(reader->counts().size(), 3u);

  EXPECT_EQ(refusal([&] { store->commit({.journal = {line(id(2), 3)}}); }), StoreError::Kind::conflict);
  store->commit({.journal = {line(id(2), 6)}, .updates = {update(id(2), "completed", Wake::none)}});
  store->commit({.instances = {instance("01K")}, .journal = {line("01K", 0)}});
  EXPECT_EQ(reader->journal(id(2)).size(), 7u);
  EXPECT_EQ(reader->journal("01K").size(), 1u);
}

TEST_P(VersionTest, LeavesVersion1AsItWasWhereItCannotLeadItOn) {
  make_version_1();
  ask("CREATE TABLE " + in_schema("log") + " (mine INTEGER)");  // stands in the way, after the journal was begun
  EXPECT_TRUE(refusal([&] { (void)open(options_); }));
  EXPECT_EQ(ask("SELECT value FROM " + in_schema("meta") + " WHERE name = 'schema_version'"), version(1)) << "SQLite's file has sums by then";
  EXPECT_EQ(ask("SELECT count(event) FROM " + in_schema("journal")), "18");
  ask("DROP TABLE " + in_schema("log"));
  const auto store = open(options_);
  expect_rows(*open_reader(options_));
}

}  // namespace
}  // namespace jackfield::store
