#include "receipt.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "pdf_page.hpp"

namespace {

constexpr double width = 420, margin = 36, least_height = 595;  // A5, in points
constexpr double small = 9, normal = 10, step = 17, label_width = 72;
constexpr std::size_t most_lines = 4;  // of one value

// Control characters have no glyph: a blank stands for them.
std::string printable(const std::string& text) {
  std::string plain;
  for (unsigned char letter : text) plain.push_back(letter < 0x20 || letter == 0x7F ? ' ' : static_cast<char>(letter));
  return plain;
}

// Bytes of the UTF-8 character that begins with `first`.
std::size_t character_size(unsigned char first) { return first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4; }

// `text` in lines no wider than `room`; the rest of what needs more than most_lines is cut, and seen to be.
std::vector<std::string> wrapped(const PdfPage& page, const std::string& text, double size, double room) {
  std::vector<std::string> lines{""};
  double used = 0;
  for (std::size_t i = 0; i < text.size();) {
    auto letter = text.substr(i, character_size(static_cast<unsigned char>(text[i])));
    i += letter.size();
    auto needed = page.width(letter, size);
    if (!lines.back().empty() && used + needed > room) {
      if (lines.size() == most_lines) {
        lines.back() += "…";
        break;
      }
      lines.emplace_back();
      used = 0;
    }
    lines.back() += letter;
    used += needed;
  }
  return lines;
}

void write_right(PdfPage& page, double y, double size, const std::string& text) {
  page.write(width - margin - page.width(text, size), y, size, text);
}
void write_centred(PdfPage& page, double y, double size, const std::string& text) {
  page.write((width - page.width(text, size)) / 2, y, size, text);
}

struct Row {
  std::string label;
  std::vector<std::string> lines;
};

}  // namespace

std::string yuan(std::int64_t fen) {
  auto size = fen < 0 ? -fen : fen;
  char text[32];
  std::snprintf(text, sizeof text, "%lld.%02lld", static_cast<long long>(size / 100),
                static_cast<long long>(size % 100));
  return std::string(fen < 0 ? "-" : "") + "¥" + text;
}

std::string chinese_font() {
  for (const char* file :
       {"/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
        "/usr/share/fonts/truetype/arphic/uming.ttc", "/usr/share/fonts/truetype/arphic/ukai.ttc",
        "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"})
    if (std::filesystem::exists(file)) return file;
  return "";
}

std::string draw(const Receipt& receipt, const TrueTypeFont& font) {
  PdfPage page(font, width);
  std::vector<Row> rows;
  std::size_t lines = 0;
  for (const auto& [label, value] : receipt.particulars) {
    if (value.empty()) continue;
    rows.push_back({label, wrapped(page, printable(value), normal, width - 2 * margin - label_width)});
    lines += rows.back().lines.size();
  }
  auto height = std::max(least_height, 230 + step * static_cast<double>(lines + receipt.items.size()));
  auto rule = [&](double y) { page.line(margin, width - margin, y); };

  auto y = height - margin - 16;
  write_centred(page, y, 16, printable(receipt.service) + "业务受理单");
  y -= 22;
  write_centred(page, y, small, "单据号:" + printable(receipt.number));
  y -= 14;
  rule(y);
  y -= step;
  for (const auto& row : rows) {
    page.write(margin, y, normal, row.label);
    for (const auto& text : row.lines) {
      page.write(margin + label_width, y, normal, text);
      y -= step;
    }
  }
  rule(y + step - 8);
  y -= 8;
  page.write(margin, y, small, "费用项目");
  write_right(page, y, small, "金额");
  y -= step;
  for (const auto& [text, amount_fen] : receipt.items) {
    page.write(margin, y, normal, wrapped(page, printable(text), normal, width - 2 * margin - 90).front());
    write_right(page, y, normal, yuan(amount_fen));
    y -= step;
  }
  rule(y + step - 6);
  y -= 6;
  page.write(margin, y, 12, "合计");
  write_right(page, y, 12, yuan(receipt.total_fen));
  y -= 28;
  page.write(margin, y, small, "收费时间:" + receipt.paid_at);
  page.write(margin, margin + 14, small, "客户签名:____________________");
  page.write(margin, margin, small, "请妥善保管此单据,办理后续业务或查询费用时请出示。");
  return page.bytes(height);
}
