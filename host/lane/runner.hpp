// A runner process, seen from the host: the same plugin library, contained.
//
// It is started with an address and a secret name, reports under that name, and is then told over the socket what it is
// to run, settings and secrets included. Its threads are peers of the switchboard like a pool's. It is watched by its
// pidfd (its end is known at once), by a heartbeat (one that is stopped or starved is ended) and by its resident memory.
// After its end it is started anew, with a growing wait; one that keeps crashing is quarantined (see quarantine.hpp).
// What it logs, or writes to its standard output, comes by a pipe, so that its last words are not lost with it.
//
// Thread rule: the switchboard's thread. Errors: the constructor throws std::runtime_error where no process can be
// started at all.
#pragma once

#include "lane/breadcrumbs.hpp"
#include "lane/carrier.hpp"
#include "lane/child.hpp"
#include "lane/fittings.hpp"
#include "lane/frames.hpp"
#include "lane/quarantine.hpp"
#include "plugin/registry.hpp"

#include <zmq.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace jackfield::lane {

/// The status a runner ends with when its plugin cannot be made.
inline constexpr int runner_refused = 76;

/// Where runners connect to.
struct Yard {
  zmq::socket_ref router;
  std::string endpoint;
  int watch = -1;                              // an epoll descriptor, readable when a runner wants to be looked after
};

class Runner final : public Carrier {
 public:
  Runner(const plugin::Plugin& plugin, const plugin::Surroundings& surroundings, Yard yard, const Fittings& fittings);
  ~Runner() override;
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// What its sockets' names begin with now; another after every start.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// What the peer that speaks for the process says.
  void hear(const Frame& frame);
  void joined(std::uint64_t place);
  /// It runs, refuses its settings, or has died: its first start is over.
  [[nodiscard]] bool settled() const { return state_ == State::running || starts_ > 1 || ends_ > 0; }
  /// Why the plugin cannot be made; empty where it can, or died instead.
  [[nodiscard]] const std::string& refusal() const { return refusal_; }

  void open() override {}
  [[nodiscard]] std::vector<Lost> check() override;
  [[nodiscard]] std::optional<Death> died() override;
  void cancel(std::uint64_t token) override;
  void uncancel(std::uint64_t token) override;
  [[nodiscard]] bool write_off(std::uint64_t) override { return false; }  // the runner itself does
  void answered() override;
  [[nodiscard]] std::optional<Parking> parking(std::size_t busy) const override;
  bool release() override;
  [[nodiscard]] bool dead() const override { return false; }
  [[nodiscard]] std::size_t places() const override { return places_.size(); }
  [[nodiscard]] int hung() const override { return hung_; }
  [[nodiscard]] std::uint64_t late() const override { return 0; }
  [[nodiscard]] bool made() const override { return state_ == State::running; }
  [[nodiscard]] bool ended() override { return !child_ || child_->ended(); }
  void describe(LaneStatus& status) const override;
  void left(std::uint64_t place) override { places_.erase(place); }
  void close() override;
  bool closed(std::chrono::steady_clock::time_point until) override;

 private:
  using Clock = std::chrono::steady_clock;
  enum class State { down, starting, running, closing };

  void start();
  void end(const std::string& why);
  void bury(const Child::End& end);
  void relay();
  void say(zmq::message_t message);
  [[nodiscard]] zmq::message_t orders() const;
  void look_after(Clock::time_point now);

  const plugin::Plugin plugin_;
  const plugin::Surroundings surroundings_;
  Yard yard_;
  const Fittings fittings_;
  Quarantine quarantine_;
  State state_ = State::down;
  std::string name_;
  std::unique_ptr<Child> child_;
  std::unique_ptr<Breadcrumbs> crumbs_;
  std::set<std::uint64_t> places_;
  std::optional<Death> death_;                 // not yet asked for
  std::string killed_for_, refusal_, reason_;  // why it was ended; why it cannot be made; why it last ended
  std::deque<std::string> last_lines_;
  Clock::time_point died_{}, started_{}, pinged_{}, answered_ping_{}, weighed_{};
  int starts_ = 0, ends_ = 0, crashes_ = 0, hung_ = 0;
};

}  // namespace jackfield::lane
