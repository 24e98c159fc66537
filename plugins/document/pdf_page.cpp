#include "pdf_page.hpp"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <stdexcept>

#include "truetype_font.hpp"

namespace {

// "12.5": a PDF number whatever the locale is.
std::string number(double value) {
  char text[32];
  auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, 2).ptr;
  return {text, end};
}

std::string hex16(std::uint32_t value) {
  char text[8];
  std::snprintf(text, sizeof text, "%04X", value & 0xFFFF);
  return text;
}

std::string utf16(char32_t character) {
  if (character < 0x10000) return hex16(character);
  return hex16(0xD800 + ((character - 0x10000) >> 10)) + hex16(0xDC00 + ((character - 0x10000) & 0x3FF));
}

std::string stream(const std::string& body, const std::string& more = "") {
  uLongf size = compressBound(body.size());
  std::string packed(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(body.data()),
                body.size(), 6) != Z_OK)
    throw std::runtime_error("a page of " + std::to_string(body.size()) + " bytes cannot be compressed");
  packed.resize(size);
  return "<</Length " + std::to_string(size) + "/Filter/FlateDecode" + more + ">>\nstream\n" + packed + "\nendstream";
}

std::string to_unicode(const std::map<char32_t, std::uint16_t>& placed) {
  std::string map =
      "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
      "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
      "1 begincodespacerange <0000> <FFFF> endcodespacerange\n";
  std::size_t left = placed.size(), in_block = 0;
  for (const auto& [character, glyph] : placed) {
    if (in_block == 0) {
      in_block = std::min<std::size_t>(left, 100);  // the most a block may have
      map += std::to_string(in_block) + " beginbfchar\n";
    }
    map += "<" + hex16(glyph) + "> <" + utf16(character) + ">\n";
    --left;
    if (--in_block == 0) map += "endbfchar\n";
  }
  return map + "endcmap CMapName currentdict /CMap defineresource pop end end\n";
}

std::string file(const std::vector<std::string>& objects) {
  std::string bytes = "%PDF-1.5\n%\xE4\xB8\xAD\xE6\x96\x87\n", table;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    char entry[32];
    std::snprintf(entry, sizeof entry, "%010zu 00000 n \n", bytes.size());
    table += entry;
    bytes += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
  }
  auto count = std::to_string(objects.size() + 1), start = std::to_string(bytes.size());
  return bytes + "xref\n0 " + count + "\n0000000000 65535 f \n" + table + "trailer\n<</Size " + count +
         "/Root 1 0 R>>\nstartxref\n" + start + "\n%%EOF\n";
}

}  // namespace

std::u32string characters(const std::string& text) {
  std::u32string all;
  for (std::size_t i = 0; i < text.size();) {
    auto first = static_cast<unsigned char>(text[i]);
    std::size_t size = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    char32_t character = size < 2 ? first : first & (0xFFu >> (size + 1));
    bool good = size > 0 && i + size <= text.size();
    for (std::size_t k = 1; good && k < size; ++k) {
      auto next = static_cast<unsigned char>(text[i + k]);
      good = (next & 0xC0) == 0x80;
      character = character << 6 | (next & 0x3F);
    }
    all.push_back(good ? character : U'\uFFFD');
    i += good ? size : 1;
  }
  return all;
}

PdfPage::PdfPage(const TrueTypeFont& font, double width) : font_(font), width_(width) {}

double PdfPage::width(const std::string& text, double size) const {
  double sum = 0;
  for (auto character : characters(text)) sum += font_.advance(font_.glyph(character));
  return sum * size / 1000;
}

std::uint16_t PdfPage::place(char32_t character) {
  auto [found, fresh] = placed_.try_emplace(character, static_cast<std::uint16_t>(glyphs_.size()));
  if (fresh) glyphs_.push_back(font_.glyph(character));
  return found->second;
}

void PdfPage::write(double x, double y, double size, const std::string& text) {
  content_ += "BT /F " + number(size) + " Tf " + number(x) + " " + number(y) + " Td <";
  for (auto character : characters(text)) content_ += hex16(place(character));
  content_ += "> Tj ET\n";
}

void PdfPage::line(double from_x, double to_x, double y) {
  content_ += "0.5 w " + number(from_x) + " " + number(y) + " m " + number(to_x) + " " + number(y) + " l S\n";
}

std::string PdfPage::bytes(double height) const {
  std::string widths;
  for (auto glyph : glyphs_) widths += std::to_string(font_.advance(glyph)) + " ";
  auto program = font_.subset(glyphs_);
  return file({
      "<</Type/Catalog/Pages 2 0 R>>",
      "<</Type/Pages/Kids[3 0 R]/Count 1>>",
      "<</Type/Page/Parent 2 0 R/MediaBox[0 0 " + number(width_) + " " + number(height) +
          "]/Resources<</Font<</F 5 0 R>>>>/Contents 4 0 R>>",
      stream(content_),
      "<</Type/Font/Subtype/Type0/BaseFont/JACKFD+Receipt/Encoding/Identity-H/DescendantFonts[6 0 R]/ToUnicode 9 0 R>>",
      "<</Type/Font/Subtype/CIDFontType2/BaseFont/JACKFD+Receipt/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
      "/Supplement 0>>/FontDescriptor 7 0 R/CIDToGIDMap/Identity/DW 1000/W[0[" + widths + "]]>>",
      "<</Type/FontDescriptor/FontName/JACKFD+Receipt/Flags 4/FontBBox[0 " + std::to_string(font_.descent()) +
          " 1000 " + std::to_string(font_.ascent()) + "]/ItalicAngle 0/Ascent " +
          std::to_string(font_.ascent()) + "/Descent " +
          std::to_string(font_.descent()) + "/CapHeight 700/StemV 80/FontFile2 8 0 R>>",
      stream(program, "/Length1 " + std::to_string(program.size())),
      stream(to_unicode(placed_)),
  });
}
