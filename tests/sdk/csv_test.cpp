// Reference data: what is read, and what is refused with file and line.
#include <jackfield/csv.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {

using jackfield::read_csv;

class Csv : public testing::Test {
 protected:
  std::string write(const std::string& text) const {
    std::ofstream(file_, std::ios::binary) << text;
    return file_;
  }
  std::string refusal(const std::string& text) const {
    try {
      for (const auto& row : read_csv(write(text), {"msisdn", "fee_fen"})) (void)row.integer("fee_fen");
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "taken";
  }
  ~Csv() override { std::filesystem::remove(file_); }

 private:
  std::string file_ = testing::TempDir() + "jackfield-" + std::to_string(getpid()) + "-numbers.csv";
};

TEST_F(Csv, ReadsByColumn) {
  const auto rows =
      read_csv(write("\xEF\xBB\xBFmsisdn, grade ,fee_fen\r\n13800138000,A,5000\r\n\r\n 139 ,\"a, \"\"b\"\"\n"
                     "c\",-1\r\n"),
               {"fee_fen", "msisdn"});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0]["msisdn"], "13800138000");
  EXPECT_EQ(rows[0].integer("fee_fen"), 5000);
  EXPECT_EQ(rows[1]["msisdn"], "139");
  EXPECT_EQ(rows[1]["grade"], "a, \"b\"\nc");
  EXPECT_EQ(rows[1].integer("fee_fen"), -1);
  EXPECT_EQ(rows[1].line(), 4u);
}

TEST_F(Csv, AnEmptyLastCellIsACell) { EXPECT_EQ(read_csv(write("a,b\n1,\n"), {"a", "b"}).at(0)["b"], ""); }

TEST_F(Csv, ErrorsHaveFileAndLine) {
  EXPECT_TRUE(refusal("msisdn\n1\n").ends_with("numbers.csv:1: expected the header msisdn,fee_fen, missing fee_fen"));
  EXPECT_TRUE(refusal("msisdn,fee_fen\n1,2\n3\n").ends_with("numbers.csv:3: expected 2 columns, found 1"));
  EXPECT_TRUE(refusal("msisdn,fee_fen\n1,2 yuan\n")
                  .ends_with("numbers.csv:2: fee_fen: expected a whole number, found '2 yuan'"));
  EXPECT_TRUE(refusal("msisdn,fee_fen\n\"1,2\n").ends_with("numbers.csv:2: found a quote that is never closed"));
  EXPECT_TRUE(refusal("msisdn,fee_fen\n\"1\"x,2\n").ends_with("found text after a closing quote, expected ','"));
  EXPECT_TRUE(refusal("msisdn,fee_fen,msisdn\n").ends_with("found a column named twice"));
  EXPECT_TRUE(refusal("").ends_with("missing msisdn, fee_fen"));
  EXPECT_TRUE(refusal("msisdn,fee_fen\n" + std::string(70'000, '1') + ",2\n").ends_with("a line over 64 KiB"));
}

TEST_F(Csv, AFileThatIsNotThereIsNamed) {
  EXPECT_THROW((void)read_csv(std::string("/nowhere/numbers.csv"), {"a"}), std::runtime_error);
}

}  // namespace
