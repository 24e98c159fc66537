#include "lane/native_ingress.hpp"

#include <spdlog/spdlog.h>
#include <zmq.hpp>

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace jackfield::lane {
namespace {

using Clock = std::chrono::steady_clock;
using Frames = std::vector<zmq::message_t>;

// Identities and delimiter of a question; with `frames_most` a sender cannot make them grow.
constexpr std::size_t frames_most = 8;
constexpr int turns_most = 256;
constexpr std::chrono::milliseconds retry_every{1};
constexpr std::size_t deaf_most = 1000;

struct Outgoing {
  Frames envelope;
  std::string text;

  /// What it takes to keep it.
  [[nodiscard]] std::size_t bytes() const {
    return text.size() + 2 * sizeof(Outgoing) + envelope.size() * sizeof(zmq::message_t);
  }
};

/// Answers to one asker that found its queue full, in their order, and when it last took one.
struct Kept {
  std::deque<Outgoing> answers;
  Clock::time_point took;
};

// Where answers wait for the ingress' thread. Answers come from threads that own no socket to it, and may come after
// it is gone: so a mutex held for a push, and an eventfd that zmq_poll can wait on. Bounded by what is pending.
class Outbox {
 public:
  Outbox() : wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (wake_ < 0) throw std::runtime_error("native ingress: no eventfd could be had; raise the limit of open files");
  }
  ~Outbox() { close(wake_); }
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  void put(Outgoing outgoing) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(outgoing));
    }
    ring();
  }
  void ring() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(wake_, &one, sizeof one);
  }
  std::deque<Outgoing> take() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = read(wake_, &count, sizeof count);
    const std::lock_guard lock(mutex_);
    return std::exchange(waiting_, {});
  }
  [[nodiscard]] int wake() const { return wake_; }

 private:
  int wake_;
  std::mutex mutex_;
  std::deque<Outgoing> waiting_;
};

/// Frames of one message; those past `frames_most` are read and dropped, `count` counts them.
struct Incoming {
  Frames frames;
  std::size_t count = 0;
};

bool receive(zmq::socket_t& socket, Incoming& incoming) try {
  for (auto flags = zmq::recv_flags::dontwait;; flags = zmq::recv_flags::none) {
    zmq::message_t frame;
    if (!socket.recv(frame, flags)) return false;
    const bool more = frame.more();
    ++incoming.count;
    if (incoming.frames.size() < frames_most) incoming.frames.push_back(std::move(frame));
    if (!more) return true;
  }
} catch (const zmq::error_t& error) {
  if (error.num() != EINTR) throw;
  return false;
}

/// A signal only ends the wait early.
void await(std::vector<zmq::pollitem_t>& items, std::chrono::milliseconds most) {
  try {
    zmq::poll(items, most);
  } catch (const zmq::error_t& error) {
    if (error.num() != EINTR) throw;
  }
}

/// Identity and question, or identities, an empty delimiter and the question.
bool well_formed(const Incoming& incoming) {
  const auto& frames = incoming.frames;
  if (incoming.count != frames.size() || frames.size() < 2) return false;
  return frames.size() == 2 || frames[frames.size() - 2].size() == 0;
}

/// False where as many answers as are queued for one asker wait for it to read; then nothing was sent.
bool send(zmq::socket_t& socket, Outgoing& outgoing) {
  try {
    for (auto& frame : outgoing.envelope) {
      // Only the first frame can be refused.
      if (!socket.send(frame, zmq::send_flags::sndmore | zmq::send_flags::dontwait)) return false;
    }
    socket.send(zmq::buffer(outgoing.text), zmq::send_flags::dontwait);
  } catch (const zmq::error_t& error) {
    if (error.num() != EHOSTUNREACH) throw;  // the asker is gone
  }
  return true;
}

std::string bind_error(const std::string& listen, const zmq::error_t& error) {
  if (error.num() == EADDRINUSE) {
    return "address in use: " + listen + ": another program listens there; stop it, or choose another zmq.listen";
  }
  return "cannot listen on " + listen + ": " + error.what() + "; expected tcp://ADDRESS:PORT in zmq.listen";
}

}  // namespace

struct NativeIngress::Impl {
  Options options;
  Serve serve;
  zmq::context_t context{1};
  zmq::socket_t router;
  std::shared_ptr<Outbox> outbox = std::make_shared<Outbox>();
  std::atomic<bool> stopping{false};
  std::thread thread;
  std::string endpoint;
  std::size_t pending = 0;
  std::set<std::string> deaf;        // askers that did not read; this and what follows is the thread's
  std::map<std::string, Kept> kept;  // by asker
  std::size_t kept_bytes = 0;
  bool full = false;                 // until nothing is kept

  void bind() {
    router = zmq::socket_t(context, zmq::socket_type::router);
    router.set(zmq::sockopt::linger, 1000);
    router.set(zmq::sockopt::router_mandatory, true);
    router.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(options.message_most_bytes));
    router.set(zmq::sockopt::rcvhwm, 1000);
    router.set(zmq::sockopt::sndhwm, 1000);
    router.set(zmq::sockopt::heartbeat_ivl, 30'000);
    try {
      router.bind(options.listen);
    } catch (const zmq::error_t& error) {
      router.close();
      throw std::runtime_error(bind_error(options.listen, error));
    }
    endpoint = router.get(zmq::sockopt::last_endpoint);
  }

  // One that asks faster than its answers leave has them kept; where what is kept is too much, nobody is heard until it
  // has left. Who takes none for `hearing_most` is deaf: what is for it is dropped until it reads again.
  void deliver(Outgoing outgoing) {
    const std::string who = outgoing.envelope.front().to_string();
    const auto at = kept.find(who);
    if (at == kept.end()) {
      if (send(router, outgoing)) {
        if (!deaf.empty()) deaf.erase(who);
        return;
      }
      if (deaf.count(who) > 0) return;
    }
    Kept& queue = at != kept.end() ? at->second : kept.emplace(who, Kept{{}, Clock::now()}).first->second;
    kept_bytes += outgoing.bytes();
    queue.answers.push_back(std::move(outgoing));
    full = full || kept_bytes > options.kept_most_bytes;
  }

  /// Sends what there is room for; false where the asker is given up.
  bool send_kept(Kept& queue) {
    while (!queue.answers.empty() && send(router, queue.answers.front())) {
      kept_bytes -= queue.answers.front().bytes();
      queue.answers.pop_front();
      queue.took = Clock::now();
    }
    return queue.answers.empty() || Clock::now() - queue.took < options.hearing_most;
  }

  void give_up(const std::string& who, const Kept& queue) {
    for (const auto& each : queue.answers) kept_bytes -= each.bytes();
    spdlog::warn("a native client has read none of {} answers for {} ms: they are dropped, and what more is for it until "
                 "it reads; it may ask again with the same keys", queue.answers.size(), options.hearing_most.count());
    if (deaf.size() >= deaf_most) deaf.clear();
    deaf.insert(who);
  }

  // Again and again, because a ROUTER cannot be polled for room in the queue of one peer.
  void deliver_kept() {
    for (auto at = kept.begin(); at != kept.end();) {
      const bool hears = send_kept(at->second);
      if (!hears) give_up(at->first, at->second);
      at = hears && !at->second.answers.empty() ? std::next(at) : kept.erase(at);
    }
    full = full && !kept.empty();
  }

  void ask(Incoming incoming) {
    Outgoing answer;
    if (!well_formed(incoming)) {
      incoming.frames.resize(1);
      return deliver({std::move(incoming.frames), options.malformed});
    }
    const zmq::message_t question = std::move(incoming.frames.back());
    incoming.frames.pop_back();
    if (pending >= options.pending_most) return deliver({std::move(incoming.frames), options.busy});
    ++pending;
    auto envelope = std::make_shared<Frames>(std::move(incoming.frames));
    serve(question.to_string_view(), [outbox = outbox, envelope](std::string text) {
      outbox->put({std::move(*envelope), std::move(text)});
    });
  }

  void answer() {
    deliver_kept();
    for (auto& each : outbox->take()) {
      --pending;
      deliver(std::move(each));
    }
  }

  void run() {
    std::vector<zmq::pollitem_t> items{{nullptr, outbox->wake(), ZMQ_POLLIN, 0}, {router.handle(), 0, ZMQ_POLLIN, 0}};
    std::vector<zmq::pollitem_t> answers_only{items.front()};
    while (!stopping) {
      await(full ? answers_only : items, kept.empty() ? std::chrono::milliseconds(1000) : retry_every);
      answer();
      for (int turn = 0; turn < turns_most && !full && !stopping; ++turn) {
        Incoming incoming;
        if (!receive(router, incoming)) break;
        ask(std::move(incoming));
      }
    }
    for (const auto until = Clock::now() + options.drain_most;
         (pending > 0 || !kept.empty()) && Clock::now() < until;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
      await(answers_only, kept.empty() ? std::max(left, std::chrono::milliseconds(0)) : retry_every);
      answer();
    }
    router.close();
  }
};

NativeIngress::NativeIngress(Options options, Serve serve) : impl_(std::make_unique<Impl>()) {
  impl_->options = std::move(options);
  impl_->serve = std::move(serve);
}

NativeIngress::~NativeIngress() { stop(); }

void NativeIngress::start() {
  impl_->bind();
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
  ::pthread_setname_np(impl_->thread.native_handle(), "native");
}

void NativeIngress::stop() {
  if (!impl_->thread.joinable()) return;
  impl_->stopping = true;
  impl_->outbox->ring();
  impl_->thread.join();
}

const std::string& NativeIngress::endpoint() const { return impl_->endpoint; }

}  // namespace jackfield::lane
