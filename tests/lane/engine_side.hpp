// The engine's side of a test: gives tasks, turns the loop, keeps the answers. Its clock stands still until moved.
#pragma once

#include "fake_plugin.hpp"

#include "lane/switchboard.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>

namespace jackfield::lane {

class EngineSide {
 public:
  explicit EngineSide(std::initializer_list<FakePlugin*> fakes, std::size_t queue_limit = 100'000,
                      std::chrono::milliseconds drain = std::chrono::seconds(30))
      : registry_(fakes) {
    Fittings fittings;
    fittings.now_ms = [clock = clock_] { return clock->load(); };
    fittings.metric = [this](const std::string& plugin, std::int32_t kind, std::string_view name, std::string_view,
                             double value) { metrics += plugin + " " + std::to_string(kind) + " " + std::string(name) +
                                                        " " + std::to_string(static_cast<int>(value)); };
    fittings.drain = drain;
    board_.emplace(context_, registry_, queue_limit, std::move(fittings));
  }

  [[nodiscard]] bool give(std::uint64_t token, const std::string& step, std::int64_t deadline_ms = 0) {
    Task task;
    task.token = token;
    task.step = step;
    task.instance = "i1";
    task.flow = "open-account";
    task.key = "i1/" + step;
    task.deadline_ms = deadline_ms;
    task.input = {0x80};
    return board_->give(task);
  }
  /// One turn of the loop: what is under way may come, nothing is waited for longer than `wait_ms`.
  void turn(long wait_ms = 0) {
    board_->flush();
    zmq::pollitem_t item{board_->socket().handle(), 0, ZMQ_POLLIN, 0};
    zmq::poll(&item, 1, std::chrono::milliseconds(wait_ms));
    std::vector<Answer> come;
    board_->collect(come);
    for (auto& answer : come) {
      ++count;
      EXPECT_TRUE(answers.emplace(answer.token, answer).second) << "a second answer to " << answer.token;
    }
  }
  /// Turns until `condition`, as long as the test runner lets it.
  template <class Condition>
  void until(Condition condition) {
    for (int turns = 0; !condition(); ++turns) {
      ASSERT_LT(turns, 6000) << "nothing came for a minute";
      turn(10);
    }
  }
  void until_answers(std::size_t n) {
    until([&] { return count >= n; });
  }
  void abandon(std::uint64_t token) { board_->abandon(token); }
  [[nodiscard]] LaneStatus status(std::size_t lane = 0) const { return board_->status().at(lane); }
  void advance(std::int64_t ms) { *clock_ += ms; }
  [[nodiscard]] std::int64_t now() const { return *clock_; }
  void stop() { board_.reset(); }

  std::map<std::uint64_t, Answer> answers;
  std::size_t count = 0;
  std::string metrics;

 private:
  zmq::context_t context_;
  FakeRegistry registry_;
  std::shared_ptr<std::atomic<std::int64_t>> clock_ = std::make_shared<std::atomic<std::int64_t>>(1'000'000);
  std::optional<Switchboard> board_;
};

}  // namespace jackfield::lane
