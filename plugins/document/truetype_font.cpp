#include "truetype_font.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace {

constexpr std::uint64_t most_table_bytes = 8u << 20;
constexpr std::size_t most_glyphs = 4096;

// Numbers of a font are big-endian. Outside of `bytes` is an error, never a read.
std::uint16_t u16(std::string_view bytes, std::size_t at) {
  if (at + 2 > bytes.size()) throw std::runtime_error("the font is damaged: a table is too short");
  auto high = static_cast<unsigned char>(bytes[at]), low = static_cast<unsigned char>(bytes[at + 1]);
  return static_cast<std::uint16_t>(high << 8 | low);
}
std::uint32_t u32(std::string_view bytes, std::size_t at) {
  return std::uint32_t{u16(bytes, at)} << 16 | u16(bytes, at + 2);
}

void put16(std::string& bytes, std::size_t at, std::uint32_t value) {
  bytes.at(at) = static_cast<char>(value >> 8);
  bytes.at(at + 1) = static_cast<char>(value);
}
void put32(std::string& bytes, std::size_t at, std::uint32_t value) {
  put16(bytes, at, value >> 16);
  put16(bytes, at + 2, value & 0xFFFF);
}
void add16(std::string& bytes, std::uint32_t value) {
  bytes.resize(bytes.size() + 2);
  put16(bytes, bytes.size() - 2, value);
}
void add32(std::string& bytes, std::uint32_t value) {
  add16(bytes, value >> 16);
  add16(bytes, value & 0xFFFF);
}

std::uint32_t checksum(const std::string& padded) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < padded.size(); i += 4) sum += u32(padded, i);
  return sum;
}

// The file of these tables (OpenType 1.9, "Organization of an OpenType Font").
std::string sfnt(const std::map<std::string, std::string>& tables) {
  std::string file, bodies;
  auto count = static_cast<std::uint32_t>(tables.size());
  std::uint32_t power = 1, log = 0;
  while (power * 2 <= count) power *= 2, ++log;
  add32(file, 0x00010000);
  add16(file, count);
  add16(file, power * 16);
  add16(file, log);
  add16(file, count * 16 - power * 16);
  auto start = 12 + count * 16;
  for (const auto& [tag, body] : tables) {
    auto padded = body;
    padded.resize((body.size() + 3) / 4 * 4);
    file += tag;
    add32(file, checksum(padded));
    add32(file, start + static_cast<std::uint32_t>(bodies.size()));
    add32(file, static_cast<std::uint32_t>(body.size()));
    bodies += padded;
  }
  return file + bodies;
}

std::uint16_t find_segment(std::string_view map, std::uint32_t character) {  // format 4
  std::size_t segments = u16(map, 6) / 2u, ends = 14, starts = 16 + segments * 2, deltas = starts + segments * 2,
              ranges = deltas + segments * 2;
  if (character > 0xFFFF) return 0;
  std::size_t low = 0, high = segments;
  while (low < high) {
    auto middle = (low + high) / 2;
    u16(map, ends + middle * 2) < character ? low = middle + 1 : high = middle;
  }
  if (low == segments || u16(map, starts + low * 2) > character) return 0;
  auto delta = u16(map, deltas + low * 2), range = u16(map, ranges + low * 2);
  if (range == 0) return static_cast<std::uint16_t>(character + delta);
  auto found = u16(map, ranges + low * 2 + range + (character - u16(map, starts + low * 2)) * 2);
  return found == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(found + delta);
}

std::uint16_t find_group(std::string_view map, std::uint32_t character) {  // format 12
  std::size_t low = 0, high = u32(map, 12);
  while (low < high) {
    auto middle = (low + high) / 2;
    auto at = 16 + middle * 12;
    if (u32(map, at + 4) < character) {
      low = middle + 1;
    } else if (u32(map, at) > character) {
      high = middle;
    } else {
      return static_cast<std::uint16_t>(u32(map, at + 8) + character - u32(map, at));
    }
  }
  return 0;
}

// Where a composed glyph names its parts ("glyf", composite glyph description).
std::vector<std::size_t> parts(const std::string& outline) {
  std::vector<std::size_t> places;
  if (outline.size() < 10 || u16(outline, 0) < 0x8000) return places;
  std::size_t at = 10;
  for (std::uint16_t flags = 0x20; flags & 0x20;) {
    flags = u16(outline, at);
    places.push_back(at + 2);
    at += 4 + (flags & 0x01 ? 4u : 2u) + (flags & 0x08 ? 2u : flags & 0x40 ? 4u : flags & 0x80 ? 8u : 0u);
  }
  return places;
}

}  // namespace

TrueTypeFont::TrueTypeFont(const std::string& file)
    : file_(file), descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (descriptor_ < 0) refuse("it cannot be opened");
  try {
    std::uint64_t start = 0;
    if (read(0, 4) == "ttcf") start = u32(read(12, 4), 0);
    auto version = u32(read(start, 4), 0);
    if (version != 0x00010000 && version != 0x74727565) refuse("it has no TrueType outlines");
    auto count = u16(read(start + 4, 2), 0);
    auto directory = read(start + 12, count * 16u);
    for (std::size_t i = 0; i < count; ++i)
      places_[directory.substr(i * 16, 4)] = {u32(directory, i * 16 + 8), u32(directory, i * 16 + 12)};
    if (!places_.contains("glyf")) refuse("it has no table 'glyf'");
    head_ = table("head", true);
    hhea_ = table("hhea", true);
    hmtx_ = table("hmtx", true);
    maxp_ = table("maxp", true);
    loca_ = table("loca", true);
    glyph_count_ = u16(maxp_, 4);
    metric_count_ = u16(hhea_, 34);
    units_ = u16(head_, 18);
    long_loca_ = u16(head_, 50) != 0;
    if (units_ == 0 || metric_count_ == 0) refuse("its tables 'head' and 'hhea' make no sense");
    choose_characters(table("cmap", true));
    glyph(U'国');  // reads all there is to read
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

TrueTypeFont::~TrueTypeFont() { ::close(descriptor_); }

void TrueTypeFont::refuse(const std::string& what) const {
  throw std::runtime_error("font " + file_ + " cannot be used: " + what +
                           ". Name a TrueType font (.ttf, .ttc) with Chinese glyphs");
}

std::string TrueTypeFont::read(std::uint64_t offset, std::uint64_t length) const {
  if (length > most_table_bytes) refuse("a table is larger than 8 MiB");
  std::string bytes(length, '\0');
  std::size_t got = 0;
  while (got < length) {
    auto more = ::pread(descriptor_, bytes.data() + got, length - got, static_cast<off_t>(offset + got));
    if (more <= 0) refuse("it ends too early");
    got += static_cast<std::size_t>(more);
  }
  return bytes;
}

std::string TrueTypeFont::table(const std::string& tag, bool needed) const {
  auto found = places_.find(tag);
  if (found != places_.end()) return read(found->second.offset, found->second.length);
  if (needed) refuse("it has no table '" + tag + "'");
  return "";
}

void TrueTypeFont::choose_characters(const std::string& cmap) {
  int best = 0;
  for (std::size_t i = 0, count = u16(cmap, 2); i < count; ++i) {
    auto platform = u16(cmap, 4 + i * 8), encoding = u16(cmap, 6 + i * 8);
    auto at = u32(cmap, 8 + i * 8);
    auto format = u16(cmap, at);
    if ((platform != 0 && platform != 3) || (format != 4 && format != 12)) continue;
    int worth = format == 12 ? 3 : platform == 3 && encoding == 1 ? 2 : 1;
    if (worth <= best) continue;
    best = worth;
    characters_ = cmap.substr(at);
  }
  if (best == 0) refuse("it has no Unicode character map of format 4 or 12");
}

std::uint16_t TrueTypeFont::glyph(char32_t character) const {
  auto found = u16(characters_, 0) == 12 ? find_group(characters_, character) : find_segment(characters_, character);
  return found < glyph_count_ ? found : std::uint16_t{0};
}

int TrueTypeFont::advance(std::uint16_t glyph) const {
  auto metric = std::min<std::size_t>(glyph, metric_count_ - 1u);
  return u16(hmtx_, metric * 4) * 1000 / units_;
}

int TrueTypeFont::ascent() const { return static_cast<std::int16_t>(u16(hhea_, 4)) * 1000 / units_; }
int TrueTypeFont::descent() const { return static_cast<std::int16_t>(u16(hhea_, 6)) * 1000 / units_; }

std::string TrueTypeFont::outline(std::uint16_t glyph) const {
  std::uint64_t from = long_loca_ ? u32(loca_, glyph * 4u) : u16(loca_, glyph * 2u) * 2u;
  std::uint64_t until = long_loca_ ? u32(loca_, glyph * 4u + 4) : u16(loca_, glyph * 2u + 2) * 2u;
  auto place = places_.at("glyf");
  if (from > until || until > place.length) refuse("glyph " + std::to_string(glyph) + " lies outside of it");
  return read(place.offset + from, until - from);
}

std::string TrueTypeFont::subset(std::vector<std::uint16_t> glyphs) const {
  std::string outlines, places, metrics;
  for (std::size_t i = 0; i < glyphs.size(); ++i) {  // grows by the parts of composed glyphs
    if (glyphs.size() > most_glyphs) refuse("a document uses more than 4096 glyphs");
    auto drawn = outline(glyphs[i]);
    for (auto at : parts(drawn)) {
      auto part = u16(drawn, at);
      if (part >= glyph_count_) refuse("a composed glyph names a part that is not there");
      auto found = std::find(glyphs.begin(), glyphs.end(), part);
      put16(drawn, at, static_cast<std::uint32_t>(found - glyphs.begin()));
      if (found == glyphs.end()) glyphs.push_back(part);
    }
    add32(places, static_cast<std::uint32_t>(outlines.size()));
    outlines += drawn;
    outlines.resize((outlines.size() + 3) / 4 * 4);
    auto metric = std::min<std::size_t>(glyphs[i], metric_count_ - 1u);
    add16(metrics, u16(hmtx_, metric * 4));
    add16(metrics, glyphs[i] < metric_count_ ? u16(hmtx_, metric * 4 + 2)
                                             : u16(hmtx_, metric_count_ * 4u + (glyphs[i] - metric_count_) * 2u));
  }
  add32(places, static_cast<std::uint32_t>(outlines.size()));
  auto count = static_cast<std::uint32_t>(glyphs.size());
  auto head = head_, hhea = hhea_, maxp = maxp_;
  put32(head, 8, 0);
  put16(head, 50, 1);
  put16(hhea, 34, count);
  put16(maxp, 4, count);
  std::map<std::string, std::string> tables{{"head", head},    {"hhea", hhea},   {"maxp", maxp},
                                            {"hmtx", metrics}, {"loca", places}, {"glyf", outlines}};
  for (const char* tag : {"cvt ", "fpgm", "prep"})
    if (auto body = table(tag, false); !body.empty()) tables[tag] = body;
  return sfnt(tables);
}
