// The switchboard's inside, shared by its four sources: switchboard.cpp (tasks out), hearing.cpp (answers in),
// upkeep.cpp (threads and processes that hang, die or are replaced), opening.cpp (start and stop).
#pragma once

#include "lane/frames.hpp"
#include "lane/lane.hpp"
#include "lane/switchboard.hpp"

#include <zmq.hpp>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace jackfield::lane {

inline constexpr std::int64_t check_every_ms = 50;
inline constexpr std::size_t name_bytes = 32;        // of a runner's name, which its sockets' names begin with

[[nodiscard]] AnswerView refusal(std::uint64_t token, std::int32_t status, std::string_view code,
                                 std::string_view text);

struct Switchboard::Impl {
  struct Late {
    std::uint64_t token;
    std::int64_t since_ms;
  };

  Impl(zmq::context_t& context, plugin::Registry& registry, std::size_t queue_limit, Fittings fittings);
  ~Impl();
  void let_go();
  void stop();
  [[nodiscard]] std::unique_ptr<Edition> make(const plugin::Plugin& plugin);
  void await_runners();
  [[nodiscard]] std::string refusals() const;
  Yard yard();

  [[nodiscard]] Lane* lane_of(const std::string& step);
  [[nodiscard]] bool give(Task& task);
  void answer_here(const AnswerView& answer);
  void say_here(zmq::message_t message);
  void distribute(Lane& lane);
  void load(Lane& lane, const std::shared_ptr<Peer>& peer, std::size_t most);
  void refuse_waiting(Lane& lane);
  void park(std::uint64_t token, const Parking& parking);
  void park_waiting(Lane& lane, const Parking& parking);
  void send(const Peer& peer, zmq::message_t message);
  void check(std::int64_t now_ms);
  void look_after(Lane& lane);
  void look_after(Lane& lane, Edition& edition);
  void mourn(Lane& lane, Edition& edition, const Death& death);
  void replace(Lane& lane, std::unique_ptr<Edition> next);
  void judge_next(Lane& lane);
  void retire(Lane& lane);
  [[nodiscard]] bool suspect(Lane& lane, const std::string& key, std::uint64_t token, const Death& death);
  void take_back(Lane& lane, Lost lost);
  void write_off(std::int64_t now_ms);

  std::size_t collect(std::vector<Answer>* answers);
  void hear_inside(const Frame& frame, const std::string& from, std::vector<Answer>* answers);
  void hear_outside(const Frame& frame, const std::string& from, std::vector<Answer>* answers);
  [[nodiscard]] std::pair<Lane*, Edition*> of_runner(const std::string& from);
  void greet(Lane& lane, Edition& edition, const Hello& hello, std::string address, bool outside);
  void part(const std::string& address);
  void meet(const AnswerView& view, std::vector<Answer>* answers);
  void abandon(std::uint64_t token);

  plugin::Registry& registry_;
  const std::size_t queue_limit_;
  const Fittings fittings_;
  const std::string address_;
  zmq::context_t& context_;
  zmq::socket_t router_, echo_;      // echo_: what the switchboard itself has to answer comes the same way
  zmq::socket_t outside_;            // runner processes, bound when the first is made
  std::string endpoint_, own_folder_;
  int watch_ = -1;
  std::map<std::string, Lane> lanes_;
  std::unordered_map<std::string, Lane*> steps_;
  std::unordered_map<std::uint64_t, Flight> flights_;
  std::deque<Late> late_;            // abandoned and under way, by the time they were abandoned
  std::int64_t checked_ms_ = 0;
  std::vector<Lanes::Replaced> replaced_;   // not yet told
  bool stopping_ = false;
};

}  // namespace jackfield::lane
