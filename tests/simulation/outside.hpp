// The engine's outside, under the history's hand: nothing comes or goes but what it lets come and go.
//
// All of it belongs to one life of the host; what must outlive a crash (the tables, the world) is the history's.
#pragma once

#include "engine/outside.hpp"
#include "oracle.hpp"
#include "random.hpp"
#include "trace.hpp"
#include "world.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jackfield::simulation {

/// Decides whether the host dies at this very call, or is told that its store cannot be read just now.
class Fate {
 public:
  explicit Fate(Random& random) : random_(random) {}
  void at(const char* where) {
    if (permille > 0 && random_.permille(permille)) throw Crash{where};
  }
  /// A failure is followed by a reading that succeeds: the host waits longer and longer, in real time.
  void at_reading() {
    at("while the store is read");
    stumbled_ = !stumbled_ && permille > 0 && random_.permille(4 * permille);
    if (stumbled_) throw store::StoreError(store::StoreError::Kind::busy, "the store is busy");
  }
  unsigned permille = 0;

 private:
  Random& random_;
  bool stumbled_ = false;
};

class Inbox final : public engine::Inbox {
 public:
  explicit Inbox(std::size_t limit) : limit_(limit) {}
  std::unique_ptr<engine::Client> client() override { return nullptr; }
  bool ready() const override { return ready_; }
  void set_ready(bool ready) override { ready_ = ready; }
  void close() override {}
  std::unique_ptr<engine::Asked> take() override {
    if (asked_.empty()) return nullptr;
    auto first = std::move(asked_.front());
    asked_.pop_front();
    return first;
  }
  /// False where as many wait as may.
  bool ask(engine::Request request, std::function<void(engine::Reply)> answer) {
    if (asked_.size() >= limit_) return false;
    asked_.push_back(std::make_unique<engine::Asked>(engine::Asked{std::move(request), std::move(answer)}));
    return true;
  }
  [[nodiscard]] std::size_t waiting() const { return asked_.size(); }

 private:
  std::size_t limit_;
  bool ready_ = false;
  std::deque<std::unique_ptr<engine::Asked>> asked_;
};

class Scribe final : public engine::Scribe {
 public:
  Scribe(Oracle& oracle, Fate& fate) : oracle_(oracle), fate_(fate) {}
  void hand(std::unique_ptr<store::Batch> batch) override {
    if (pending) throw Broken("5 one writer", "a batch was handed over while another was being written");
    fate_.at("before a batch is handed over");
    oracle_.handed(*batch);
    pending = std::move(batch);
    fate_.at("after a batch is handed over");
  }
  std::optional<Outcome> done() override {
    fate_.at("before a commit is told of");
    return std::exchange(outcome, std::nullopt);
  }
  std::size_t pruned() const override { return 0; }
  bool healthy() const override { return well; }

  std::unique_ptr<store::Batch> pending;
  std::optional<Outcome> outcome;
  bool well = true;

 private:
  Oracle& oracle_;
  Fate& fate_;
};

/// Tasks that were given, in order; the history takes them out, and puts answers in.
class Lanes final : public lane::Lanes {
 public:
  struct Given {
    lane::Task task;
    bool abandoned = false;
  };
  struct Said {
    lane::Task task;
    lane::Answer answer;
  };

  Lanes(Oracle& oracle, Fate& fate, Trace& trace, std::size_t limit)
      : oracle_(oracle), fate_(fate), trace_(trace), limit_(limit) {}
  bool give(lane::Task& task) override;
  void flush() override { fate_.at("before the lanes are flushed"); }
  std::size_t collect(std::vector<lane::Answer>& answers) override;
  void abandon(std::uint64_t token) override;
  std::vector<lane::LaneStatus> status() const override { return {}; }
  std::vector<std::string> freed() override { return std::exchange(back, {}); }

  std::vector<Given> given;        // not yet done
  std::vector<Said> said;          // done, and not yet on their way to the engine
  std::vector<Said> arriving;      // collected next
  std::set<std::string> away;      // plugins that take nothing now
  std::vector<std::string> back;   // those that take tasks again, and it was not yet told

 private:
  Oracle& oracle_;
  Fate& fate_;
  Trace& trace_;
  std::size_t limit_;
};

class Bell final : public engine::Bell {
 public:
  void wait(std::chrono::milliseconds, bool) override {}
};

/// A reader that dies or fails now and then.
[[nodiscard]] std::unique_ptr<store::Reader> fated(std::unique_ptr<store::Reader> reader, Fate& fate);

}  // namespace jackfield::simulation
