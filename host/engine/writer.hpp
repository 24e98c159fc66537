// The thread that commits: one batch at a time, while the engine fills the next (group commit).
//
// A store that is busy, full or failing is tried again for as long as the writer lives; nothing that waits for the
// commit happens meanwhile, and healthy() is false. A store that is corrupt, or refuses a batch for another reason,
// ends the host: going on would mean to act on what is not written.
//
// Thread rule: as for every scribe; socket() too belongs to the engine's thread.
#pragma once

#include "engine/scribe.hpp"

#include <zmq.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

namespace jackfield::engine {

class Writer final : public Scribe {
 public:
  /// Ended instances are kept for `keep`, then pruned, a few at a time between batches.
  Writer(zmq::context_t& context, std::unique_ptr<store::Store> store, std::chrono::milliseconds keep);
  ~Writer() override;  // waits for the batch at work
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void hand(std::unique_ptr<store::Batch> batch) override;
  [[nodiscard]] std::optional<Outcome> done() override;
  [[nodiscard]] std::size_t pruned() const override { return pruned_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool healthy() const override { return healthy_.load(std::memory_order_relaxed); }
  /// Poll for POLLIN, then done().
  [[nodiscard]] zmq::socket_ref socket() { return near_; }

 private:
  void run();
  Outcome commit(const store::Batch& batch);
  void prune();

  std::unique_ptr<store::Store> store_;
  std::chrono::milliseconds keep_;
  std::chrono::steady_clock::time_point next_prune_{};
  std::atomic<std::size_t> pruned_{0};
  std::atomic<bool> healthy_{true};
  std::atomic<bool> stopping_{false};
  zmq::socket_t near_;  // the engine's end
  zmq::socket_t far_;   // the thread's
  std::thread thread_;
};

}  // namespace jackfield::engine
