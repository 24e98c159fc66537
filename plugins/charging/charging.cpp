// 合帐、分帐、收费: takes the money once, books it on the right accounts, and gives it back once.
#include <jackfield/database.hpp>
#include <jackfield/plugin.hpp>

#include <map>
#include <optional>

#include "ledger.hpp"

namespace {

constexpr std::int64_t most_fen = 1'000'000'000'000;

struct Item {
  std::string item;
  std::int64_t amount_fen = 0;
  std::string text;
  JF_FIELDS((item, "as priced", jackfield::required), (amount_fen, "negative: taken off", jackfield::required),
            (text, "its name for the customer"))
};

struct Split {
  std::string item;
  std::string account;
  JF_FIELDS((item, "an item of the bill, by its id or its text", jackfield::required),
            (account, "who pays for it: an account, or \"new\"", jackfield::required))
};

struct Account {
  std::string mode = "new";
  std::string join;
  std::vector<Split> split;
  JF_FIELDS((mode, "new, join (合帐) or split (分帐)"), (join, "the account joined"),
            (split, "items other accounts pay for; the rest is the order's account's"))
};

struct Payment {
  std::string method;
  jackfield::Sensitive reference;
  JF_FIELDS((method, "cash, card, wallet or account", jackfield::required), (reference, "kept as a digest alone"))
};

struct Order {
  std::string service;
  std::string channel;
  std::string op;
  std::string customer;
  std::string msisdn;
  std::vector<Item> items;
  std::int64_t total_fen = 0;
  Account account;
  Payment payment;
  bool captured = false;
  JF_FIELDS(service, channel, (op, "who took the order", jackfield::named("operator")),
            (customer, "the customer's id"), msisdn, (items, "the lines of the bill", jackfield::required),
            (total_fen, "their sum", jackfield::required), (account, "who pays; left out: a new account"),
            (payment, "how", jackfield::required), (captured, "the payment gateway has taken the money"))
};

struct Entry {
  std::string account;
  std::string item;
  std::string ledger;
  std::int64_t debit_fen = 0;
  std::int64_t credit_fen = 0;
  JF_FIELDS(account, item, (ledger, "cash, card, wallet, receivable, income or liability"), debit_fen, credit_fen)
};

struct Charged {
  std::string charge;
  std::string account;
  std::int64_t total_fen = 0;
  std::int64_t charged_at = 0;
  std::string method;
  std::vector<Entry> entries;
  JF_FIELDS((charge, "names this charge towards charging.refund"), (account, "the order's account"), total_fen,
            (charged_at, "Unix time in ms"), method, (entries, "double entry: debits equal credits"))
};

struct Undone {
  struct Output {
    std::string charge;
    JF_FIELDS(charge)
  };
  std::optional<Output> output;
  JF_FIELDS((output, "what charging.charge answered; left out: every charge of this order"))
};

struct Refunded {
  std::int64_t refunded_fen = 0;
  std::int64_t refunded_at = 0;
  std::vector<Entry> entries;
  JF_FIELDS((refunded_fen, "what was given back now; 0 where it had been before"), (refunded_at, "Unix time in ms"),
            (entries, "the reversing entries"))
};

struct Books {
  Books(const jackfield::NoSettings&, jackfield::Host& host) : database(host, Ledger::tables) {
    database.transaction([&](soci::session& sql) { ledger.emplace(sql); });
  }

  jackfield::Database database;
  std::optional<Ledger> ledger;
};

std::vector<Entry> shown(const std::vector<Posting>& postings) {
  std::vector<Entry> entries;
  for (const auto& made : postings)
    entries.push_back({made.account, made.item, made.ledger, made.debit_fen, made.credit_fen});
  return entries;
}

struct Collect : jackfield::Step<jackfield::NoSettings, Order, Charged, Books> {
  static constexpr auto info = jackfield::step("charging.charge", "Collects the bill and books it, once").keyed();

  Charged run(const Order& order, jackfield::Context& ctx) {
    check_total(order);
    check_payment(order);
    auto& sql = shared.database.sql();
    Charge charge;
    charge.key = ctx.key();
    charge.instance = ctx.instance();
    charge.customer = order.customer;
    charge.method = order.payment.method;
    charge.reference = order.payment.reference.reveal();
    charge.total_fen = order.total_fen;
    charge.charged_at_ms = ctx.now().time_since_epoch().count();
    charge.account = own_account(order, charge);
    auto entries = post(lines(order, charge), charge.method);
    shared.ledger->write(sql, charge, entries);
    return {charge.key, charge.account, charge.total_fen, charge.charged_at_ms, charge.method, shown(entries)};
  }

  static void check_total(const Order& order) {
    std::int64_t sum_fen = 0;
    for (const auto& item : order.items) {
      if (item.amount_fen > most_fen || item.amount_fen < -most_fen)
        throw jackfield::Fail{"INPUT_INVALID", "item " + item.item + " is beyond " + std::to_string(most_fen) + " fen"};
      sum_fen += item.amount_fen;
    }
    if (sum_fen != order.total_fen || sum_fen < 0)
      throw jackfield::Fail{"INPUT_INVALID", "total_fen: the items sum up to " + std::to_string(sum_fen) +
                                                 " fen, found " + std::to_string(order.total_fen)};
  }

  // Cash lies on the counter and an account is billed later; anything else is paid when the gateway says so.
  static void check_payment(const Order& order) {
    const auto& method = order.payment.method;
    if (method == "cash" || method == "account") return;
    if ((method == "card" || method == "wallet") && order.captured) return;
    throw jackfield::Reject{"PAYMENT_DECLINED", "支付未成功(支付方式:" + method + "),请改用现金或其他支付方式"};
  }

  // 合帐 joins an account that exists; else, also for 分帐 without one to join, the order gets its own.
  std::string own_account(const Order& order, const Charge& charge) {
    const auto& account = order.account;
    if (account.mode != "new" && account.mode != "join" && account.mode != "split")
      throw jackfield::Fail{"INPUT_INVALID", "account.mode: expected new, join or split, found '" + account.mode + "'"};
    bool joins = account.mode == "join" || (account.mode == "split" && !account.join.empty());
    if (!joins) return open_account(charge);
    return known(account.join, charge);
  }

  std::vector<ChargedLine> lines(const Order& order, const Charge& charge) {
    std::map<std::string, std::string> payer;  // by item
    if (order.account.mode == "split") {
      std::string extra;
      for (const auto& part : order.account.split) {
        if (part.account == "new" && extra.empty()) extra = open_account(charge);
        auto& paid_by = payer[item_of(part.item, order.items)];
        if (!paid_by.empty()) throw jackfield::Reject{"ITEM_TWICE", "分帐项目“" + part.item + "”写了两次"};
        paid_by = part.account == "new" ? extra : known(part.account, charge);
      }
    }
    std::vector<ChargedLine> all;
    for (const auto& item : order.items) {
      auto found = payer.find(item.item);
      all.push_back({found == payer.end() ? charge.account : found->second, item.item, item.amount_fen});
    }
    return all;
  }

  // The item's id, of an item of the bill by its id or text, or of one that can be on a bill and is not on this one.
  static std::string item_of(const std::string& word, const std::vector<Item>& bill) {
    for (const auto& item : bill)
      if (word == item.item || word == item.text) return item.item;
    const auto kind = item_kind(word);
    if (kind.empty()) throw jackfield::Reject{"ITEM_UNKNOWN", "没有分帐项目“" + word + "”"};
    return std::string(kind);
  }

  std::string open_account(const Charge& charge) {
    return shared.ledger->open_account(shared.database.sql(), charge.key, charge.customer, charge.charged_at_ms);
  }

  // Another's account is as unknown as one that does not exist: nobody learns whose there are.
  const std::string& known(const std::string& account, const Charge& charge) {
    if (!shared.ledger->is_open(shared.database.sql(), account, charge.customer))
      throw jackfield::Reject{"ACCOUNT_UNKNOWN", "您名下没有帐户“" + account + "”"};
    return account;
  }
};

struct Refund : jackfield::Step<jackfield::NoSettings, Undone, Refunded, Books> {
  static constexpr auto info = jackfield::step("charging.refund", "Gives a charge back, once").keyed();

  Refunded run(const Undone& undone, jackfield::Context& ctx) {
    auto& sql = shared.database.sql();
    Refunded refunded;
    refunded.refunded_at = ctx.now().time_since_epoch().count();
    auto keys = undone.output && !undone.output->charge.empty() ? std::vector<std::string>{undone.output->charge}
                              : shared.ledger->unrefunded(sql, std::string(ctx.instance()));
    for (const auto& key : keys) {
      auto reversal = shared.ledger->refund(sql, key, std::string(ctx.key()), refunded.refunded_at);
      refunded.refunded_fen += reversal.refunded_fen;
      for (auto& entry : shown(reversal.entries)) refunded.entries.push_back(std::move(entry));
    }
    return refunded;
  }
};

}  // namespace

JACKFIELD_PLUGIN("charging", "1.0.0", Collect, Refund)
