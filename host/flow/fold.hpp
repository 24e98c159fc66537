// One application of decide(): the walk from an event to the places where the instance stops again.
//
// Lives for one event. Split by noun: walk.cpp (from node to node), answer.cpp (what a step said), ending.cpp (undo,
// and the four ends), names.cpp (what expressions see).
#pragma once

#include "flow/decide.hpp"

namespace jackfield::flow {

/// A node is come to at most this often; more is a loop that gets nowhere.
inline constexpr std::uint32_t visits_limit = 1000;

/// The token is parked, and its task is for this plugin.
[[nodiscard]] bool waits_for_plugin(const Graph& graph, const Token& token, const std::string& plugin);

class Fold {
 public:
  Fold(const Graph& graph, State& state, TimePoint now) : graph_(graph), state_(state), now_(now) {}

  void start(Event& event);
  void answer(Event& event);
  void timer();
  void arrived(const Event& event);
  void cancel();
  void resume(const Event& event);
  void recovered();
  void unparked(const Event& event);
  /// Brings status, step and phase up to date; gives the effects.
  std::vector<Effect> settle();

 private:
  // walk.cpp
  std::uint32_t spawn(int node, std::uint32_t parent, std::string item);
  void go(std::uint32_t token, int node, bool forced = false);
  int pass(std::uint32_t token, int node);       // the node after one that needs no stop, or stopped
  void fork(std::uint32_t token, const Node& node, int index);
  void split(std::uint32_t token, const Node& node, int index);
  int join(std::uint32_t token, const Node& node);
  void wait(std::uint32_t token, const Node& node);
  void begin_step(std::uint32_t token, const Node& node, int index);
  void detach(const Node& node, int index, const Token& from);
  void dispatch(Token& token);
  void remove(std::uint32_t token);
  void forget(const Node& node, const std::string& path);
  [[nodiscard]] std::string key(const Token& token) const;

  // answer.cpp
  void done(Token& token, Event& event);
  void verified(Token& token, Event& event);
  void park(Token& token, const Event& event);
  void poisoned(Token& token, const Event& event);
  void again(Token& token, const std::string& code, const std::string& text, Millis after);
  void uncertain(Token& token, const std::string& code, const std::string& text, Millis after = Millis{0});
  void refused(std::uint32_t token, Status status, const std::string& code, const std::string& text);
  void expired(Token& token);
  void hold(Token& token, const std::string& code, const std::string& text);
  void bury(Token& token, const std::string& code, const std::string& text);
  bool take_edge(std::uint32_t token, const std::string& code, const std::string& text);
  void note(Token& token, const char* state, const std::string& code = {}, const std::string& text = {},
            std::int64_t took_us = 0);

  // ending.cpp
  void end_with(Status status, std::string code, std::string text, std::string step);
  void drain();                                  // once nothing of the flow is at work: undo, then finish
  void finish();
  void push_undo(const Token& token, Value output);
  void push_undo_of_unfinished(const Token& token);  // where it has an undo, and something to be undone

  // names.cpp
  [[nodiscard]] const Value* look_up(const Node& node, const Token* token, std::string_view name);
  [[nodiscard]] Lookup names(const Node& node, const Token* token);
  [[nodiscard]] Value& output(const Node& node, const Token& token);

  const Graph& graph_;
  State& state_;
  TimePoint now_;
  std::vector<Effect> effects_;
  std::string version_;                          // of the plugin whose answer is folded
  Value instance_;                               // what `instance` is, made when first asked for
  static constexpr int stopped = -2;
};

}  // namespace jackfield::flow
