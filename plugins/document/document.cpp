// 打印单据, 归档、底单扫描: prints the receipt the customer takes home, and files the copy that stays.
#include <jackfield/database.hpp>
#include <jackfield/digest.hpp>
#include <jackfield/plugin.hpp>
#include <jackfield/time_zone.hpp>

#include <cstdio>
#include <filesystem>
#include <map>
#include <stdexcept>

#include "archive.hpp"
#include "receipt.hpp"
#include "truetype_font.hpp"

namespace {

constexpr std::size_t most_items = 100;

struct Settings {
  jackfield::Path font;
  JF_FIELDS((font, "TrueType font with Chinese glyphs; left out: the first one this system has"))
};

struct Item {
  std::string item;
  std::int64_t amount_fen = 0;
  std::string text;
  JF_FIELDS((item, "as priced", jackfield::required), (amount_fen, "negative: taken off", jackfield::required),
            (text, "its name for the customer"))
};

struct Order {
  std::string service;
  std::string service_name;
  std::string channel;
  std::string op;
  std::string customer_name;
  std::string msisdn;
  std::string iccid;
  std::string product_name;
  std::string tariff_name;
  std::vector<Item> items;
  std::int64_t total_fen = 0;
  std::string account;
  std::int64_t paid_at = 0;
  std::string method;
  JF_FIELDS(service, (service_name, "开户, …", jackfield::required), channel,
            (op, "who took the order", jackfield::named("operator")), customer_name, msisdn, iccid, product_name,
            tariff_name, (items, "the lines of the bill"), (total_fen, "what was paid"), account,
            (paid_at, "Unix time in ms: the date on the receipt", jackfield::required),
            (method, "cash, card, wallet or account"))
};

struct Printed {
  std::vector<std::string> documents;
  std::string digest;
  JF_FIELDS((documents, "file names relative to the data folder"), (digest, "SHA-256 of the receipt"))
};

struct Papers {
  std::vector<std::string> documents;
  JF_FIELDS((documents, "what document.print answered"))
};

struct Filed {
  struct Copy {
    std::string document;
    std::string archive;
    std::string digest;
    JF_FIELDS(document, archive, digest)
  };
  std::string digest;
  std::int64_t archived_at = 0;
  std::vector<Copy> copies;
  JF_FIELDS((digest, "SHA-256 of the one document, or of the digests of all"), (archived_at, "Unix time in ms"), copies)
};

std::string usable_font(const Settings& settings) {
  auto font = settings.font.empty() ? chinese_font() : settings.font.str();
  if (font.empty())
    throw std::runtime_error("font: no TrueType font with Chinese glyphs found: install fonts-wqy-zenhei or name one");
  if (!std::filesystem::exists(font)) throw std::runtime_error("font: there is no file " + font);
  return font;
}

struct Cabinet {
  static constexpr auto traits = jackfield::traits().blocking();

  Cabinet(const Settings& settings, jackfield::Host& host)
      : database(host, Archive::tables), archive(host.data_dir()), font(usable_font(settings)), zone(host.zone()) {}

  jackfield::Database database;
  const Archive archive;
  const TrueTypeFont font;
  const std::string zone;
};

std::string method_name(const std::string& method) {
  static const std::map<std::string, std::string> names{
      {"cash", "现金"}, {"card", "银行卡"}, {"wallet", "电子钱包"}, {"account", "记入帐户"}};
  auto found = names.find(method);
  return found == names.end() ? method : found->second;
}

std::string clock(const jackfield::LocalTime& local) {
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d", local.year, local.month, local.day, local.hour,
                local.minute, local.second);
  return text;
}

// An instance id names a folder: letters, digits, '-' and '_' alone.
std::string folder_name(std::string_view instance) {
  std::string name(instance);
  auto good = [](char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
           letter == '-' || letter == '_';
  };
  bool usable = !name.empty() && name.size() <= 128;
  for (char letter : name) usable = usable && good(letter);
  if (!usable) throw jackfield::Fail{"INPUT_INVALID", "instance '" + name + "' cannot name a folder"};
  return name;
}

struct Print : jackfield::Step<Settings, Order, Printed, Cabinet> {
  static constexpr auto info =
      jackfield::step("document.print", "Prints the receipt as a PDF; again: the same bytes").idempotent();

  Printed run(const Order& order, jackfield::Context& ctx) {
    if (order.items.size() > most_items)
      throw jackfield::Fail{"INPUT_INVALID", "items: expected at most " + std::to_string(most_items) + ", found " +
                                                 std::to_string(order.items.size())};
    auto instance = folder_name(ctx.instance());
    auto local = jackfield::local_time(jackfield::TimePoint(std::chrono::milliseconds(order.paid_at)), shared.zone);
    auto bytes = draw(receipt(order, instance, clock(local)), shared.font);
    auto document = "documents/" + instance + "/receipt.pdf";
    auto day = local.year * 10'000 + local.month * 100 + local.day;
    auto at_ms = ctx.now().time_since_epoch().count();
    auto digest = shared.archive.put(shared.database.sql(), document, instance, bytes, day, at_ms);
    return {{document}, digest};
  }

  static Receipt receipt(const Order& order, const std::string& instance, const std::string& paid_at) {
    Receipt made{instance, order.service_name, {}, {}, order.total_fen, paid_at};
    made.particulars = {{"客户姓名", order.customer_name}, {"电话号码", order.msisdn},  {"卡号", order.iccid},
                        {"产品", order.product_name},      {"资费", order.tariff_name}, {"帐户", order.account},
                        {"付款方式", method_name(order.method)}, {"受理渠道", order.channel}, {"操作员", order.op}};
    for (const auto& item : order.items)
      made.items.emplace_back(item.text.empty() ? item.item : item.text, item.amount_fen);
    return made;
  }
};

struct File : jackfield::Step<Settings, Papers, Filed, Cabinet> {
  static constexpr auto info =
      jackfield::step("document.archive", "Copies the documents into the archive after comparing digests").idempotent();

  Filed run(const Papers& papers, jackfield::Context& ctx) {
    Filed filed;
    std::string digests;
    auto now_ms = ctx.now().time_since_epoch().count();
    for (const auto& document : papers.documents) {
      auto done = shared.archive.archive(shared.database.sql(), document, now_ms);
      filed.copies.push_back({done.document, done.archive, done.digest});
      filed.archived_at = done.archived_at_ms;
      digests += done.digest;
    }
    filed.digest = filed.copies.size() == 1 ? digests : jackfield::sha256(digests);
    return filed;
  }
};

}  // namespace

JACKFIELD_PLUGIN("document", "1.0.0", Print, File)
