// Answers later, from a thread of its own.
#include <jackfield/plugin.hpp>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

struct Parcel {
  std::string how;
  JF_FIELDS(how)
};
struct Receipt {
  std::string by;
  JF_FIELDS(by)
};

/// Holds what is on its way until `courier.deliver` lets it go on a thread of its own.
struct Depot {
  using Done = jackfield::Completion<Receipt>;
  void hold(std::string how, Done done) {
    const std::lock_guard lock(mutex);
    held.emplace_back(std::move(how), std::move(done));
  }
  void deliver() {
    std::vector<std::pair<std::string, Done>> parcels;
    {
      const std::lock_guard lock(mutex);
      parcels.swap(held);
    }
    std::thread([&] {
      for (auto& [how, done] : parcels) answer(how, done);
    }).join();
  }
  static void answer(const std::string& how, Done& done) {
    if (how == "reject") return done.reject("NOBODY_HOME", "nobody opened");
    if (how == "retry") return done.retry("traffic", 30);
    if (how == "fail") return done.fail("LOST", "it is lost");
    if (how == "unknown") return done.unknown("NO_SIGNATURE", "perhaps");
    if (how == "drop") return;  // dropped with the list
    done({"courier"});
    if (how == "twice") done.fail("AGAIN", "a second answer");
  }
  std::mutex mutex;
  std::vector<std::pair<std::string, Done>> held;
};

struct Send : jackfield::AsyncStep<jackfield::NoSettings, Parcel, Receipt, Depot> {
  static constexpr auto info = jackfield::step("courier.send", "Sends a parcel").irreversible();
  void start(Parcel in, jackfield::Context ctx, jackfield::Completion<Receipt> done) {
    if (in.how == "at once") return done({"clerk"});
    if (in.how == "throw") throw jackfield::Reject{"TOO_HEAVY", "over 30 kg"};
    if (in.how == "forget") return;
    shared.hold(in.how, std::move(done));
  }
  void cancel(std::uint64_t token) { cancelled = token; }
  void stop() {
    for (auto& [how, done] : shared.held) {
      if (how != "keep") done.unknown("CLOSED", "the depot has closed");
    }
  }
  std::uint64_t cancelled = 0;
};
struct Deliver : jackfield::Step<jackfield::NoSettings, jackfield::Nothing, jackfield::Nothing, Depot> {
  static constexpr auto info = jackfield::step("courier.deliver", "Lets all parcels go").idempotent();
  jackfield::Nothing run(const jackfield::Nothing&, jackfield::Context&) {
    shared.deliver();
    return {};
  }
};

JACKFIELD_PLUGIN("courier", "1.0.0", Send, Deliver)
