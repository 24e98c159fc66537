// Which card a line gets in place of the one it has: card.select.
#include <jackfield/plugin.hpp>
#include <jackfield/telecom/iccid.hpp>
#include <jackfield/telecom/imsi.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace card {

using jackfield::required;
using jackfield::telecom::Iccid;
using jackfield::telecom::Imsi;
using jackfield::telecom::Prefixes;
using std::string;

struct Settings {
  jackfield::Duration swap_interval = std::chrono::hours(72);
  std::vector<string> types{"SIM", "STK", "USIM"};
  std::vector<string> iccid_prefixes = Iccid::default_prefixes();
  std::vector<string> imsi_prefixes = Imsi::default_prefixes();
  JF_FIELDS((swap_interval, "the least time between two swaps of the same line"), (types, "card types on offer"),
            (iccid_prefixes, "prefixes of this operator's cards"), (imsi_prefixes, "prefixes of its subscribers"))
};

// The settings' tables, ready to be asked.
struct Tables {
  explicit Tables(const Settings& settings)
      : iccid(table("iccid_prefixes", settings.iccid_prefixes)), imsi(table("imsi_prefixes", settings.imsi_prefixes)) {
    if (settings.types.empty()) throw std::runtime_error("settings /types: found none, expected a card type or more");
  }

  static Prefixes table(const char* name, const std::vector<string>& entries) {
    try {
      return Prefixes{entries};
    } catch (const std::invalid_argument& error) {
      throw std::runtime_error(string("settings /") + name + ": " + error.what());
    }
  }

  Prefixes iccid;
  Prefixes imsi;
};

struct CardWish {
  string type;
  std::optional<string> iccid;
  JF_FIELDS((type, "SIM, STK or USIM", required), (iccid, "the very card, where one is named"))
};

struct LineToday {
  string iccid;
  string imsi;
  std::int64_t last_swap_ms = 0;
  JF_FIELDS((iccid, "its card", required), (imsi, "that card's", required),
            (last_swap_ms, "Unix time in ms of its last swap; 0: never"))
};

struct SelectIn {
  CardWish card;
  LineToday line;
  string reason;
  JF_FIELDS((card, "the wish", required), (line, "the line today", required), (reason, "damaged, lost or upgrade"))
};

struct SelectOut {
  string type;
  std::optional<string> iccid;
  string old_iccid;
  string old_imsi;
  JF_FIELDS(type, (iccid, "the very card, where one was named"), old_iccid, old_imsi)
};

struct Select : jackfield::Step<Settings, SelectIn, SelectOut, Tables> {
  static constexpr auto info =
      jackfield::step("card.select", "Which card a line gets in place of today's").idempotent();

  SelectOut run(const SelectIn& in, jackfield::Context& ctx) {
    if (!Imsi::parse(in.line.imsi, shared.imsi))
      throw jackfield::Fail{"IMSI_INVALID", "the line's IMSI is not 15 digits with a prefix of imsi_prefixes: mend the "
                                            "line's record or the table"};
    if (std::find(settings.types.begin(), settings.types.end(), in.card.type) == settings.types.end())
      throw jackfield::Reject{"CARD_WRONG_TYPE", "不提供" + in.card.type + "类型的卡"};
    refuse_too_soon(in.line.last_swap_ms, ctx.now());
    if (in.card.iccid) refuse_card(*in.card.iccid, in.line.iccid);
    return {in.card.type, in.card.iccid, in.line.iccid, in.line.imsi};
  }

 private:
  void refuse_too_soon(std::int64_t last_swap_ms, jackfield::TimePoint now) const {
    const auto last = jackfield::TimePoint(std::chrono::milliseconds(last_swap_ms));
    if (last_swap_ms > 0 && now < last + settings.swap_interval.ms())
      throw jackfield::Reject{"SWAP_TOO_SOON", "两次换卡的间隔不足" + interval() + ",请稍后再办理"};
  }

  [[nodiscard]] string interval() const {
    const auto minutes = std::chrono::ceil<std::chrono::minutes>(settings.swap_interval.ms()).count();
    return minutes % 60 == 0 ? std::to_string(minutes / 60) + "小时" : std::to_string(minutes) + "分钟";
  }

  void refuse_card(const string& iccid, const string& today) const {
    if (!Iccid::parse(iccid, shared.iccid)) throw jackfield::Reject{"CARD_UNKNOWN", "卡号" + iccid + "不正确"};
    if (iccid == today) throw jackfield::Reject{"CARD_TAKEN", "卡" + iccid + "就是当前使用的卡,请更换一张卡"};
  }
};

}  // namespace card

JACKFIELD_PLUGIN("card", "1.0.0", card::Select)
