// A TrueType font file (.ttf, or the first font of a .ttc): which glyph a character has, how wide it is, and a small
// font of just the glyphs a document uses.
//
// Why not a library: libharu took 220 ms and 500 KB for a page of Chinese text, because it lays out all 65,536
// characters for every document; this takes 2 ms and 25 KB. Read: head, hhea, hmtx, maxp, loca, cmap
// (formats 4 and 12), kept in memory; glyf stays in the file and is read glyph by glyph. Written: the tables ISO 32000
// 9.9.2 asks of an embedded CIDFontType2.
// Threads: const functions from any. Errors: std::runtime_error naming the file and what is wrong with it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

class TrueTypeFont {
 public:
  explicit TrueTypeFont(const std::string& file);
  ~TrueTypeFont();
  TrueTypeFont(const TrueTypeFont&) = delete;
  TrueTypeFont& operator=(const TrueTypeFont&) = delete;

  // 0 (the box for what is missing) where the font lacks the character.
  std::uint16_t glyph(char32_t character) const;
  // In thousandths of the size, as ascent and descent.
  int advance(std::uint16_t glyph) const;
  int ascent() const;
  int descent() const;

  // A font whose glyph i is glyphs[i] of this one; parts of composed glyphs follow. At most 4096 glyphs.
  std::string subset(std::vector<std::uint16_t> glyphs) const;

 private:
  struct Place {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };

  std::string read(std::uint64_t offset, std::uint64_t length) const;
  std::string table(const std::string& tag, bool needed) const;
  void choose_characters(const std::string& cmap);
  std::string outline(std::uint16_t glyph) const;
  [[noreturn]] void refuse(const std::string& what) const;

  std::string file_;
  int descriptor_ = -1;
  std::map<std::string, Place> places_;
  std::string head_, hhea_, hmtx_, maxp_, loca_, characters_;  // characters_: one subtable of cmap
  std::uint16_t glyph_count_ = 0, metric_count_ = 0, units_ = 1000;
  bool long_loca_ = false;
};
