// One page of text and lines as a PDF 1.5 file (ISO 32000), with the glyphs it uses embedded.
//
// The same page always makes the same bytes: no date, no identifier, no chance. Text is found and copied by readers (a
// ToUnicode map is written). Coordinates are points from the lower left corner. One thread; the font outlives the page.
// Errors: std::runtime_error.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

class TrueTypeFont;

class PdfPage {
 public:
  PdfPage(const TrueTypeFont& font, double width);

  double width(const std::string& text, double size) const;
  void write(double x, double y, double size, const std::string& text);
  void line(double from_x, double to_x, double y);

  std::string bytes(double height) const;

 private:
  std::uint16_t place(char32_t character);

  const TrueTypeFont& font_;
  double width_;
  std::string content_;
  std::vector<std::uint16_t> glyphs_{0};      // the font's, in the order of the embedded one
  std::map<char32_t, std::uint16_t> placed_;  // character → glyph of the embedded font
};

// The characters of a UTF-8 text; what is not UTF-8 becomes U+FFFD.
std::u32string characters(const std::string& text);
