// The finance system: a file a day, double entry, each line on disk before its step is done.
#include "closing.hpp"

#include <jackfield/plugin.hpp>

#include <optional>
#include <span>

namespace {

using namespace std::chrono_literals;

struct Settings {
  jackfield::Path directory;
  jackfield::Duration timeout = 5s;
  JF_FIELDS((directory, "where the day files are; empty: {data_dir}/finance"),
            (timeout, "as of every adapter; files have none of their own"))
};

struct Ledger {
  static constexpr auto traits = jackfield::traits().blocking().batch().summary("财务管理系统");
  Ledger(const Settings& settings, jackfield::Host& host)
      : books(settings.directory.str(), host), closing(books) {}
  finance::Books books;
  finance::Closing closing;
};

struct NotifyIn {
  std::string channel, operator_name;
  std::vector<finance::Entry> entries;
  jackfield::Any charged_at;
  template <class Self, class Visitor>
  static constexpr void jf_fields(Self& self, Visitor&& visit) {  // `operator` is a word of C++: named by hand
    visit(jackfield::Field{"channel", "where it was ordered"}, self.channel);
    visit(jackfield::Field{"operator", "who took the order"}, self.operator_name);
    visit(jackfield::Field{"entries", "the charge, double entry: {account, item, debit_fen, credit_fen}",
                           jackfield::required},
          self.entries);
    visit(jackfield::Field{"charged_at", "when it was charged; the books count when it is posted"}, self.charged_at);
  }
};

struct NotifyOut {
  std::int64_t entries = 0;
  JF_FIELDS((entries, "how many entries of the order the books hold by this step"))
};

using Tasks = std::span<const jackfield::Task<NotifyIn>>;
using Answers = std::vector<jackfield::Answer<NotifyOut>>;

/// All the tasks' postings in one write; a task whose charge does not balance is refused by itself.
template <class Make>
Answers post_all(Tasks tasks, finance::Books& books, Make make) {
  std::vector<finance::Posting> postings;
  Answers answers;
  for (const auto& task : tasks) {
    try {
      const auto made =
          make(task.ctx.instance(), finance::Charge{task.in.channel, task.in.operator_name, task.in.entries});
      postings.insert(postings.end(), made.begin(), made.end());
      answers.push_back(NotifyOut{static_cast<std::int64_t>(made.size())});
    } catch (const jackfield::Failure& failure) {
      answers.push_back(failure);
    }
  }
  books.post(postings);
  return answers;
}

struct Notify : jackfield::BatchStep<Settings, NotifyIn, NotifyOut, Ledger> {
  static constexpr auto info = jackfield::step("finance.notify", "Books an order's charge").idempotent();
  Answers run(Tasks tasks) { return post_all(tasks, shared.books, finance::charges); }
};

struct Settle : jackfield::BatchStep<Settings, NotifyIn, NotifyOut, Ledger> {
  static constexpr auto info =
      jackfield::step("finance.settle", "Books an undone order's charge and its reversal").idempotent();
  Answers run(Tasks tasks) {
    return post_all(tasks, shared.books, [](std::string_view order, const finance::Charge& charge) {
      auto both = finance::charges(order, charge);
      const auto back = finance::reversals(order, charge);
      both.insert(both.end(), back.begin(), back.end());
      return both;
    });
  }
};

}  // namespace

JACKFIELD_ADAPTER("finance", "1.0.0", Notify, Settle)
