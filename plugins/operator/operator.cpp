// 操作人员工作日志: who did what, when, through which channel, and how it ended.
#include <jackfield/database.hpp>
#include <jackfield/plugin.hpp>

#include <optional>

#include "journal.hpp"

namespace {

struct Settings {
  jackfield::Duration keep = std::chrono::hours(24 * 400);
  JF_FIELDS((keep, "how long the table keeps a line; the files are the operator's to keep"))
};

struct Ended {
  std::string op;
  std::string channel;
  std::string service;
  std::string outcome;
  std::string msisdn;
  std::int64_t fee_fen = 0;
  std::string rejection;
  JF_FIELDS((op, "who took the order", jackfield::named("operator", jackfield::required)),
            (channel, "where", jackfield::required), (service, "what", jackfield::required),
            (outcome, "completed, rejected, failed or cancelled", jackfield::required),
            (msisdn, "the number, if there is one"), (fee_fen, "what was paid"), (rejection, "its code, if rejected"))
};

struct Logged {
  std::int64_t day = 0;
  JF_FIELDS((day, "yyyymmdd: the file that has the line"))
};

struct Desk {
  Desk(const Settings& settings, jackfield::Host& host) : database(host, Journal::tables) {
    auto now_ms = host.now().time_since_epoch().count();
    database.transaction([&](soci::session& sql) {
      journal.emplace(sql, host.data_dir() + "/operators", host.zone(), now_ms, now_ms - settings.keep.count());
    });
  }

  jackfield::Database database;
  std::optional<Journal> journal;
};

struct Log : jackfield::Step<Settings, Ended, Logged, Desk> {
  static constexpr auto info = jackfield::step("operator.log", "Writes one line into the operators' journal").keyed();

  Logged run(const Ended& ended, jackfield::Context& ctx) {
    WorkLine line{std::string(ctx.key()), ctx.now().time_since_epoch().count(), ended.op,
                  ended.channel,          ended.service,                        std::string(ctx.instance()),
                  ended.outcome,          ended.msisdn,                         ended.fee_fen,
                  ended.rejection};
    return {shared.journal->write(shared.database.sql(), line)};
  }
};

}  // namespace

JACKFIELD_PLUGIN("operator", "1.0.0", Log)
