#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <jackfield/testing.hpp>
#include <jackfield/folder.hpp>

#include <filesystem>

#include "durable_file.hpp"
#include "pdf_page.hpp"
#include "receipt.hpp"
#include "truetype_font.hpp"

namespace {

using jackfield::testing::FakeHost;
using jackfield::testing::Folder;
using nlohmann::json;
using testing::HasSubstr;
using namespace std::chrono_literals;

json order() {
  return {{"service", "open-account"}, {"service_name", "开户"}, {"channel", "hall"}, {"operator", "op-1001"},
          {"customer_name", "欧阳张三"}, {"msisdn", "13800138000"}, {"iccid", "89860070310112094320"},
          {"product_name", "全球通畅享88"}, {"tariff_name", "畅享58"},
          {"items", {{{"item", "open_fee"}, {"amount_fen", 5000}, {"text", "开户费"}},
                     {{"item", "monthly_fee"}, {"amount_fen", 2245}, {"text", "首月月租(12/31天)"}},
                     {{"item", "discount:d"}, {"amount_fen", -1000}, {"text", "优惠:网上入网立减"}}}},
          {"total_fen", 6245}, {"account", "A000000000001"}, {"paid_at", 1795305600123}, {"method", "cash"}};
}

struct DocumentTest : testing::Test {
  jackfield::testing::Answer print(const std::string& instance, const json& input) {
    return plugin.call("document.print", input.dump(), {.key = instance + "/print", .instance = instance});
  }
  jackfield::testing::Answer archive(const json& documents) {
    json input{{"documents", documents}};
    return plugin.call("document.archive", input.dump(), {.key = "i1/archive", .instance = "i1"});
  }

  Folder folder;
  FakeHost host{{.data_dir = folder.str(), .config_dir = folder.str(), .zone = "Asia/Shanghai"}};
  jackfield::testing::Plugin plugin = host.load(jackfield_plugin_v1);
};

TEST_F(DocumentTest, PrintsAReceiptUnderItsOrder) {
  auto answer = print("01JABC", order());
  ASSERT_EQ(answer.status, JF_OK) << answer.text;
  EXPECT_EQ(answer.json()["documents"], json{"documents/01JABC/receipt.pdf"});
  auto bytes = folder.read("documents/01JABC/receipt.pdf");
  EXPECT_TRUE(bytes.starts_with("%PDF-"));
  EXPECT_THAT(bytes, HasSubstr("%%EOF"));
  EXPECT_FALSE(std::filesystem::exists(folder.file("documents/01JABC/receipt.pdf.tmp")));
  EXPECT_LT(bytes.size(), 60'000u) << "only the glyphs that are used are embedded";
}

TEST_F(DocumentTest, PrintedAgainItIsTheSameBytes) {
  auto first = print("i1", order()).json();
  auto bytes = folder.read("documents/i1/receipt.pdf");
  host.advance(26h);
  EXPECT_EQ(print("i1", order()).json(), first);
  EXPECT_EQ(folder.read("documents/i1/receipt.pdf"), bytes);
  auto other = order();
  other["total_fen"] = 6246;
  EXPECT_NE(print("i2", other).json()["digest"], first["digest"]);
}

TEST_F(DocumentTest, AStrangeNameNeitherBreaksTheReceiptNorLeavesItsFolder) {
  auto input = order();
  input["customer_name"] = std::string("名\n\t") + std::string(250, 'W') + "𠮷";
  EXPECT_EQ(print("i1", input).status, JF_OK);
  EXPECT_EQ(print("../i1", order()).code, "INPUT_INVALID");
}

TEST_F(DocumentTest, ArchivesACopyOfTheDayItWasPaid) {
  auto printed = print("i1", order()).json();
  auto answer = archive(printed["documents"]);
  ASSERT_EQ(answer.status, JF_OK) << answer.text;
  auto filed = answer.json();
  EXPECT_EQ(filed["digest"], printed["digest"]);
  EXPECT_EQ(filed["copies"][0]["archive"], "archive/20261122/i1-receipt.pdf");
  EXPECT_EQ(folder.read("archive/20261122/i1-receipt.pdf"), folder.read("documents/i1/receipt.pdf"));
  host.advance(1h);
  EXPECT_EQ(archive(printed["documents"]).json(), filed) << "done again: found done, at its time";
}

TEST_F(DocumentTest, RefusesToArchiveWhatWasNotPrintedIsGoneOrWasChanged) {
  EXPECT_EQ(archive({"../../etc/passwd"}).code, "DOCUMENT_UNKNOWN");
  auto documents = print("i1", order()).json()["documents"];
  auto bytes = folder.read("documents/i1/receipt.pdf");
  folder.write("documents/i1/receipt.pdf", bytes + " ");
  EXPECT_EQ(archive(documents).code, "DOCUMENT_CHANGED");
  std::filesystem::remove(folder.file("documents/i1/receipt.pdf"));
  EXPECT_EQ(archive(documents).code, "DOCUMENT_MISSING");
  folder.write("documents/i1/receipt.pdf", bytes);
  EXPECT_EQ(archive(documents).status, JF_OK);
}

TEST_F(DocumentTest, NothingToArchiveIsDone) { EXPECT_EQ(archive(json::array()).status, JF_OK); }

TEST_F(DocumentTest, RefusesAFontThatIsNotThereOrIsNone) {
  EXPECT_THROW(host.load(jackfield_plugin_v1, R"({"font":"none.ttf"})"), std::runtime_error);
  folder.write("fake.ttf", "no font");
  EXPECT_THROW(TrueTypeFont(folder.file("fake.ttf")), std::runtime_error);
}

TEST(ReceiptTest, WritesMoneyInYuan) {
  EXPECT_EQ(yuan(5000), "¥50.00");
  EXPECT_EQ(yuan(5), "¥0.05");
  EXPECT_EQ(yuan(-1050), "-¥10.50");
}

TEST(TrueTypeFontTest, KnowsChineseAndLatinAndBoxesTheRest) {
  TrueTypeFont font(chinese_font());
  EXPECT_NE(font.glyph(U'国'), 0);
  EXPECT_NE(font.glyph(U'¥'), 0);
  EXPECT_EQ(font.glyph(char32_t{0x10FFFF}), 0);
  EXPECT_EQ(font.advance(font.glyph(U'国')), font.advance(font.glyph(U'户'))) << "Chinese characters are of one width";
  EXPECT_LT(font.advance(font.glyph(U'i')), font.advance(font.glyph(U'国')));
}

TEST(TrueTypeFontTest, ADamagedFontIsRefusedWhereverItIsCut) {
  Folder folder;
  auto whole = jackfield::testing::Folder::slurp(chinese_font());
  for (std::size_t size : {0ul, 3ul, 13ul, 40ul, 200ul, 5000ul}) {
    folder.write("cut.ttc", whole.substr(0, size));
    EXPECT_THROW(TrueTypeFont(folder.file("cut.ttc")), std::runtime_error) << size;
  }
}

TEST(PdfPageTest, WhatIsNotUtf8IsReplacedNotRead) {
  EXPECT_EQ(characters("a国"), U"a国");
  EXPECT_EQ(characters("\xF0\x9F"), U"\uFFFD\uFFFD");
  EXPECT_EQ(characters("\xC0\x80" "b"), U"\uFFFD\uFFFDb");
}

TEST(DurableFileTest, ReplacesAFileWholly) {
  Folder folder;
  write_durably(folder.file("a/b/c"), "first, and longer");
  write_durably(folder.file("a/b/c"), "second");
  EXPECT_EQ(read_whole(folder.file("a/b/c")), "second");
  EXPECT_THROW(read_whole(folder.file("none")), std::runtime_error);
}

}  // namespace
