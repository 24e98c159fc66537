// The steps of the account archive: file an account with its line, and take it back.
#include "archive.hpp"

#include <jackfield/plugin.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace account {

using jackfield::NoSettings;
using jackfield::required;
using std::string;

struct SplitItem {
  string item;
  string account;
  JF_FIELDS((item, "what is billed", required), (account, "who pays it", required))
};

struct CreateIn {
  string account;
  string customer;
  string msisdn;
  std::optional<string> mode;
  std::vector<SplitItem> split;
  string product;
  string tariff;
  JF_FIELDS((account, "the account that was charged", required), (customer, "whose", required),
            (msisdn, "the line", required), (mode, "new, join or split; nothing: new"),
            (split, "items that other accounts pay"), product, tariff)
};

struct CreateOut {
  string account;
  std::int64_t lines = 0;
  JF_FIELDS(account, (lines, "lines on it now"))
};

struct Create : jackfield::Step<NoSettings, CreateIn, CreateOut, Archive> {
  static constexpr auto info = jackfield::step("account.create", "Files an account and puts a line on it").keyed();

  CreateOut run(const CreateIn& in, jackfield::Context& ctx) {
    Line line;
    line.order = string(ctx.instance());
    line.account = in.account;
    line.customer = in.customer;
    line.msisdn = in.msisdn;
    line.mode = in.mode.value_or("new");
    line.product = in.product;
    line.tariff = in.tariff;
    for (const auto& split : in.split) line.splits.push_back({split.item, split.account});
    shared.file(line, ctx.now());
    return {in.account, shared.count_lines(in.account)};
  }
};

struct Remove : jackfield::Step<NoSettings, jackfield::Nothing, jackfield::Nothing, Archive> {
  static constexpr auto info =
      jackfield::step("account.remove", "Undoes account.create: only what the order filed").idempotent();

  jackfield::Nothing run(const jackfield::Nothing&, jackfield::Context& ctx) {
    shared.remove(string(ctx.instance()));
    return {};
  }
};

}  // namespace account

JACKFIELD_PLUGIN("account", "1.0.0", account::Create, account::Remove)
