// Says everything a step can say.
#include <jackfield/plugin.hpp>

struct Wish {
  std::string say;
  int number = 0;
  std::vector<std::string> tags;
  JF_FIELDS((say, "which outcome", jackfield::required), number, tags)
};
struct Said {
  std::string key, instance, flow, step;
  std::uint32_t attempt = 0;
  std::int64_t now_ms = 0, remaining_ms = 0;
  bool is_cancelled = false;
  JF_FIELDS(key, instance, flow, step, attempt, now_ms, remaining_ms, is_cancelled)
};
struct Settings {
  jackfield::Duration hold = std::chrono::minutes(30);
  jackfield::Path numbers{"data/numbers.csv"};
  jackfield::Path folder{"{data_dir}/files"};
  jackfield::Secret password;
  JF_FIELDS(hold, numbers, folder, password)
};
struct State {
  static constexpr auto traits = jackfield::traits().reentrant().blocking().summary("Says everything");
  State(const Settings& settings, jackfield::Host& host) {
    if (settings.hold > std::chrono::hours(48)) throw std::runtime_error("hold: found more than 48h, expected less");
    host.info("numbers " + settings.numbers.str() + " folder " + settings.folder.str());
  }
};

struct Say : jackfield::Step<Settings, Wish, Said, State> {
  static constexpr auto info = jackfield::step("outcomes.say", "Says what it is told").idempotent();
  Said run(const Wish& wish, jackfield::Context& ctx) {
    if (wish.say == "reject") throw jackfield::Reject{"NO_STOCK", "无可用号码"};
    if (wish.say == "retry") throw jackfield::Retry{"busy", 250};
    if (wish.say == "fail") throw jackfield::Fail{"WRONG", "mend it"};
    if (wish.say == "unknown") throw jackfield::Unknown{"NO_ANSWER", "ask again", 70};
    if (wish.say == "not done") throw jackfield::NotDone{"REFUSED", "at once"};
    if (wish.say == "broken") throw jackfield::Broken{"out of order"};
    if (wish.say == "throw") throw std::runtime_error("unforeseen");
    if (wish.say == "throw a number") throw 42;
    ctx.warn("said " + wish.say);
    ctx.count("said", 2);
    return {
        std::string(ctx.key()), std::string(ctx.instance()),          std::string(ctx.flow()), std::string(ctx.step()),
        ctx.attempt(),          ctx.now().time_since_epoch().count(), ctx.remaining().count(), ctx.cancelled()};
  }
};

JACKFIELD_ADAPTER("outcomes", "2.1.0", Say)
