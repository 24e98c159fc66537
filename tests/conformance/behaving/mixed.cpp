// A step of each kind in one library, with a thread of its own, and nothing wrong.
#include <jackfield/plugin.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace {

struct Settings {
  std::string greeting = "hello";
  JF_FIELDS((greeting, "what it says"))
};
struct Name {
  std::string name;
  std::optional<std::string> by;
  JF_FIELDS((name, "who is greeted", jackfield::required), by)
};
struct Greeting {
  std::string text;
  JF_FIELDS(text)
};

/// A thread that answers what it is given, in order, and all of it before it ends.
struct Clerk {
  using Done = jackfield::Completion<Greeting>;
  static constexpr auto traits = jackfield::traits().reentrant().blocking();

  Clerk() : thread([this] { serve(); }) {}
  ~Clerk() { end(); }

  void give(std::string text, Done done) {
    {
      const std::lock_guard lock(mutex);
      queue.emplace_back(std::move(text), std::move(done));
    }
    wake.notify_one();
  }
  void end() {
    {
      const std::lock_guard lock(mutex);
      ends = true;
    }
    wake.notify_one();
    if (thread.joinable()) thread.join();
  }
  void serve() {
    std::unique_lock lock(mutex);
    while (wake.wait(lock, [this] { return ends || !queue.empty(); }), !queue.empty()) {
      auto [text, done] = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      done(Greeting{text});
      lock.lock();
    }
  }

  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::pair<std::string, Done>> queue;
  bool ends = false;
  std::thread thread;
};

struct Greet : jackfield::Step<Settings, Name, Greeting, Clerk> {
  static constexpr auto info = jackfield::step("mixed.greet", "Greets at once").pure();
  Greeting run(const Name& in, jackfield::Context&) {
    if (in.name.empty()) throw jackfield::Reject{"NOBODY", "there is nobody to greet"};
    return {settings.greeting + " " + in.name};
  }
};
struct GreetAll : jackfield::BatchStep<Settings, Name, Greeting, Clerk> {
  static constexpr auto info = jackfield::step("mixed.greet_all", "Greets many together").idempotent();
  std::vector<jackfield::Answer<Greeting>> run(std::span<const jackfield::Task<Name>> tasks) {
    std::vector<jackfield::Answer<Greeting>> answers;
    for (const auto& task : tasks) answers.push_back(Greeting{settings.greeting + " " + task.in.name});
    return answers;
  }
};
struct GreetLater : jackfield::AsyncStep<Settings, Name, Greeting, Clerk> {
  static constexpr auto info = jackfield::step("mixed.greet_later", "Greets when its turn has come").idempotent();
  void start(Name in, jackfield::Context, jackfield::Completion<Greeting> done) {
    shared.give(settings.greeting + " " + in.name, std::move(done));
  }
  void stop() { shared.end(); }
};

}  // namespace

JACKFIELD_PLUGIN("mixed", "1.0.0", Greet, GreetAll, GreetLater)
