#include "lane/runner.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace jackfield::lane {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr std::chrono::seconds start_limit{20}, life_limit{5}, ping_every{1};
constexpr milliseconds weigh_every{200}, answers_under_way{20};
constexpr std::size_t kept_lines = 10;
constexpr milliseconds short_wait{250};      // to be started again: tasks stay in the queue meanwhile

std::string new_name() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw std::runtime_error("the system gives no random bytes");
  std::string text;
  for (const unsigned char byte : bytes) {
    constexpr char digits[] = "0123456789abcdef";
    text += {digits[byte >> 4], digits[byte & 15]};
  }
  return text;
}

spdlog::level::level_enum level_of(char letter) {
  switch (letter) {
    case 'T': return spdlog::level::trace;
    case 'D': return spdlog::level::debug;
    case 'W': return spdlog::level::warn;
    case 'E':
    case 'C': return spdlog::level::err;
    default: return spdlog::level::info;
  }
}

// Whoever ends a process from outside does it with one of these.
bool own_doing(const Child::End& end) {
  constexpr std::array outside{SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGQUIT};
  return end.signal == 0 || std::find(outside.begin(), outside.end(), end.signal) == outside.end();
}

std::string megabytes(std::size_t bytes) { return std::to_string(bytes >> 20) + " MB"; }

void watch(int list, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  if (descriptor >= 0) ::epoll_ctl(list, EPOLL_CTL_ADD, descriptor, &event);
}

}  // namespace

Runner::Runner(const plugin::Plugin& plugin, const plugin::Surroundings& surroundings, Yard yard,
               const Fittings& fittings)
    : plugin_(plugin),
      surroundings_(surroundings),
      yard_(std::move(yard)),
      fittings_(fittings),
      quarantine_({fittings.quarantine_crashes, fittings.quarantine_within, fittings.quarantine_probe}) {
  start();
}

Runner::~Runner() {
  close();
  (void)closed(Clock::now() + fittings_.drain);
}

void Runner::start() {
  name_ = new_name();
  const int memory = ::memfd_create("jackfield-breadcrumbs", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (memory < 0) throw std::runtime_error("the system gives no shared memory for a runner");
  try {
    crumbs_ = std::make_unique<Breadcrumbs>(memory, true);
    // The child has it too: were it to cut it off, the host would die of SIGBUS when it reads it.
    if (::fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
      throw std::runtime_error("the system does not seal the shared memory of a runner");
    child_ = std::make_unique<Child>(fittings_.program, std::vector<std::string>{"jackfield", "runner", plugin_.descriptor.id},
                                     yard_.endpoint + " " + name_ + "\n", memory);
  } catch (const std::runtime_error&) {
    ::close(memory);
    throw;
  }
  ::close(memory);
  watch(yard_.watch, child_->pidfd());
  watch(yard_.watch, child_->output());
  state_ = State::starting;
  ++starts_;
  killed_for_.clear();
  refusal_.clear();
  places_.clear();
  started_ = pinged_ = answered_ping_ = weighed_ = Clock::now();
  spdlog::info("plugin '{}' runs in a process of its own, {}", plugin_.descriptor.id, child_->pid());
}

// Everything the runner needs; it travels over the socket alone.
zmq::message_t Runner::orders() const {
  const auto& limits = plugin_.limits;
  const json all = {{"file", plugin_.path},
                    {"settings", json::parse(plugin_.settings_json)},
                    {"threads", plugin_.threads},
                    {"data_dir", surroundings_.data_dir},
                    {"config_dir", surroundings_.config_dir},
                    {"zone", surroundings_.zone},
                    {"store_url", surroundings_.store_url},
                    {"grace_ms", fittings_.grace_ms},
                    {"drain_ms", fittings_.drain.count()},
                    {"now_ms", fittings_.now_ms()},
                    {"memory", limits.memory_bytes},
                    {"files", limits.files},
                    {"log", static_cast<int>(spdlog::get_level())}};
  const std::string text = all.dump();
  return encode(Orders{text});
}

void Runner::say(zmq::message_t message) {
  try {
    constexpr auto flags = zmq::send_flags::dontwait;
    (void)yard_.router.send(zmq::message_t(name_), flags | zmq::send_flags::sndmore);
    (void)yard_.router.send(message, flags);
  } catch (const zmq::error_t&) {
    // It is not connected yet, or no more: its end comes by the pidfd.
  }
}

void Runner::hear(const Frame& frame) {
  answered_ping_ = Clock::now();
  if (std::holds_alternative<Report>(frame)) {
    say(orders());
  } else if (const auto* const refused = std::get_if<Refusal>(&frame)) {
    refusal_ = std::string(refused->text);
  } else if (std::holds_alternative<Goodbye>(frame) && state_ != State::closing && child_) {
    ++hung_;
    end("a thread of it hung past its deadline");
  } else if (const auto* const measured = std::get_if<Measured>(&frame)) {
    if (fittings_.metric)
      fittings_.metric(plugin_.descriptor.id, measured->kind, measured->name, measured->labels, measured->value);
  }
}

void Runner::joined(std::uint64_t place) {
  places_.insert(place);
  if (state_ == State::starting) {
    state_ = State::running;
    answered_ping_ = pinged_ = Clock::now();
  }
}

std::vector<Lost> Runner::check() {
  const auto now = Clock::now();
  if (child_) {
    const auto end = child_->ended();
    relay();
    if (end) bury(*end);
    else look_after(now);
  } else if (state_ == State::down && !death_ && quarantine_.may_start(now)) {
    try {
      start();
    } catch (const std::runtime_error& error) {
      spdlog::error("plugin '{}': {}", plugin_.descriptor.id, error.what());
      reason_ = error.what();
      quarantine_.crashed(now);
    }
  }
  return {};
}

void Runner::look_after(Clock::time_point now) {
  if (state_ == State::closing) return;
  if (state_ == State::starting && now - started_ > start_limit)
    return end("did not make the plugin within " + std::to_string(start_limit.count()) + " s");
  if (state_ == State::running) {
    if (now - answered_ping_ > life_limit) {
      ++hung_;
      return end("gave no sign of life for " + std::to_string(life_limit.count()) + " s");
    }
    if (now - pinged_ >= ping_every) {
      pinged_ = now;
      say(encode(Ping{static_cast<std::uint64_t>(fittings_.now_ms())}));
    }
  }
  if (now - weighed_ < weigh_every) return;
  weighed_ = now;
  const std::size_t resident = child_->resident(), most = plugin_.limits.memory_bytes;
  if (resident > most)
    end("took " + megabytes(resident) + " of memory, over its limit of " + megabytes(most) + " (limits.memory)");
}

void Runner::end(const std::string& why) {
  if (!killed_for_.empty()) return;
  killed_for_ = why;
  child_->kill();
}

// Its last words, in the log under its own name.
void Runner::relay() {
  for (auto& line : child_->lines()) {
    const bool marked = line.size() > 2 && line[0] == '\x1e';
    const auto level = marked ? level_of(line[1]) : spdlog::level::warn;
    std::string text = marked ? line.substr(2) : "[" + plugin_.descriptor.id + "] wrote: " + line;
    spdlog::log(level, "{}", text);
    last_lines_.push_back(std::move(text));
    if (last_lines_.size() > kept_lines) last_lines_.pop_front();
  }
}

void Runner::bury(const Child::End& end) {
  const auto now = Clock::now();
  const auto crumbs = crumbs_->read();
  const auto marked = std::find_if(crumbs.begin(), crumbs.end(), [](const auto& one) { return one.signal != 0; });
  Death death;
  // A marked fault says more than the way the process went on to end.
  death.why = !killed_for_.empty()      ? killed_for_
              : !refusal_.empty()       ? refusal_
              : marked != crumbs.end()  ? Child::End{marked->signal, 0}.text()
                                        : end.text();
  const bool weighed = killed_for_.find("limits.memory") != std::string::npos;
  death.own = weighed || (killed_for_.empty() && refusal_.empty() && own_doing(end));
  for (const auto& crumb : crumbs)
    if (marked == crumbs.end() || crumb.signal != 0)
      death.inside.insert(death.inside.end(), crumb.tokens.begin(), crumb.tokens.end());
  relay();
  death.last_lines.assign(last_lines_.begin(), last_lines_.end());
  reason_ = death.why;
  const auto guilty = marked != crumbs.end() ? marked : crumbs.begin();
  if (guilty != crumbs.end() && death.own) reason_ += ", in step " + guilty->step + " of instance " + guilty->instance;
  ++ends_;
  child_.reset();
  places_.clear();
  if (state_ == State::closing) return;
  ++crashes_;
  if (fittings_.crashed) fittings_.crashed(plugin_.descriptor.id);
  state_ = State::down;
  quarantine_.crashed(now);
  const auto wait = std::chrono::duration_cast<milliseconds>(quarantine_.next_start() - now);
  if (quarantine_.state() == Quarantine::State::quarantined)
    spdlog::error("plugin '{}' is quarantined after {} crashes; its process ended: {}. Its tasks are parked; one is let "
                  "through in {} ms. Mend it and reload it, or let it go: jackfield plugin release {}",
                  plugin_.descriptor.id, quarantine_.crashes(), reason_, wait.count(), plugin_.descriptor.id);
  else
    spdlog::error("the process of plugin '{}' ended: {}; it is started again in {} ms", plugin_.descriptor.id, reason_,
                  std::max<std::int64_t>(wait.count(), 0));
  death_ = std::move(death);
  died_ = now;
}

// Not at once: answers it sent before its end may still be on their way.
std::optional<Death> Runner::died() {
  if (!death_ || Clock::now() - died_ < answers_under_way) return std::nullopt;
  return std::exchange(death_, std::nullopt);
}

void Runner::cancel(std::uint64_t token) { say(encode(Cancel{{token}})); }
void Runner::uncancel(std::uint64_t token) { say(encode(Uncancel{{token}})); }

void Runner::answered() {
  if (quarantine_.state() == Quarantine::State::probing)
    spdlog::info("plugin '{}' answers again and is out of quarantine", plugin_.descriptor.id);
  quarantine_.answered();
}

bool Runner::release() {
  const bool was = quarantine_.release();
  if (was) spdlog::info("plugin '{}' is let go from quarantine", plugin_.descriptor.id);
  return was;
}

std::optional<Parking> Runner::parking(std::size_t busy) const {
  const auto wait = std::chrono::duration_cast<milliseconds>(quarantine_.next_start() - Clock::now());
  switch (quarantine_.state()) {
    case Quarantine::State::quarantined:
      return Parking{std::max(wait, milliseconds(100)), "plugin '" + plugin_.descriptor.id + "' is quarantined: " + reason_};
    case Quarantine::State::probing:
      if (busy == 0) return std::nullopt;
      return Parking{std::chrono::seconds(1), "plugin '" + plugin_.descriptor.id + "' is being tried after a quarantine"};
    case Quarantine::State::free: break;
  }
  if (child_ || wait <= short_wait) return std::nullopt;
  return Parking{wait, "plugin '" + plugin_.descriptor.id + "' is started again after: " + reason_};
}

void Runner::describe(LaneStatus& status) const {
  status.isolation = "process";
  status.pid = child_ ? child_->pid() : 0;
  status.crashes = crashes_;
  status.reason = reason_;
  status.last_lines.assign(last_lines_.begin(), last_lines_.end());
  if (state_ == State::closing) return;
  if (quarantine_.state() == Quarantine::State::quarantined) status.state = "quarantined";
  else if (quarantine_.state() == Quarantine::State::probing) status.state = "probing";
  else if (state_ != State::running) status.state = "starting";
  const auto wait = std::chrono::duration_cast<milliseconds>(quarantine_.next_start() - Clock::now());
  status.next_try_ms = std::max<std::int64_t>(wait.count(), 0);
}

void Runner::close() {
  if (state_ == State::closing) return;
  if (state_ == State::starting) child_.reset();  // it may not hear yet, and has nothing to end
  if (child_) say(encode(Goodbye{}));
  state_ = State::closing;
}

bool Runner::closed(std::chrono::steady_clock::time_point until) {
  while (child_ && !child_->ended()) {
    relay();
    const auto left = std::chrono::duration_cast<milliseconds>(until - Clock::now()).count();
    if (left <= 0) {
      spdlog::error("the process of plugin '{}' does not stop and is ended", plugin_.descriptor.id);
      child_.reset();
      return false;
    }
    std::array<pollfd, 2> ends{{{child_->pidfd(), POLLIN, 0}, {child_->output(), POLLIN, 0}}};
    ::poll(ends.data(), ends.size(), static_cast<int>(std::min<std::int64_t>(left, 1000)));
  }
  if (child_) relay();
  child_.reset();
  return true;
}

}  // namespace jackfield::lane
