// The statistics system: one point an order, the moment it ends. InfluxDB 1.x line protocol over HTTP.
#include "point.hpp"

#include <jackfield/http_answer.hpp>
#include <jackfield/plugin.hpp>

#include <string_view>

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t at_ms_most = 9'000'000'000'000;  // beyond it the timestamp in nanoseconds would overflow

struct Settings {
  std::string url = "http://127.0.0.1:7204";
  jackfield::Duration timeout = 5s;
  JF_FIELDS((url, "where the statistics system listens: http://host:port"), (timeout, "the longest one point may take"))
};

struct StatisticsSystem {
  static constexpr auto traits = jackfield::traits().reentrant().blocking().summary("统计管理系统");
  StatisticsSystem(const Settings& settings, jackfield::Host&) : client(settings.url) {}
  jackfield::HttpClient client;
};

struct FeedIn {
  std::string service, channel, outcome;
  std::int64_t fee_fen = 0, started_at = 0, ended_at = 0;
  JF_FIELDS((service, "the order's flow", jackfield::required), (channel, "where it was ordered"),
            (outcome, "completed, rejected, failed or cancelled", jackfield::required), (fee_fen, "what was charged"),
            (started_at, "Unix time in ms"), (ended_at, "Unix time in ms", jackfield::required))
};

struct Feed : jackfield::Step<Settings, FeedIn, jackfield::Nothing, StatisticsSystem> {
  static constexpr auto info = jackfield::step("statistics.feed", "Writes the order's point").idempotent();

  jackfield::Nothing run(const FeedIn& in, jackfield::Context& ctx) {
    if (in.ended_at <= 0 || in.ended_at > at_ms_most) {
      throw jackfield::Fail{"TIME_INVALID",
                            "found ended_at " + std::to_string(in.ended_at) + ", expected Unix time in ms"};
    }
    const std::string line =
        statistics::line({ctx.instance(), in.service, in.channel, in.outcome, in.fee_fen, in.started_at, in.ended_at});
    const auto reply =
        jackfield::send_or_retry(shared.client, "POST", "/write?db=jackfield&precision=ns", "text/plain; charset=utf-8",
                                 line, jackfield::time_for(ctx, settings.timeout), "the statistics system");
    jackfield::expect_success(reply, "the statistics system");
    return {};
  }
};

}  // namespace

JACKFIELD_ADAPTER("statistics", "1.0.0", Feed)
